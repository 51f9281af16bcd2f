/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder's two changes of context (unwind.h says what each is for). Callee-saved: s0 to s11, which are x8, x9,
 * x18 to x27 (RISC-V ELF psABI, "Integer Register Convention").
 */
#include <arch/unwind.h>
#include <ossa/assembly.h>

#define CATCH_FRAME_SIZE 112 /* ra, s0 to s11, 16-byte aligned */

.set slot, 8
#define SLOT(column, field) .set slot_##column, slot; .set slot, slot + 8;
ARCH_UNWIND_COLUMNS(SLOT)

/* bool arch_unwind_catch(void (*function)(void *) in a0, void *argument in a1). At its labels only sp is known. */
    .globl arch_unwind_catch_site, arch_unwind_caught
FUNCTION arch_unwind_catch
    addi    sp, sp, -CATCH_FRAME_SIZE
    .cfi_def_cfa_offset CATCH_FRAME_SIZE
    .set at, 0
    .irp n, 1,8,9,18,19,20,21,22,23,24,25,26,27
    sd      x\n, at(sp)
    .cfi_offset x\n, at - CATCH_FRAME_SIZE
    .set at, at + 8
    .endr
    mv      t0, a0
    mv      a0, a1
    jalr    t0
arch_unwind_catch_site:
    li      a0, 0
arch_unwind_caught: /* a0: the object that arch_unwind_enter() was called with */
    .set at, 0
    .irp n, 1,8,9,18,19,20,21,22,23,24,25,26,27
    ld      x\n, at(sp)
    .cfi_restore x\n
    .set at, at + 8
    .endr
    addi    sp, sp, CATCH_FRAME_SIZE
    .cfi_def_cfa_offset 0
    ret
END_FUNCTION arch_unwind_catch

/*
 * _Noreturn void arch_unwind_enter(registers in a0, pc in a1, object in a2). Object to a0, 0 to a1: "cleanup". ra too:
 * to GCC a load that traps, unlike a call, leaves it alone, so it may hold a variable of the landing pad.
 */
FUNCTION arch_unwind_enter
    .irp n, 1,2,8,9,18,19,20,21,22,23,24,25,26,27
    ld      x\n, slot_\n(a0)
    .endr
    mv      t0, a1
    mv      a0, a2
    li      a1, 0
    jr      t0
END_FUNCTION arch_unwind_enter
