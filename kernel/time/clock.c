/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the rate of arch_ticks() and the time made of it. A rate is a point (ticks, ns) and a slope from there. There
 * are two: the one in force is rates[generation % 2], the next is written beside it and then comes into force, so
 * that a reader never waits, not even an NMI in the middle of a change.
 *
 * Where only a reference clock's rate is known, time is the reference's at first. Readings of both, ever farther apart,
 * give the slope: it comes into force when they are MEASURE_MIN_NS apart and is improved until MEASURE_MAX_NS.
 * Invariant: a new rate begins where the old one has got to.
 */
#include <ossa/arch.h>
#include <ossa/clock.h>
#include <ossa/init.h>
#include <ossa/log.h>
#include <ossa/log_ring.h>
#include <ossa/spinlock.h>

#define ASSUMED_HZ     (4 * NS_PER_S)   /* where nobody knows: few TSCs are faster, so nothing comes too early */
#define TICKS_HZ_MIN   500000000ul      /* of a counter whose rate is unknown: x86_64's TSC */
#define MEASURE_MIN_NS (10 * NS_PER_MS) /* reading two clocks takes a thousandth of it, or less */
#define MEASURE_MAX_NS (4 * NS_PER_S)
#define TIMER_MAX_NS   (5 * NS_PER_MS) /* no timer is set farther ahead before the slope is known */

struct rate {
    uint64_t ticks, ns;
    uint64_t slope;         /* 2^32 * nanoseconds a tick */
    uint64_t inverse;       /* 2^32 * ticks a nanosecond */
    uint64_t measure_ticks; /* when to read the reference again */
    uint64_t reading;       /* the reference's at this point, if by_reference */
    bool by_reference;
};

static struct rate rates[2];
static atomic_uint generation;
static enum clock_source source;

static const struct clock_reference *reference;
static uint64_t reference_slope; /* 2^32 * nanoseconds a unit of it */
static struct raw_spinlock measuring;
static struct {
    uint64_t ticks;      /* when it began */
    uint64_t elapsed_ns; /* since then, by the reference */
    uint64_t last_ticks, last_reading;
} measured;

static uint64_t scale(uint64_t ticks, uint64_t slope)
{
    return (unsigned __int128)ticks * slope >> 32;
}

/* 2^32 * a / b. By hand: the compiler would call a library for a division of 128 bits. */
static uint64_t divide(uint64_t a, uint64_t b)
{
    uint64_t quotient = a / b, rest = a % b;
    for (unsigned bit = 0; bit < 32; bit++) {
        rest <<= 1;
        quotient = quotient << 1 | (rest >= b);
        rest -= rest >= b ? b : 0;
    }
    return quotient;
}

static uint64_t reference_ns(uint64_t from, uint64_t to)
{
    return scale((to - from) & reference->mask, reference_slope);
}

static uint64_t time_at(const struct rate *rate, uint64_t ticks)
{
    int64_t elapsed = ticks - rate->ticks; /* another CPU may have been a little ahead */
    if (rate->by_reference)
        return rate->ns + reference_ns(rate->reading, reference->read());
    return rate->ns + (elapsed > 0 ? scale(elapsed, rate->slope) : 0);
}

static void rate_read(struct rate *rate)
{
    unsigned seen;
    do {
        seen = atomic_load_explicit(&generation, memory_order_acquire);
        *rate = rates[seen % 2];
        atomic_thread_fence(memory_order_acquire);
    } while (atomic_load_explicit(&generation, memory_order_relaxed) != seen);
}

/* One CPU at a time. */
static void rate_set(const struct rate *rate)
{
    unsigned next = atomic_load_explicit(&generation, memory_order_relaxed) + 1;
    rates[next % 2] = *rate;
    rates[next % 2].inverse = rate->slope == 0 ? 0 : divide(1ul << 32, rate->slope);
    atomic_store_explicit(&generation, next, memory_order_release);
}

/* The reference's counter may have wrapped since the last reading: begin again. */
static void measure_begin(uint64_t ticks, uint64_t reading)
{
    measured.ticks = measured.last_ticks = ticks;
    measured.last_reading = reading;
    measured.elapsed_ns = 0;
}

static void measure_go_on(struct rate *rate, uint64_t ticks, uint64_t reading)
{
    uint64_t span_ticks = ticks - measured.last_ticks;
    if (scale(span_ticks, divide(NS_PER_S, TICKS_HZ_MIN)) > reference_ns(0, reference->mask / 2)) {
        measure_begin(ticks, reading);
        return;
    }
    measured.elapsed_ns += reference_ns(measured.last_reading, reading);
    measured.last_ticks = ticks;
    measured.last_reading = reading;
    if (measured.elapsed_ns >= MEASURE_MIN_NS) {
        rate->slope = divide(measured.elapsed_ns, ticks - measured.ticks);
        rate->by_reference = false;
        if (CONFIG_LOG)
            log_set_ticks_hz(divide(NS_PER_S, rate->slope));
    }
}

/* Reads both clocks, the ticks first: so the time made of them is rather ahead of the reference than behind it. */
static void measure(void)
{
    GUARD(interrupts);
    if (!raw_spinlock_try(&measuring))
        return;
    struct rate rate;
    rate_read(&rate);
    uint64_t ticks = arch_ticks(), ns = time_at(&rate, ticks), reading = reference->read();
    rate.ticks = ticks;
    rate.ns = ns;
    rate.reading = reading;
    measure_go_on(&rate, ticks, reading);
    uint64_t so_far = ticks - measured.ticks;
    rate.measure_ticks = measured.elapsed_ns >= MEASURE_MAX_NS ? UINT64_MAX : ticks + so_far / 2;
    rate_set(&rate);
    raw_spinlock_release(&measuring);
}

uint64_t clock_ns(void)
{
    struct rate rate;
    rate_read(&rate);
    uint64_t ticks = arch_ticks(), ns = time_at(&rate, ticks);
    if (ticks >= rate.measure_ticks)
        measure();
    return ns;
}

uint64_t clock_watch_ns(struct clock_watch *watch)
{
    return clock_watch_at(watch, clock_ns(), CLOCK_LOOK_MAX_NS);
}

uint64_t clock_to_ticks(uint64_t ns)
{
    struct rate rate;
    rate_read(&rate);
    if (ns == UINT64_MAX)
        return UINT64_MAX;
    if (!rate.by_reference) {
        unsigned __int128 ahead = (unsigned __int128)(ns > rate.ns ? ns - rate.ns : 0) * rate.inverse >> 32;
        return ahead < UINT64_MAX - rate.ticks ? rate.ticks + (uint64_t)ahead : UINT64_MAX;
    }
    uint64_t now_ns = clock_ns(), ahead_ns = ns > now_ns ? ns - now_ns : 0;
    return arch_ticks() + scale(ahead_ns < TIMER_MAX_NS ? ahead_ns : TIMER_MAX_NS, divide(TICKS_HZ_MIN, NS_PER_S));
}

enum clock_source clock_source(void)
{
    return source;
}

void clock_set_reference(const struct clock_reference *found)
{
    struct rate rate;
    if (source != CLOCK_UNCALIBRATED)
        return;
    rate_read(&rate);
    reference = found;
    reference_slope = divide(NS_PER_S, found->hz);
    source = CLOCK_REFERENCE;
    uint64_t ticks = arch_ticks(), ns = time_at(&rate, ticks), reading = found->read();
    rate = (struct rate){.ticks = ticks, .ns = ns, .reading = reading, .by_reference = true};
    measure_begin(ticks, reading);
    rate_set(&rate);
}

void clock_init(const struct boot_info *info)
{
    uint64_t hz = info->ticks_hz != 0 ? info->ticks_hz : ASSUMED_HZ;
    struct rate rate = {.ticks = info->entry_ticks, .slope = divide(NS_PER_S, hz), .measure_ticks = UINT64_MAX};
    source = info->ticks_hz != 0 ? CLOCK_FIRMWARE : CLOCK_UNCALIBRATED;
    rate_set(&rate);
}

void clock_log(void)
{
    if (source == CLOCK_FIRMWARE)
        log_info("clock: %lu ticks a second", boot_info->ticks_hz);
    else if (source == CLOCK_REFERENCE)
        log_info("clock: %s, %lu Hz; the ticks are measured by it", reference->name, reference->hz);
    else
        log_warn("clock: uncalibrated, assuming %lu ticks a second", ASSUMED_HZ);
}
