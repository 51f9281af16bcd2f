/* SPDX-License-Identifier: 0BSD */
/*
 * The vector: registers into a struct arch_frame, trap_handle(), and back (RISC-V Privileged 1.12, 4.1.2 and 3.3.2).
 *
 *   state in   S-mode, from S-mode, sstatus.SIE = 0; sepc, scause, stval say what happened; sp is the interrupted one
 *   state out  as it was, but for what the handler changed in the frame
 *
 * sscratch holds t0 for the first instructions, which cannot trap, and nothing otherwise: so traps nest to any depth.
 * The frame goes below the interrupted sp if that is inside a stack, in the upper half and with STACK_SHIFT's bit clear
 * (layout.h); else, before anything is stored, to the emergency stack. Another sp that points to nowhere faults here
 * again and again, each time a frame lower, until it looks like an overflow too.
 * CFI: from `2` on the frame is whole, and says all registers of the interrupted code; column 64 is its pc.
 */
#include <ossa/assembly.h>

#define DWARF_PC 64

/* Every register but sp, and but x0, to or from the frame at a register. */
.macro EACH_REGISTER instruction, frame, registers:vararg
    .irp n, \registers
    \instruction x\n, FRAME_X(\n)(\frame)
    .endr
.endm

FUNCTION trap_vector
    .cfi_signal_frame
    .cfi_return_column DWARF_PC
    .cfi_undefined DWARF_PC
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
    .cfi_offset DWARF_PC, FRAME_PC
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    .cfi_offset x\n, FRAME_X(\n)
    .endr
    mv      a0, sp
    call    trap_handle
    ld      t0, FRAME_PC(sp)
    ld      t1, FRAME_STATUS(sp)
    csrw    sepc, t0
    csrw    sstatus, t1
    EACH_REGISTER ld, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,2
    sret

3:  mv      t0, sp
    lla     sp, emergency_stack_end - FRAME_SIZE
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
