/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder's two changes of context (unwind.h says what each is for). Callee-saved: x19 to x29 (Procedure Call
 * Standard for the Arm 64-bit Architecture, 6.1.1). Floating point is not in use.
 */
#include <arch/unwind.h>
#include <ossa/assembly.h>

#define CATCH_FRAME_SIZE 96 /* x29, x30, x19 to x28 */

.set slot, 8
#define SLOT(column, field) .set slot_##column, slot; .set slot, slot + 8;
ARCH_UNWIND_COLUMNS(SLOT)

/* bool arch_unwind_catch(void (*function)(void *) in x0, void *argument in x1). At its labels only sp is known. */
    .globl arch_unwind_catch_site, arch_unwind_caught
FUNCTION arch_unwind_catch
    stp     x29, x30, [sp, #-CATCH_FRAME_SIZE]!
    .cfi_def_cfa_offset CATCH_FRAME_SIZE
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    .irp n, 19,20,21,22,23,24,25,26,27,28
    .cfi_rel_offset x\n, 16 + 8 * (\n - 19)
    .endr
    mov     x29, sp
    mov     x2, x0
    mov     x0, x1
    blr     x2
arch_unwind_catch_site:
    mov     x0, #0
arch_unwind_caught: /* x0: the object that arch_unwind_enter() was called with */
    hint    #36         /* bti j */
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #CATCH_FRAME_SIZE
    .irp n, 19,20,21,22,23,24,25,26,27,28,29,30
    .cfi_restore x\n
    .endr
    .cfi_def_cfa_offset 0
    ret
END_FUNCTION arch_unwind_catch

/*
 * _Noreturn void arch_unwind_enter(registers in x0, pc in x1, object in x2). Object to x0, 0 to x1: "cleanup". x30 too:
 * to GCC a load that traps, unlike a call, leaves it alone, so it may hold a variable of the landing pad.
 */
FUNCTION arch_unwind_enter
    .irp n, 19,20,21,22,23,24,25,26,27,28,29,30
    ldr     x\n, [x0, #slot_\n]
    .endr
    ldr     x3, [x0, #slot_31]
    mov     sp, x3
    mov     x3, x1
    mov     x0, x2
    mov     x1, #0
    br      x3
END_FUNCTION arch_unwind_enter
