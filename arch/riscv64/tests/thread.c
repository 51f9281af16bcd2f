/* SPDX-License-Identifier: 0BSD */
/*
 * The trap entry finds no room on the stack of a thread: tests/kernel/thread/emergency_stack.h.
 */
#include "../../../tests/kernel/thread/emergency_stack.h"
#include <ossa/test.h>

static void wait_at(uint64_t sp, const uint32_t *over)
{
    __asm__ volatile("mv s2, sp\n\tmv sp, %0\n1:\tlw s3, 0(%1)\n\tbeqz s3, 1b\n\tfence r, rw\n\tmv sp, s2"
                     :
                     : "r"(sp), "r"(over)
                     : "s2", "s3", "memory");
}

TEST(riscv64_emergency_stack_is_not_switched_from)
{
    check_emergency_stack_is_kept(wait_at);
}
