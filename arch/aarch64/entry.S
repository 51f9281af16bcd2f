/* SPDX-License-Identifier: 0BSD */
/*
 * From the loader's state to C's.
 *
 * In (Linux, Documentation/arch/arm64/booting.rst, sections 3 and 4): the whole image in RAM at a multiple of 2 MiB,
 * anywhere; what of it lies in the file is clean to the point of coherency, .bss and stacks are not. x0 = physical
 * address of the devicetree. EL2 or EL1 (EL3 is taken too, so that C can refuse it in words); MMU off, caches in any
 * state that this allows, DAIF masked; every other register anything. One CPU: the others wait in the firmware (PSCI).
 *
 * Out: boot_start()'s state and arguments (boot.h): EL1h, MMU and caches on, at KERNEL_VA; `magic` is the exception
 * level at entry. SCTLR_EL1.WXN comes with the tables that keep it (paging.S).
 *
 * No memory is read before the MMU is on, and only page tables are written; all addresses are relative to pc.
 * Kept from (2) on: x19 devicetree, x20 exception level, x21 CPU, x22 physical base, x23 ticks.
 */
#include <ossa/assembly.h>

.macro CONSTANT register, value /* 32 bits, without a load */
    movz \register, #((\value) & 0xffff)
    movk \register, #((\value) >> 16), lsl #16
.endm

/*
 * Writes x9 to the table entry at x10. With the MMU off the store goes past the caches, where lines of the table may
 * lie since the image was loaded: clean ones, which can be dropped now that they are stale.
 */
.macro WRITE_ENTRY
    str     x9, [x10]
    dmb     sy
    dc      ivac, x10
.endm

/* Links table `to` into `table` at a given index, or at the one that translates the base. Clobbers x9 to x11. */
.macro LINK table, to, shift=0, index=0
    adrp    x9, \to
    orr     x9, x9, #(DESCRIPTOR_VALID | DESCRIPTOR_TABLE)
    adrp    x10, \table
    .if \shift
    ubfx    x11, x22, #\shift, #9
    add     x10, x10, x11, lsl #3
    .else
    add     x10, x10, #(8 * \index)
    .endif
    WRITE_ENTRY
.endm

/* The worst the protocol allows: .bss, general registers, EL1's system registers and, from EL2, what governs EL1. */
.macro MAKE_DIRTY
#if CONFIG_BOOT_DIRTY
    CONSTANT x2, 0xa5a5b6b7
    orr     x2, x2, x2, lsl #32
    adrp    x0, bss_start
    adrp    x1, bss_end
    add     x1, x1, :lo12:bss_end
1:  stp     x2, x2, [x0], #16
    cmp     x0, x1
    b.lo    1b
    .irp register, tcr_el1, mair_el1, ttbr0_el1, ttbr1_el1, vbar_el1, cpacr_el1, tpidr_el1, sp_el0, nzcv, mdscr_el1
    msr     \register, x2
    .endr
    tbz     x20, #1, 2f
    .irp register, sctlr_el1, cntvoff_el2, cptr_el2, hstr_el2, vttbr_el2, vpidr_el2, vmpidr_el2, mdcr_el2, hcr_el2
    msr     \register, x2
    .endr
2:  mov     sp, x2
    .irp n, 0,1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,24,25,26,27,28,29,30
    mov     x\n, x2
    .endr
#endif
.endm

/* == (1) Header (booting.rst, section 3) =========================================================================== */

    .section .head, "ax", %progbits
    .globl image_head
image_head:
    b       entry
    .long   0
    .quad   0           /* text_offset: from a multiple of 2 MiB */
    .quad   image_size  /* with .bss and stacks */
    .quad   0xa         /* little-endian, 4 KiB pages, anywhere in memory */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
    .org    image_head + 0x200  /* as a vector table: synchronous exceptions at EL1 */
park:
    wfe
    b       park

FUNCTION entry, .text.entry
    .cfi_undefined x30  /* the end of every backtrace */

/* == (2) What only now can be known ================================================================================ */

    mov     x19, x0
    mrs     x20, CurrentEL
    ubfx    x20, x20, #2, #2
    mrs     x23, cntvct_el0
    tbz     x20, #1, 1f
    mrs     x23, cntpct_el0 /* EL2: the virtual counter's offset is unknown, and 0 soon */
1:  mrs     x21, mpidr_el1
    mov     x9, #0xffffff   /* affinity: Aff3 at bit 32, Aff2 to Aff0 at bit 0 */
    movk    x9, #0xff, lsl #32
    and     x21, x21, x9
    MAKE_DIRTY

/* == (3) Physical base ============================================================================================= */

    adr     x22, image_head

/* == (4) To EL1 ==================================================================================================== */

    CONSTANT x12, SCTLR_RESET
    tbz     x20, #1, at_el1
    cmp     x20, #3
    b.ne    1f
    mov     x9, #SCR_VALUE
    msr     scr_el3, x9
    msr     cptr_el3, xzr
    isb

    /* E2H first: it gives other registers their meaning; if it cannot be cleared SCTLR_EL1 has another name (D8.18). */
1:  mov     x9, #HCR_RW
    orr     x9, x9, #HCR_API_APK
    msr     hcr_el2, x9
    isb
    mrs     x9, hcr_el2
    tbnz    x9, #HCR_E2H, 2f
    msr     sctlr_el1, x12
    mov     x9, #CPTR_RES1
    b       3f
2:  msr     s3_5_c1_c0_0, x12 /* SCTLR_EL12 */
    mov     x9, #CPTR_E2H_NONE
3:  msr     cptr_el2, x9
    msr     hstr_el2, xzr
    mov     x9, #CNTHCTL_COUNTER
    msr     cnthctl_el2, x9
    msr     cntvoff_el2, xzr
    mrs     x9, mdcr_el2      /* no debug exceptions to EL2; HPMN, how many event counters EL1 has, stays */
    and     x9, x9, #MDCR_HPMN
    msr     mdcr_el2, x9
    msr     vttbr_el2, xzr
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9

    mrs     x9, id_aa64mmfr0_el1
    ubfx    x9, x9, #56, #4   /* FGT: fine-grained traps are unknown after reset */
    cbz     x9, 4f
    .irp register, s3_4_c1_c1_4, s3_4_c1_c1_5, s3_4_c1_c1_6, s3_4_c3_c1_4, s3_4_c3_c1_5
    msr     \register, xzr    /* HFGRTR_EL2, HFGWTR_EL2, HFGITR_EL2, HDFGRTR_EL2, HDFGWTR_EL2 */
    .endr

4:  mrs     x9, id_aa64pfr0_el1
    ubfx    x9, x9, #24, #4   /* GIC: system registers exist; EL1 is to reach them if EL3 allows it */
    cbz     x9, 5f
    mrs     x9, s3_4_c12_c9_5 /* ICC_SRE_EL2 */
    orr     x9, x9, #ICC_SRE_SRE
    orr     x9, x9, #ICC_SRE_ENABLE
    msr     s3_4_c12_c9_5, x9
    isb
    mrs     x9, s3_4_c12_c9_5
    tbz     x9, #0, 5f
    msr     s3_4_c12_c11_0, xzr /* ICH_HCR_EL2: no virtual interrupts */

5:  adr     x9, at_el1
    mov     x10, #SPSR_EL1H
    cmp     x20, #3
    b.eq    6f
    msr     elr_el2, x9
    msr     spsr_el2, x10
    eret
6:  msr     elr_el3, x9
    msr     spsr_el3, x10
    eret

at_el1:
    msr     sctlr_el1, x12
    msr     spsel, #1
    msr     daifset, #15
    msr     cpacr_el1, xzr  /* floating point and SIMD trap */
    msr     mdscr_el1, xzr  /* no single step */
    isb

/* == (5) Coarse tables ============================================================================================= */

    adr     x1, message_base
    tst     x22, #(BLOCK_SIZE - 1)
    b.ne    fail

    /* 1:1, read-only so that it stays executable under WXN: the block that holds this code and paging.S. */
    LINK    identity_level3, identity_level2, shift=39
    LINK    identity_level2, identity_level1, shift=30
    mov     x13, #(DESCRIPTOR_VALID | DESCRIPTOR_AF | DESCRIPTOR_SHARED)
    orr     x13, x13, #DESCRIPTOR_UXN
    orr     x9, x22, x13
    orr     x9, x9, #DESCRIPTOR_RO
    adrp    x10, identity_level1
    ubfx    x11, x22, #21, #9
    add     x10, x10, x11, lsl #3
    WRITE_ENTRY

    LINK    kernel_level3, kernel_level2, index=511
    LINK    kernel_level2, kernel_level1, index=510
    LINK    kernel_level2, fixmap_table, index=511
    adrp    x10, kernel_level1
    adrp    x11, image_end
    mov     x12, x22
1:  orr     x9, x12, x13
    WRITE_ENTRY
    add     x10, x10, #8
    add     x12, x12, #BLOCK_SIZE
    cmp     x12, x11
    b.lo    1b

/* == (6) MMU and caches on ========================================================================================= */

    mov     x9, #MAIR_VALUE
    msr     mair_el1, x9
    mrs     x10, id_aa64mmfr0_el1
    ubfx    x11, x10, #28, #4 /* TGran4: 15 if there are no 4 KiB pages */
    adr     x1, message_granule
    cmp     x11, #15
    b.eq    fail
    and     x10, x10, #15     /* PARange, in TCR_EL1.IPS's own code */
    mov     x11, #TCR_IPS_MAX
    cmp     x10, x11
    csel    x10, x10, x11, lo
    CONSTANT x9, TCR_VALUE
    bfi     x9, x10, #TCR_IPS, #3
    msr     tcr_el1, x9
    adrp    x9, identity_level3
    msr     ttbr0_el1, x9
    adrp    x9, kernel_level3
    msr     ttbr1_el1, x9

    /*
     * Alignment is checked: the compiler emits no misaligned access (-mstrict-align), so one is a bug, even where it
     * would only be slow. From Armv8.1 on EL1 may not touch EL0's pages by mistake: PAN, after exceptions too.
     */
    CONSTANT x9, (SCTLR_RESET | SCTLR_M | SCTLR_A | SCTLR_C | SCTLR_SA | SCTLR_I)
    mrs     x10, id_aa64mmfr1_el1
    ubfx    x10, x10, #20, #4
    cbz     x10, 1f
    bic     x9, x9, #SCTLR_SPAN
    .arch_extension pan
    msr     pan, #1
1:  dsb     sy                /* the tables are in memory, their stale lines gone */
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el1, x9
    isb
    ldr     x9, =at_kernel_va
    br      x9
at_kernel_va:

/* == (7) C's state ================================================================================================= */

    adrp    x9, trap_vectors
    add     x9, x9, :lo12:trap_vectors
    msr     vbar_el1, x9
    msr     tpidr_el1, xzr
    msr     sp_el0, xzr
    adrp    x9, boot_stack_end
    mov     sp, x9
    mov     x29, xzr
    mov     x30, xzr

/* == (8) C ========================================================================================================= */

    mov     x0, x19
    mov     x1, x20
    mov     x2, x21
    mov     x3, x22
    mov     x4, x23
    bl      boot_start

/* Before C, with no console found yet: tells an emulator, if there is one, the message at x1 and the status. */
fail:
    adr     x9, image_head
    msr     vbar_el1, x9        /* without one hlt is undefined, and leads to park */
    mov     x0, #SYS_WRITE0
    hlt     #0xf000
    adr     x1, exit_block
    mov     x0, #SYS_EXIT
    hlt     #0xf000
    b       park
    .ltorg
    .balign 8
exit_block:
    .quad   APPLICATION_EXIT, EXIT_BOOT_ERROR
message_base:
    .asciz  "\nboot: E07 physical address of the kernel: want a multiple of 2 MiB\n"
message_granule:
    .asciz  "\nboot: E01 ID_AA64MMFR0_EL1.TGran4: want 4 KiB pages\n"
    .balign 4
END_FUNCTION entry

/* Zero in the file. Level as in arch.h: 1's entries are blocks. */
    .section .data.page_tables, "aw", %progbits
    .balign PAGE_SIZE
    .irp table, identity_level3, identity_level2, identity_level1, kernel_level3, kernel_level2, kernel_level1
\table:
    .zero   PAGE_SIZE
    .endr
