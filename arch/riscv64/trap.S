/* SPDX-License-Identifier: 0BSD */
/*
 * The vector: registers into a struct arch_frame, trap_handle(), and back (RISC-V Privileged 1.12, 4.1.2 and 3.3.2).
 *
 *   state in   S-mode, sstatus.SIE = 0; sepc, scause, stval say what happened; all registers are the interrupted ones
 *   state out  as it was, but for what the handler changed in the frame
 *
 * The frame goes below the interrupted sp; if that is not in the upper half or has STACK_SHIFT's bit set (layout.h), to
 * the CPU's emergency stack, before anything is stored. Another sp that points to nowhere faults here again and again,
 * each time a frame lower, until it looks like an overflow too. sscratch holds t0 meanwhile, and nothing otherwise.
 * CFI: from `2` on the frame is whole; column 64 is the interrupted pc, for ra may be live.
 */
#include <ossa/assembly.h>

/* Registers, to or from the frame. */
.macro EACH_REGISTER instruction, frame, registers:vararg
    .irp n, \registers
    \instruction x\n, FRAME_X(\n)(\frame)
    .endr
.endm

FUNCTION trap_vector
    .cfi_signal_frame
    .cfi_return_column 64
    .cfi_undefined 64
    csrw    sscratch, t0
    bgez    sp, 3f
    addi    t0, sp, -FRAME_SIZE
    slli    t0, t0, 63 - STACK_SHIFT
    bltz    t0, 3f
    mv      t0, sp
    addi    sp, sp, -FRAME_SIZE
1:  sd      t0, FRAME_X(2)(sp)
    csrr    t0, sscratch
    EACH_REGISTER sd, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    csrr    t0, sepc
    csrr    t1, sstatus
    csrr    t2, scause
    csrr    t3, stval
    sd      t0, FRAME_PC(sp)
    sd      t1, FRAME_STATUS(sp)
    sd      t2, FRAME_CAUSE(sp)
    sd      t3, FRAME_TVAL(sp)
2:  .cfi_def_cfa sp, 0
    .cfi_offset 64, FRAME_PC
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    .cfi_offset x\n, FRAME_X(\n)
    .endr
    mv      a0, sp
    call    trap_handle
    ld      t0, FRAME_PC(sp)
    ld      t1, FRAME_STATUS(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    sc.d    zero, zero, (sp)    /* to x0's slot: ends a reservation, which another thread may have made meanwhile */
    EACH_REGISTER ld, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,2
    sret

3:  mv      t0, sp
    ld      sp, THREAD_CPU(tp)
    ld      sp, CPU_EMERGENCY_SP(sp)
    addi    sp, sp, -FRAME_SIZE
    j       1b
END_FUNCTION trap_vector

/* void arch_frame_capture(struct arch_frame *frame) */
FUNCTION arch_frame_capture
    EACH_REGISTER sd, a0, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    csrr    t0, sstatus
    sd      ra, FRAME_PC(a0)
    sd      t0, FRAME_STATUS(a0)
    sd      zero, FRAME_CAUSE(a0)
    sd      zero, FRAME_TVAL(a0)
    ret
END_FUNCTION arch_frame_capture
