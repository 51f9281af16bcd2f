/* SPDX-License-Identifier: 0BSD */
/*
 * Exceptions that only aarch64 has, or that it must take in a way of its own: a bad stack pointer leaves nothing to
 * store the frame at.
 */
#include <ossa/test.h>

/* Fills the registers a call may change, stops at a breakpoint on the stack `sp`, and ORs the differences together. */
static uint64_t changed_by_breakpoint(const char *sp)
{
    uint64_t changed;
    __asm__ volatile("mov x19, sp\n"
                     "mov sp, %1\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,30\n"
                     "mov x\\n, #100 + \\n\n"
                     ".endr\n"
                     "cmp xzr, xzr\n"
                     "brk #0\n"
                     "cset x20, ne\n"
                     ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,30\n"
                     "sub x\\n, x\\n, #100 + \\n\n"
                     "orr x20, x20, x\\n\n"
                     ".endr\n"
                     "mov x0, sp\n"
                     "eor x0, x0, %1\n"
                     "orr %0, x20, x0\n"
                     "mov sp, x19\n"
                     : "=r"(changed)
                     : "r"(sp)
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                       "x15", "x16", "x17", "x30", "x19", "x20", "cc", "memory");
    return changed;
}

TEST(aarch64_trap_keeps_registers)
{
    CHECK_EQUAL(changed_by_breakpoint((char *)__builtin_frame_address(0) - 1024), 0);
    CHECK_EQUAL(changed_by_breakpoint(boot_stack_start + 16), 0); /* no room for a frame: emergency stack */
    CHECK_EQUAL(changed_by_breakpoint(NULL), 0);
}

FATAL_TEST(aarch64_alignment, "panic: alignment fault")
{
    __asm__ volatile("ldr x0, [%0]" ::"r"(rodata_start + 1) : "x0"); /* of C's the compiler makes bytes */
}

FATAL_TEST(aarch64_pc_alignment, "panic: PC alignment fault")
{
    void (*volatile odd)(void) = (void (*)(void))(uintptr_t)(text_start + 2);
    odd();
}

FATAL_TEST(aarch64_sp_null, "panic: null pointer write: translation fault")
{
    __asm__ volatile("mov sp, %0\n\tstr xzr, [sp]" ::"r"(0x10ul) : "memory");
}

FATAL_TEST(aarch64_other_stack, "panic: exception from a level or stack that is not used")
{
    __asm__ volatile("msr spsel, #0\n\tbrk #0" ::: "memory");
}

FATAL_TEST(aarch64_floating_point, "panic: trapped SVE, Advanced SIMD or floating point")
{
    __asm__ volatile(".arch_extension fp\n\tfmov d0, xzr");
}

FATAL_TEST(aarch64_svc, "panic: SVC instruction")
{
    __asm__ volatile("svc #0" ::: "memory");
}

FATAL_TEST(aarch64_higher_level, "panic: undefined instruction")
{
    __asm__ volatile("msr hcr_el2, xzr");
}
