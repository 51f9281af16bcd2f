/* SPDX-License-Identifier: 0BSD */
/*
 * Exceptions, from the vector to trap_handle() and back (Arm ARM, D1.3). All 16 entries are real: those that this
 * kernel does not use yet are reported like the others. What is pushed is struct arch_frame, below the interrupted sp.
 */
#include <ossa/assembly.h>

/*
 * In: exception taken to EL1, DAIF masked, all other registers as interrupted. Out, to trap_save: x0 = number of the
 * entry, x1 = interrupted sp, sp = frame, which holds x0 and x1. sp is tested with no register to spare: while x0 holds
 * it, sp holds their sum. On overflow EL0's thread registers carry x0 and sp: whose stack it was will not go on.
 */
.macro VECTOR number
    .balign 128
    sub     sp, sp, #FRAME_SIZE
    add     sp, sp, x0
    sub     x0, sp, x0
    tbnz    x0, #STACK_SHIFT, 1f
    sub     x0, sp, x0
    sub     sp, sp, x0
    stp     x0, x1, [sp, #FRAME_X]
    add     x1, sp, #FRAME_SIZE
    mov     x0, #\number
    b       trap_save
1:  sub     x0, sp, x0
    sub     sp, sp, x0
    msr     tpidrro_el0, x0
    add     x0, sp, #FRAME_SIZE
    msr     tpidr_el0, x0
    adrp    x0, emergency_stack_end
    sub     sp, x0, #FRAME_SIZE
    mrs     x0, tpidrro_el0
    stp     x0, x1, [sp, #FRAME_X]
    mrs     x1, tpidr_el0
    mov     x0, #\number
    b       trap_save
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

.macro X2_TO_X29 operation, frame
    \operation x2, x3, [\frame, #(FRAME_X + 8 * 2)]
    \operation x4, x5, [\frame, #(FRAME_X + 8 * 4)]
    \operation x6, x7, [\frame, #(FRAME_X + 8 * 6)]
    \operation x8, x9, [\frame, #(FRAME_X + 8 * 8)]
    \operation x10, x11, [\frame, #(FRAME_X + 8 * 10)]
    \operation x12, x13, [\frame, #(FRAME_X + 8 * 12)]
    \operation x14, x15, [\frame, #(FRAME_X + 8 * 14)]
    \operation x16, x17, [\frame, #(FRAME_X + 8 * 16)]
    \operation x18, x19, [\frame, #(FRAME_X + 8 * 18)]
    \operation x20, x21, [\frame, #(FRAME_X + 8 * 20)]
    \operation x22, x23, [\frame, #(FRAME_X + 8 * 22)]
    \operation x24, x25, [\frame, #(FRAME_X + 8 * 24)]
    \operation x26, x27, [\frame, #(FRAME_X + 8 * 26)]
    \operation x28, x29, [\frame, #(FRAME_X + 8 * 28)]
.endm

/* Column 32 is the interrupted pc: x30, the usual column, may be live (DWARF for the Arm 64-bit architecture, 4.1). */
FUNCTION trap_save, .text.trap_vectors
    .cfi_signal_frame
    .cfi_return_column 32
    .cfi_def_cfa sp, FRAME_SIZE
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    .cfi_offset \n, FRAME_X + 8 * \n - FRAME_SIZE
    .endr
    .cfi_offset 31, FRAME_SP - FRAME_SIZE
    .cfi_offset 32, FRAME_PC - FRAME_SIZE

    X2_TO_X29 stp, sp
    stp     x30, x1, [sp, #(FRAME_X + 8 * 30)]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [sp, #FRAME_PC]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [sp, #FRAME_ESR]
    str     x0, [sp, #FRAME_VECTOR]
    mov     x0, sp
    bl      trap_handle

    ldp     x2, x3, [sp, #FRAME_PC]
    msr     elr_el1, x2
    msr     spsr_el1, x3
    X2_TO_X29 ldp, sp
    ldr     x30, [sp, #(FRAME_X + 8 * 30)]
    mov     x0, sp            /* sp leaves the frame before the last registers do: all is masked, nothing comes */
    ldr     x1, [x0, #FRAME_SP]
    mov     sp, x1
    ldp     x0, x1, [x0, #FRAME_X]
    eret
END_FUNCTION trap_save

/* void arch_frame_capture(struct arch_frame *frame). Clobbers x9 and x10. */
FUNCTION arch_frame_capture
    stp     x0, x1, [x0, #FRAME_X]
    X2_TO_X29 stp, x0
    mov     x9, sp
    stp     x30, x9, [x0, #(FRAME_X + 8 * 30)]
    mrs     x9, nzcv
    mrs     x10, daif
    orr     x9, x9, x10
    mov     x10, #5           /* EL1h */
    orr     x9, x9, x10
    stp     x30, x9, [x0, #FRAME_PC]
    stp     xzr, xzr, [x0, #FRAME_ESR]
    stp     xzr, xzr, [x0, #FRAME_VECTOR]
    ret
END_FUNCTION arch_frame_capture
