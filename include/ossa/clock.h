/* SPDX-License-Identifier: 0BSD */
/*
 * Time (kernel/time/): nanoseconds since entry from arch_ticks(), or, until the rate of that is known, from a clock of
 * known rate that the port gives. Never goes back, on any CPU. Any context.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct boot_info;

#define NS_PER_S  1000000000ul
#define NS_PER_MS 1000000ul
#define NS_PER_US 1000ul

/* Nanoseconds since the kernel's first instruction. */
uint64_t clock_ns(void);

/*
 * For bounds on how long another CPU may take: how long the caller has been looking, {} being never yet. A look adds
 * the time since the last one, at most CLOCK_LOOK_MAX_NS: if the whole machine stood still, a guest that was suspended
 * or had no host time, nobody has been late.
 */
#define CLOCK_LOOK_MAX_NS NS_PER_MS
struct clock_watch {
    uint64_t looked_ns, watched_ns;
};
uint64_t clock_watch_ns(struct clock_watch *watch);

/* The same by a clock of the caller's, which may be behind where it was: a look adds most_ns at most. */
static inline uint64_t clock_watch_at(struct clock_watch *watch, uint64_t now_ns, uint64_t most_ns)
{
    int64_t since_ns = now_ns - watch->looked_ns;
    watch->watched_ns += since_ns < 0 ? 0 : (uint64_t)since_ns < most_ns ? (uint64_t)since_ns : most_ns;
    watch->looked_ns = now_ns;
    return watch->watched_ns;
}

/* When arch_ticks() will have reached the time, for arch_timer_set(); too early rather than too late while the rate is
 * not known well. UINT64_MAX stays that, as is what no counter of 64 bits reaches. */
uint64_t clock_to_ticks(uint64_t ns);

/* How the rate of arch_ticks() is known. */
enum clock_source {
    CLOCK_UNCALIBRATED, /* not at all: a rate is assumed */
    CLOCK_REFERENCE,    /* from another clock, better with time */
    CLOCK_FIRMWARE,     /* CPU, hypervisor or firmware say it */
};
enum clock_source clock_source(void);

/* Logs it: interrupt_init()'s. */
void clock_log(void);

/* Seconds since 1970-01-01 00:00 UTC; 0: the machine has no clock for it. Not from interrupt handlers. */
uint64_t clock_wall_s(void);

/* == For ports and drivers, from arch_interrupt_init() ============================================================= */

/* A counter of known rate that can be read at any time: HPET, ACPI PM timer. `mask`: its highest value. */
struct clock_reference {
    const char *name;
    uint64_t (*read)(void);
    uint64_t hz, mask;
};
void clock_set_reference(const struct clock_reference *reference);

/*
 * A driver for wall clocks of one devicetree binding; in the set wall_clocks:
 *     static const struct wall_clock name SET_MEMBER(wall_clocks, name) = {"arm,pl031", name_read};
 * `read` returns seconds since 1970, 0 if the clock is not there or not set. It is asked once. A clock that no
 * devicetree names has compatible NULL, and gets no registers.
 */
struct wall_clock {
    const char *compatible;
    uint64_t (*read)(volatile void *registers);
};
extern const struct wall_clock wall_clocks_start[], wall_clocks_end[];
