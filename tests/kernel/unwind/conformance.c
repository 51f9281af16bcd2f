/* SPDX-License-Identifier: 0BSD */
/*
 * What unwinding must survive: tables that are broken, reasons that are too long, catch after catch. The tables are
 * read-only, so they are broken through a second mapping.
 */
#include <ossa/conformance.h>
#include <ossa/early_map.h>
#include <ossa/guard.h>
#include <ossa/interrupt.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>
#include <ossa/unwind.h>
#include <ossa/warn.h>

static void fill(const uint8_t *start, const uint8_t *end, int value)
{
    size_t size_bytes = (size_t)(end - start);
    memset(early_map_window(FIXMAP_SCRATCH, image_pa(start), size_bytes, PAGE_WRITE), value, size_bytes);
}

#define BAD_TABLE CONFORMANCE_UNREACHED("malformed unwind table")

CONFORMANCE_FATAL(survival_broken_eh_frame_hdr, "its index is broken", BAD_TABLE)
{
    fill(eh_frame_hdr_start, eh_frame_hdr_end, 0);
    panic("its index is broken");
}

CONFORMANCE_FATAL(survival_broken_eh_frame, "its table is broken", BAD_TABLE)
{
    fill(eh_frame_start, eh_frame_end, 0xff);
    panic("its table is broken");
}

/* Cleanups have begun when it shows: the second panic cannot be caught. */
CONFORMANCE_FATAL(survival_broken_lsda, "unwinding stopped at ",
                  "inside a cleanup, and the panic_catch() in force began outside it")
{
    DEFER
    {
        console_printf("# survived\n");
    };
    fill(lsda_start, lsda_end, 0xff);
    panic("its cleanups are broken");
}

static void panic_at_length(void *argument)
{
    panic("%0*d%s", 2 * PANIC_REASON_BYTES, 1, (const char *)argument);
}

TEST(conformance_survival_long_reason)
{
    static struct panic_record record;
    REQUIRE(panic_catch(panic_at_length, "end", &record));
    CHECK_EQUAL(strlen(record.reason), PANIC_REASON_BYTES - 1);
}

static __attribute__((noinline)) uintptr_t stack_pointer(void)
{
    return (uintptr_t)__builtin_frame_address(0);
}

static struct spinlock lock = SPINLOCK("left behind");

static PLAIN void fail_holding(void *argument)
{
    GUARD(interrupts);
    GUARD(spinlock, &lock);
    *(volatile int *)argument = 1;
}

TEST(conformance_survival_repeated_catches)
{
    uintptr_t before = stack_pointer();
    bool interrupts = interrupts_enabled();
    unsigned warnings = warn_count;
    for (unsigned i = 0; i < 500; i++) {
        REQUIRE(panic_catch(fail_holding, (void *)8, NULL));
        REQUIRE(spinlock_take_poisoned(&lock));
        spinlock_clear_poison(&lock);
        spinlock_release(&lock);
    }
    CHECK_EQUAL(stack_pointer(), before);
    CHECK_EQUAL(interrupts_enabled(), interrupts);
    CHECK_EQUAL(warn_count, warnings);
    CHECK_EQUAL(panic_level(), 0);
    CHECK(thread_this()->newest_lock == NULL);
}
