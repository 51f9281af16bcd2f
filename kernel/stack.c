/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what stacks there are: those that kernel/sections.ld.h lays out. Trap entries know only one bit of them.
 */
#include <ossa/image.h>
#include <ossa/stack.h>

bool stack_find(uint64_t sp, uint64_t *low, uint64_t *high)
{
    for (unsigned i = 0; i < IMAGE_STACKS; i++) {
        *low = (uintptr_t)image_stack(i);
        *high = *low + STACK_SIZE;
        if (sp >= *low - STACK_SIZE && sp <= *high)
            return true;
    }
    return false;
}
