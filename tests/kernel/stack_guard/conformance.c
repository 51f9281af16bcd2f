/* SPDX-License-Identifier: 0BSD */
/*
 * The conformance cases of the stack protector: a function that writes past its own variables dies before it returns,
 * by a guard value that nobody could know.
 */
#include <ossa/conformance.h>
#include <ossa/cpu.h>
#include <ossa/init.h>
#include <ossa/stack_guard.h>
#include <ossa/string.h>

static __attribute__((noinline)) void overwrite(void *start, size_t size_bytes)
{
    memset(start, 'x', size_bytes);
    __asm__ volatile("" ::: "memory");
}

CONFORMANCE_FATAL(corrupt_stack, "stack smashed: ", "a panic of this kind cannot be caught")
{
    char array[16];
    overwrite(array, sizeof(array) + 8);
}

/* No array, but its address is taken. */
CONFORMANCE_FATAL(corrupt_stack_strong, "stack smashed: ", "a panic of this kind cannot be caught")
{
    struct {
        uint64_t numbers[1];
    } taken;
    overwrite(&taken, sizeof(taken) + 8);
}

/* Chosen anew each time. Its lowest byte is 0, so that no string can contain it. */
TEST(conformance_canary_differs)
{
    uint64_t guard = thread_this()->stack_guard, first = stack_guard_choose(), ticks = arch_ticks();
    while (arch_ticks() == ticks)
        ;
    uint64_t second = stack_guard_choose();
    CHECK(guard != first && first != second && guard != second);
    CHECK_EQUAL((guard | first | second) & 0xff, 0);
}

static volatile size_t large_bytes = 1 << 20;

/* One allocation larger than the guard must not step over it. */
CONFORMANCE_FATAL(stack_clash, "stack overflow: ", "a trap of this kind cannot be caught")
{
    overwrite(__builtin_alloca(large_bytes), 16);
}
