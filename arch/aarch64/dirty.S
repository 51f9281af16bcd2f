/* SPDX-License-Identifier: 0BSD */
/*
 * For CONFIG_BOOT_DIRTY: the worst state that the protocol allows. Called once by entry.S after phase (2), MMU off;
 * keeps what that phase saved and x30. Nothing may rely on .bss, on general registers, on EL1's system registers or,
 * entered at EL2, on what governs EL1.
 */
#include <ossa/assembly.h>

.macro GARBAGE
    movz    x2, #0xb6b7
    movk    x2, #0xa5a5, lsl #16
    orr     x2, x2, x2, lsl #32
.endm

FUNCTION entry_make_dirty
    GARBAGE
    adrp    x0, bss_start
    adrp    x1, bss_end
    add     x1, x1, :lo12:bss_end
1:  stp     x2, x2, [x0], #16
    cmp     x0, x1
    b.lo    1b
    b       entry_make_cpu_dirty
END_FUNCTION entry_make_dirty

/* The same for a CPU of its own: cpu.S calls this one. */
FUNCTION entry_make_cpu_dirty
    GARBAGE
    .irp register, tcr_el1, mair_el1, ttbr0_el1, ttbr1_el1, vbar_el1, cpacr_el1, tpidr_el1, sp_el0, nzcv, mdscr_el1, \
        cntkctl_el1, cntv_ctl_el0, cntv_cval_el0
    msr     \register, x2
    .endr
    tbz     x20, #1, 2f
    .irp register, sctlr_el1, cntvoff_el2, cptr_el2, hstr_el2, vttbr_el2, vpidr_el2, vmpidr_el2, mdcr_el2, hcr_el2
    msr     \register, x2
    .endr
2:  mov     sp, x2
    .irp n, 0,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,24,25,26,27,28,29
    mov     x\n, x2
    .endr
    ret
END_FUNCTION entry_make_cpu_dirty
