/* SPDX-License-Identifier: 0BSD */
/*
 * Ends by call, and the report's own limits: each runs alone in a machine of its own and must die in these words.
 */
#include <ossa/string.h>
#include <ossa/test.h>

FATAL_TEST(panic_call, "panic: the answer is 42, not 0x2b")
{
    panic("the answer is %d, not %#x", 42, 43);
}

FATAL_TEST(panic_names_its_place, ", in test_run_panic_names_its_place")
{
    panic("where am I");
}

FATAL_TEST(panic_assert, "panic: assertion failed: 2 + 2 == 5")
{
    ASSERT(2 + 2 == 5);
}

FATAL_TEST(panic_bug, "panic: bug: reached what cannot be reached")
{
    BUG();
}

FATAL_TEST(panic_with_console_held, "panic: the console is mine")
{
    console_take();
    panic("the console is mine");
}

FATAL_TEST_STATUS(panic_in_report, "panic: again while reporting", MACHINE_NESTED)
{
    panic("%s", (const char *)8);
}

static __attribute__((noinline)) void smash(char *array, size_t size)
{
    memset(array, 'x', size);
}

FATAL_TEST(panic_stack_smashed, "panic: stack smashed")
{
    if (!CONFIG_STACK_PROTECTOR)
        panic("stack smashed: not compiled in");
    char array[16];
    smash(array, sizeof(array) + 24);
    __asm__ volatile("" : : "r"(array) : "memory");
}
