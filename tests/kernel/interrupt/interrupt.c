/* SPDX-License-Identifier: 0BSD */
/*
 * Lines and their handlers, as far as no device has to interrupt; and the state in which init() runs.
 */
#include <ossa/guard.h>
#include <ossa/interrupt.h>
#include <ossa/test.h>

static unsigned line;

/* Nobody here knows whose line it is: a device that asserts it can be quieted by the mask only. */
static void handle(void *unused)
{
    (void)unused;
    interrupt_mask(line);
}

static const struct interrupt_handler handler = {"test", handle, NULL};

TEST(interrupt_init_runs_unmasked)
{
    CHECK(interrupts_enabled());
    CHECK(!interrupt_is_handled());
    GUARD(interrupts);
    CHECK(!interrupts_enabled());
}

TEST(interrupt_refuses_bad_lines)
{
    CHECK_EQUAL(-interrupt_register(INTERRUPT_LINES_MAX, &handler), EINVAL);
    CHECK_EQUAL(-interrupt_set_cpu(INTERRUPT_LINES_MAX, &boot_cpu), EINVAL);
}

/* The first line that nobody has; false if there is none. */
static bool take_line(void)
{
    for (line = 0; line < INTERRUPT_LINES_MAX; line++)
        if (interrupt_register(line, &handler) == 0)
            return true;
    return false;
}

TEST(interrupt_line_has_one_handler)
{
    if (!take_line())
        SKIP("this machine has no interrupt lines");
    CHECK_EQUAL(-interrupt_register(line, &handler), EBUSY);
    interrupt_mask(line);
    interrupt_unmask(line);
    interrupt_unregister(line);
    CHECK_EQUAL(interrupt_register(line, &handler), 0);
    interrupt_unregister(line);
    CHECK(interrupt_count(line) <= 3); /* once for each time that it was unmasked */
}

FATAL_TEST(interrupt_unregister_needs_a_handler, "assertion failed: ")
{
    if (!take_line())
        SKIP("this machine has no interrupt lines");
    interrupt_unregister(line);
    interrupt_unregister(line);
}

TEST(interrupt_nothing_is_unclaimed)
{
    CHECK_EQUAL(interrupt_unclaimed_count, 0);
}

TEST(interrupt_without_cause_is_said_less_and_less)
{
    if (!CONFIG_LOG)
        SKIP("needs CONFIG_LOG");
    GUARD(interrupts);
    uint64_t before = interrupt_spurious_count;
    interrupt_spurious_count = 1023;
    interrupt_count_spurious();
    CHECK(test_was_logged("warn: interrupt: 1024 without a cause"));
    interrupt_count_spurious();
    CHECK(!test_was_logged("1025 without"));
    interrupt_spurious_count = before;
}
