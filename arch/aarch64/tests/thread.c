/* SPDX-License-Identifier: 0BSD */
/*
 * The trap entry finds no room on the stack of a thread: tests/kernel/thread/emergency_stack.h.
 */
#include "../../../tests/kernel/thread/emergency_stack.h"
#include <ossa/test.h>

static void wait_at(uint64_t sp, const uint32_t *over)
{
    __asm__ volatile("mov x19, sp\n\tmov sp, %0\n1:\tldar w20, [%1]\n\tcbz w20, 1b\n\tmov sp, x19"
                     :
                     : "r"(sp), "r"(over)
                     : "x19", "x20", "memory");
}

TEST(aarch64_emergency_stack_is_not_switched_from)
{
    check_emergency_stack_is_kept(wait_at);
}
