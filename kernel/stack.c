/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what stacks there are: those that kernel/sections.ld.h lays out. Trap entries know only one bit of them.
 */
#include <ossa/image.h>
#include <ossa/stack.h>

bool stack_find(uint64_t sp, uint64_t *low, uint64_t *high)
{
    bool boot = sp >= (uintptr_t)boot_stack_guard && sp <= (uintptr_t)boot_stack_end;
    bool emergency = sp >= (uintptr_t)emergency_stack_guard && sp <= (uintptr_t)emergency_stack_end;
    *low = (uintptr_t)(boot ? boot_stack_start : emergency_stack_start);
    *high = (uintptr_t)(boot ? boot_stack_end : emergency_stack_end);
    return boot || emergency;
}
