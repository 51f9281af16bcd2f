/* SPDX-License-Identifier: 0BSD */
/*
 * Owns which stacks are known: those that kernel/sections.ld.h lays out, the running thread's, and those that this CPU
 * switches to for traps. Trap entries know only one bit of them.
 */
#include <ossa/cpu.h>
#include <ossa/image.h>
#include <ossa/stack.h>

static bool is_near(uint64_t va, uint64_t stack_va)
{
    return va >= stack_va - STACK_SIZE && va <= stack_va + STACK_SIZE;
}

/* The lowest byte of the stack that va is in or has just run out of; 0: none. */
static uint64_t find(uint64_t va)
{
    for (unsigned i = 0; i < IMAGE_STACKS; i++)
        if (is_near(va, (uintptr_t)image_stack(i)))
            return (uintptr_t)image_stack(i);
    if (is_near(va, thread_this()->stack_va))
        return thread_this()->stack_va;
    const uint64_t *ends = cpu_this()->trap_stack_ends;
    for (unsigned i = 0; i < 1 + ARCH_TRAP_STACKS; i++)
        if (is_near(va, ends[i] - STACK_SIZE))
            return ends[i] - STACK_SIZE;
    return 0;
}

bool stack_find(uint64_t sp, uint64_t *low, uint64_t *high)
{
    uint64_t stack_va = find(sp);
    *low = stack_va;
    *high = stack_va == 0 ? 0 : stack_va + STACK_SIZE;
    return stack_va != 0;
}

bool stack_is_guard(uint64_t va)
{
    uint64_t stack_va = find(va);
    return stack_va != 0 && va < stack_va;
}
