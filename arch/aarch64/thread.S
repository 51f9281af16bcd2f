/* SPDX-License-Identifier: 0BSD */
/*
 * The change from one thread to another (arch.h says what it is for). Callee-saved: x19 to x29 (Procedure Call
 * Standard for the Arm 64-bit Architecture, 6.1.1). Floating point is not in use. SP_EL0 is the thread pointer and
 * the base of the stack protector's guard; TPIDR_EL1, the CPU, stays.
 *
 *   A thread that does not run, from its THREAD_SP up, 16-byte aligned:
 *     switched away    pc (.Lthread_resume)  0         x29 x30  x19 to x28
 *     new              pc (thread_begin)   function  argument 0
 */
#include <ossa/assembly.h>

#define SWITCH_FRAME_SIZE 112
#define NEW_FRAME_SIZE    32

/* void arch_thread_switch(struct thread *from in x0, struct thread *to in x1). Interrupts are masked. */
FUNCTION arch_thread_switch
    sub     sp, sp, #SWITCH_FRAME_SIZE
    .cfi_def_cfa_offset SWITCH_FRAME_SIZE
    stp     x29, x30, [sp, #16]
    .cfi_rel_offset x29, 16
    .cfi_rel_offset x30, 24
    stp     x19, x20, [sp, #32]
    stp     x21, x22, [sp, #48]
    stp     x23, x24, [sp, #64]
    stp     x25, x26, [sp, #80]
    stp     x27, x28, [sp, #96]
    .irp n, 19,20,21,22,23,24,25,26,27,28
    .cfi_rel_offset x\n, 32 + 8 * (\n - 19)
    .endr
    adr     x9, .Lthread_resume
    stp     x9, xzr, [sp]
    mov     x10, sp
    str     x10, [x0, #THREAD_SP]
    ldr     x10, [x1, #THREAD_SP]
    ldr     x11, [x1, #THREAD_CPU]
    mov     sp, x10
    msr     sp_el0, x1
    str     x1, [x11, #CPU_THREAD]
    ldr     x9, [sp]
    ret     x9 /* unlike br this needs no landing pad */
.Lthread_resume:
    ldp     x29, x30, [sp, #16]
    ldp     x19, x20, [sp, #32]
    ldp     x21, x22, [sp, #48]
    ldp     x23, x24, [sp, #64]
    ldp     x25, x26, [sp, #80]
    ldp     x27, x28, [sp, #96]
    .irp n, 19,20,21,22,23,24,25,26,27,28,29,30
    .cfi_restore x\n
    .endr
    add     sp, sp, #SWITCH_FRAME_SIZE
    .cfi_def_cfa_offset 0
    ret
END_FUNCTION arch_thread_switch

/* void arch_thread_init(struct thread *thread in x0, function in x1, void *argument in x2) */
FUNCTION arch_thread_init
    ldr     x9, [x0, #THREAD_SP]
    adr     x10, thread_begin
    stp     x10, x1, [x9, #-NEW_FRAME_SIZE]!
    stp     x2, xzr, [x9, #16]
    str     x9, [x0, #THREAD_SP]
    ret
END_FUNCTION arch_thread_init

/* Where a new thread's first switch goes. */
FUNCTION thread_begin
    .cfi_undefined x30
    ldp     x9, x0, [sp, #8]
    mov     x29, xzr
    mov     x30, xzr
    blr     x9
    udf     #0
END_FUNCTION thread_begin
