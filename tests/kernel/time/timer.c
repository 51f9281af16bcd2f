/* SPDX-License-Identifier: 0BSD */
/*
 * Clock and timers on this machine: time does not go back, timers run once, in order, in an interrupt, not early.
 */
#include <ossa/guard.h>
#include <ossa/interrupt.h>
#include <ossa/test.h>
#include <ossa/timer.h>

#define TIMERS 32

TEST(clock_never_goes_back)
{
    uint64_t last_ns = clock_ns();
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t now_ns = clock_ns();
        REQUIRE(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

TEST(clock_goes_on)
{
    uint64_t start_ns = clock_ns(), start_ticks = arch_ticks();
    while (clock_ns() < start_ns + 20 * NS_PER_MS) /* long enough for what measures its ticks to have begun */
        arch_cpu_relax();
    CHECK(arch_ticks() > start_ticks);
}

TEST(clock_watch_counts_looks)
{
    struct clock_watch watch = {.looked_ns =
                                    clock_ns() - 3600 * NS_PER_S}; /* the machine has stood still for an hour */
    CHECK_EQUAL(clock_watch_ns(&watch), CLOCK_LOOK_MAX_NS);
    for (unsigned looks = 1; looks < 3; looks++)
        CHECK(clock_watch_ns(&watch) <= (looks + 1) * CLOCK_LOOK_MAX_NS);
    uint64_t before_ns = watch.watched_ns;
    while (clock_watch_ns(&watch) < before_ns + NS_PER_MS)
        arch_cpu_relax();
}

/* The deadline's tick is not after the deadline, and less than a millisecond before it for each second it is ahead. */
TEST(clock_to_ticks_agrees)
{
    uint64_t ahead_ns[] = {NS_PER_US, NS_PER_MS, NS_PER_S};
    if (clock_source() == CLOCK_REFERENCE)
        SKIP("the rate of the ticks is still being measured");
    for (unsigned i = 0; i < sizeof(ahead_ns) / sizeof(ahead_ns[0]); i++) {
        uint64_t now_ticks = arch_ticks(), now_ns = clock_ns(), ticks = clock_to_ticks(now_ns + ahead_ns[i]);
        CHECK(ticks >= now_ticks);
        CHECK(clock_to_ticks(now_ns) <= arch_ticks());
    }
    CHECK_EQUAL(clock_to_ticks(UINT64_MAX), UINT64_MAX);
}

/* What is too far ahead for 64 bits of ticks does not come early, and never stays never. */
TEST(clock_to_ticks_far_ahead)
{
    uint64_t last_ticks = clock_to_ticks(clock_ns() + 3600 * NS_PER_S);
    if (clock_source() == CLOCK_REFERENCE)
        SKIP("the rate of the ticks is still being measured");
    for (unsigned shift = 43; shift < 64; shift++) {
        uint64_t ticks = clock_to_ticks(1ul << shift);
        CHECK(ticks >= last_ticks);
        last_ticks = ticks;
    }
    CHECK(clock_to_ticks(UINT64_MAX - 1) >= last_ticks);
}

static struct {
    struct timer timer;
    uint64_t ran_ns;
    unsigned rank; /* how many had run before */
    bool in_interrupt;
} timers[TIMERS];
static volatile unsigned ran;

static void note(struct timer *timer)
{
    unsigned index = ((char *)timer - (char *)timers) / sizeof(timers[0]);
    timers[index].ran_ns = clock_ns();
    timers[index].rank = ran++;
    timers[index].in_interrupt = interrupt_is_handled();
}

static void wait_for(unsigned count)
{
    GUARD(interrupts);
    while (ran < count)
        arch_interrupts_wait();
}

/* Started in an order that has nothing to do with that of their deadlines; every fourth has the same. */
TEST(timer_order)
{
    uint64_t base_ns = clock_ns() + NS_PER_MS;
    arch_interrupts_save(); /* so that no other timer runs before the last has been counted */
    unsigned waiting = timer_count();
    ran = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        unsigned index = i * 13 % TIMERS;
        timers[index].timer = (struct timer){.function = note};
        timer_start(&timers[index].timer, base_ns + index / 4 * 10 * NS_PER_US);
    }
    CHECK_EQUAL(timer_count(), waiting + TIMERS);
    arch_interrupts_restore(1);
    wait_for(TIMERS);
    for (unsigned i = 0; i < TIMERS; i++) {
        CHECK(timers[i].ran_ns >= timers[i].timer.deadline_ns);
        CHECK(timers[i].in_interrupt);
        CHECK_EQUAL(timers[i].rank / 4, i / 4);
    }
}

TEST(timer_cancelled_does_not_run)
{
    ran = 0;
    for (unsigned i = 0; i < 3; i++)
        timers[i].timer = (struct timer){.function = note};
    timer_start(&timers[0].timer, clock_ns() + 3600 * NS_PER_S);
    CHECK(timer_cancel(&timers[0].timer));
    CHECK(!timer_cancel(&timers[0].timer));
    timer_start(&timers[1].timer, clock_ns() + 3600 * NS_PER_S);
    timer_start(&timers[1].timer, clock_ns()); /* in place of the first deadline */
    wait_for(1);
    CHECK(!timer_cancel(&timers[1].timer));
    CHECK(!timer_cancel(&timers[2].timer)); /* was never started */
    CHECK_EQUAL(ran, 1);
}

static void restart(struct timer *timer)
{
    if (++ran < 5)
        timer_start(timer, clock_ns());
}

TEST(timer_restarts_itself)
{
    static struct timer timer = {.function = restart};
    ran = 0;
    timer_start(&timer, clock_ns());
    wait_for(5);
    CHECK_EQUAL(ran, 5);
}

/* What is missed while interrupts are masked comes as soon as they are not. */
TEST(timer_waits_for_unmasking)
{
    timers[0].timer = (struct timer){.function = note};
    ran = 0;
    uint64_t interrupts = arch_interrupts_save();
    uint64_t deadline_ns = clock_ns();
    timer_start(&timers[0].timer, deadline_ns);
    while (clock_ns() < deadline_ns + NS_PER_MS)
        arch_cpu_relax();
    CHECK_EQUAL(ran, 0);
    arch_interrupts_restore(interrupts);
    wait_for(1);
}

TEST(clock_wall)
{
    uint64_t seconds = clock_wall_s();
    if (seconds == 0)
        SKIP("this machine has no clock that knows the time of day");
    CHECK(seconds > 1700000000); /* 2023: a clock of a machine that runs this */
    CHECK(clock_wall_s() >= seconds);
}
