/* SPDX-License-Identifier: 0BSD */
/*
 * Owns which stacks are known: those that kernel/sections.ld.h lays out, the running thread's, and those that this CPU
 * switches to for traps. Trap entries know only one bit of them.
 */
#include <ossa/cpu.h>
#include <ossa/image.h>
#include <ossa/stack.h>

#define STACKS (IMAGE_STACKS + 1 + 1 + ARCH_TRAP_STACKS)

/* The lowest byte of each. */
static uint64_t stack_at(unsigned index)
{
    if (index < IMAGE_STACKS)
        return (uintptr_t)image_stack(index);
    if (index == IMAGE_STACKS)
        return thread_this()->stack_va;
    return cpu_this()->trap_stack_ends[index - IMAGE_STACKS - 1] - STACK_SIZE;
}

bool stack_find(uint64_t sp, uint64_t *low, uint64_t *high)
{
    for (unsigned i = 0; i < STACKS; i++) {
        *low = stack_at(i);
        *high = *low + STACK_SIZE;
        if (sp >= *low - STACK_SIZE && sp <= *high)
            return true;
    }
    *low = *high = 0;
    return false;
}

bool stack_is_guard(uint64_t va)
{
    for (unsigned i = 0; i < STACKS; i++)
        if (va >= stack_at(i) - STACK_SIZE && va < stack_at(i))
            return true;
    return false;
}
