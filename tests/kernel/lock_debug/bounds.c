/* SPDX-License-Identifier: 0BSD */
/*
 * Locks that are waited for or held too long, by a clock that goes on by a second each time that the test reads it.
 * Everybody else, its CPU's interrupt handlers too, goes on by the clock that there was.
 */
#include "../../../kernel/lock_debug/lock_debug.h"
#include <ossa/log_ring.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>
#include <ossa/test.h>

#define S_NS 1000000000ul

static uint64_t test_ns;
static struct thread *test_thread;
static struct spinlock *paused; /* is waited for, then a week goes by, and it is free */
static uint64_t (*real_clock)(void);
static struct panic_record record;

static uint64_t test_clock(void)
{
    if (thread_this() != test_thread || cpu_this()->interrupt_depth > 0)
        return real_clock == NULL ? 0 : real_clock();
    test_ns += S_NS;
    if (paused != NULL && test_ns == 2 * S_NS) {
        test_ns += 7 * 86400 * S_NS;
        raw_spinlock_release(&paused->raw);
    }
    return test_ns;
}

/* The clock and the bounds of a test, until the end of its scope. */
struct clock_guard {
    uint64_t wait_ns, held_ns;
};

static struct clock_guard clock_guard_take(uint64_t wait_s, uint64_t held_s)
{
    struct clock_guard guard = {lock_debug_wait_ns, lock_debug_held_ns};
    test_ns = 0;
    test_thread = thread_this();
    real_clock = lock_debug_clock;
    lock_debug_clock = test_clock;
    lock_debug_wait_ns = wait_s * S_NS;
    lock_debug_held_ns = held_s * S_NS;
    return guard;
}

static void clock_guard_release(struct clock_guard *guard)
{
    lock_debug_clock = real_clock;
    lock_debug_wait_ns = guard->wait_ns;
    lock_debug_held_ns = guard->held_ns;
}

static void take_lock(void *argument)
{
    GUARD(spinlock, argument);
}

TEST(lock_waited_for_too_long_names_its_holder)
{
    if (!CONFIG_PANIC_UNWIND)
        SKIP("needs CONFIG_PANIC_UNWIND");
    static const struct panic_place place = {"driver.c", "driver", 12, false};
    static struct cpu cpu = {.number = 3};
    static struct thread thread = {.name = "disk", .cpu = &cpu};
    struct spinlock lock = {.lock = {.name = "disk lock", .thread = &thread, .holder = &place}, .raw = {1}};
    GUARD(clock, 10, 0);
    uint64_t interrupts = arch_interrupts_save();
    arch_interrupts_restore(interrupts);
    REQUIRE(panic_catch(take_lock, &lock, &record));
    CHECK(strcmp(record.reason,
                 "disk lock is waited for since 11000000000 ns: thread disk on CPU 3 holds it, taken at driver.c:12") ==
          0);
    CHECK(strcmp(record.place->function, "take_lock") == 0);
    uint64_t after = arch_interrupts_save();
    arch_interrupts_restore(after);
    CHECK((interrupts != 0) == (after != 0));
    CHECK(thread_this()->newest_lock == NULL);
}

/* The machine was suspended while it waited. */
TEST(lock_wait_forgives_a_pause)
{
    struct spinlock lock = {.lock = {.name = "disk lock"}, .raw = {1}};
    GUARD(clock, 10, 0);
    paused = &lock;
    CHECK(!panic_catch(take_lock, &lock, &record));
    paused = NULL;
    CHECK(test_ns > 86400 * S_NS);
}

/* What the log says behind its time, in its last line. */
static const char *last_words(void)
{
    static char kept[200];
    kept[log_read_last(kept, sizeof(kept) - 1)] = '\0';
    const char *words = kept;
    for (const char *at = kept; *at != '\0'; at++) {
        if (at[0] == ']' && at[1] == ' ')
            words = at + 2;
    }
    return words;
}

TEST(lock_held_too_long_is_warned_of)
{
    if (!CONFIG_LOG)
        SKIP("needs CONFIG_LOG");
    static struct spinlock lock = SPINLOCK("slow lock");
    GUARD(clock, 0, 2);
    spinlock_take(&lock);
    spinlock_release(&lock);
    CHECK(strncmp(last_words(), "warn: slow lock was held", 24) != 0);
    spinlock_take(&lock);
    test_ns += 2 * S_NS;
    spinlock_release(&lock);
    CHECK(strncmp(last_words(), "warn: slow lock was held for 3000000000 ns by thread boot, taken at tests/", 73) == 0);
}
