/* SPDX-License-Identifier: 0BSD */
/*
 * The change from one thread to another (arch.h says what it is for). Callee-saved: s0 to s11, which are x8, x9,
 * x18 to x27 (RISC-V ELF psABI, "Integer Register Convention").
 *
 *   A thread that does not run, from its THREAD_SP up, 16-byte aligned:
 *     switched away    pc (.Lthread_resume)  ra  s0 to s11
 *     new              pc (thread_begin)   function  argument  0
 */
#include <ossa/assembly.h>

#define SWITCH_FRAME_SIZE 112
#define NEW_FRAME_SIZE    32

/* void arch_thread_switch(struct thread *from in a0, struct thread *to in a1). Interrupts are masked. */
FUNCTION arch_thread_switch
    addi    sp, sp, -SWITCH_FRAME_SIZE
    .cfi_def_cfa_offset SWITCH_FRAME_SIZE
    .set at, 8
    .irp n, 1,8,9,18,19,20,21,22,23,24,25,26,27
    sd      x\n, at(sp)
    .cfi_offset x\n, at - SWITCH_FRAME_SIZE
    .set at, at + 8
    .endr
    lla     t0, .Lthread_resume
    ld      t1, THREAD_CPU(a1)
    sd      t0, 0(sp)
    sd      sp, THREAD_SP(a0)
    ld      sp, THREAD_SP(a1)
    mv      tp, a1
    sd      a1, CPU_THREAD(t1)
    ld      t0, 0(sp)
    jr      t0
.Lthread_resume:
    .set at, 8
    .irp n, 1,8,9,18,19,20,21,22,23,24,25,26,27
    ld      x\n, at(sp)
    .cfi_restore x\n
    .set at, at + 8
    .endr
    addi    sp, sp, SWITCH_FRAME_SIZE
    .cfi_def_cfa_offset 0
    ret
END_FUNCTION arch_thread_switch

/* void arch_thread_init(struct thread *thread in a0, function in a1, void *argument in a2) */
FUNCTION arch_thread_init
    ld      t0, THREAD_SP(a0)
    lla     t1, thread_begin
    addi    t0, t0, -NEW_FRAME_SIZE
    sd      t1, 0(t0)
    sd      a1, 8(t0)
    sd      a2, 16(t0)
    sd      zero, 24(t0)
    sd      t0, THREAD_SP(a0)
    ret
END_FUNCTION arch_thread_init

/* Where a new thread's first switch goes. */
FUNCTION thread_begin
    .cfi_undefined ra
    ld      t0, 8(sp)
    ld      a0, 16(sp)
    li      s0, 0
    li      ra, 0
    jalr    t0
    unimp
END_FUNCTION thread_begin
