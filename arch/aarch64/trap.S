/* SPDX-License-Identifier: 0BSD */
/*
 * The vectors: registers into a struct arch_frame, trap_handle(), and back (Arm ARM, "Exception entry" and "return").
 *
 *   state in   EL1, DAIF masked; ELR, SPSR, ESR and FAR say what happened; the other registers are the interrupted ones
 *   state out  as it was, but for what the handler changed in the frame
 *
 * The frame goes below the interrupted sp; if that has STACK_SHIFT's bit set (layout.h), to the CPU's emergency stack,
 * before anything is stored. sp is tested with no register to spare: while x0 holds it, sp holds their sum. Entries
 * that this kernel does not use yet are reported like the others.
 * CFI: column 32 is the interrupted pc, for x30 may be live (DWARF for the Arm 64-bit architecture, 4.1).
 */
#include <ossa/assembly.h>

/* To trap_save: x0 = number of the entry, x1 = interrupted sp, sp = frame, which holds x0 and x1. */
.macro VECTOR number
    .balign 128
    sub     sp, sp, #FRAME_SIZE
    add     sp, sp, x0
    sub     x0, sp, x0
    tbnz    x0, #STACK_SHIFT, 2f
    sub     x0, sp, x0
    sub     sp, sp, x0
    stp     x0, x1, [sp, #FRAME_X(0)]
    add     x1, sp, #FRAME_SIZE
1:  mov     x0, #\number
    b       trap_save
2:  sub     x0, sp, x0
    sub     sp, sp, x0
    msr     tpidrro_el0, x0     /* EL0's, but whose stack it was will not go on */
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #CPU_EMERGENCY_SP]
    sub     x0, x0, #FRAME_SIZE
    str     x1, [x0, #FRAME_X(1)]
    add     x1, sp, #FRAME_SIZE
    mov     sp, x0
    mrs     x0, tpidrro_el0
    str     x0, [sp, #FRAME_X(0)]
    b       1b
.endm

/* Registers by twos, to or from the frame. */
.macro EACH_PAIR instruction, frame, first, second, others:vararg
    \instruction x\first, x\second, [\frame, #FRAME_X(\first)]
    .ifnb \others
    EACH_PAIR \instruction, \frame, \others
    .endif
.endm

    .section .text.trap_vectors, "ax", %progbits
    .balign 2048
FUNCTION trap_vectors
    .cfi_signal_frame
    .cfi_undefined x30
    .irp number, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    VECTOR  \number
    .endr
END_FUNCTION trap_vectors

FUNCTION trap_save, .text.trap_vectors
    .cfi_signal_frame
    .cfi_return_column 32
    .cfi_def_cfa sp, 0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    .cfi_offset \n, FRAME_X(\n)
    .endr
    .cfi_offset 32, FRAME_PC
    EACH_PAIR stp, sp, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
    stp     x30, x1, [sp, #FRAME_X(30)]
    mrs     x2, elr_el1
    mrs     x4, spsr_el1
    stp     x2, x4, [sp, #FRAME_PC]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [sp, #FRAME_ESR]
    str     x0, [sp, #FRAME_VECTOR]
    tbnz    x4, #8, 1f
    msr     daifclr, #4       /* SError, as before: handlers may go on elsewhere, in another thread or a landing pad */
1:  mov     x0, sp
    bl      trap_handle
    msr     daifset, #4
    ldp     x2, x3, [sp, #FRAME_PC]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    EACH_PAIR ldp, sp, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
    mov     x0, sp            /* sp leaves the frame before the last registers do: all is masked, nothing comes */
    ldp     x30, x1, [x0, #FRAME_X(30)]
    mov     sp, x1
    ldp     x0, x1, [x0, #FRAME_X(0)]
    eret
END_FUNCTION trap_save

/* void arch_frame_capture(struct arch_frame *frame) */
FUNCTION arch_frame_capture
    EACH_PAIR stp, x0, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29
    mov     x9, sp
    stp     x30, x9, [x0, #FRAME_X(30)]
    mrs     x9, daif
    add     x9, x9, #5        /* EL1h */
    stp     x30, x9, [x0, #FRAME_PC]
    stp     xzr, xzr, [x0, #FRAME_ESR]
    str     xzr, [x0, #FRAME_VECTOR]
    ret
END_FUNCTION arch_frame_capture
