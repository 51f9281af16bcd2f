/* SPDX-License-Identifier: 0BSD */
/*
 * From the loader's state to C's.
 *
 *   state in   (Linux, Documentation/arch/arm64/booting.rst, 3 and 4) the whole image in RAM at a multiple of 2 MiB,
 *     anywhere, the file's part of it clean to the point of coherency; x0 = physical address of the devicetree; EL2 or
 *     EL1 (EL3 is taken too, so that C can refuse it in words); MMU off, caches in any state that this allows, DAIF
 *     masked; one CPU. All else is anything.
 *   state out  boot_start()'s state and arguments (boot.h): EL1h, MMU and caches on, at KERNEL_VA; `magic` is the
 *     exception level at entry. SCTLR_EL1.WXN comes with the tables that keep it (paging.S).
 *
 * No memory is read before the MMU is on, and only page tables are written; all addresses are relative to pc.
 * Other CPUs come by cpu.S, through the routines behind this one: phases (4) and (6) are everybody's.
 * Kept from (2) on: x19 devicetree, x20 exception level, x21 CPU, x22 physical base, x23 ticks.
 */
#include <ossa/assembly.h>

.macro CONSTANT register, value /* 32 bits, without a load */
    movz \register, #((\value) & 0xffff)
    movk \register, #((\value) >> 16), lsl #16
.endm

/*
 * Writes x9 to the entry of a table that translates x12; level as in arch.h. With the MMU off the store goes past the
 * caches, where lines of the table may lie since the image was loaded: clean ones, now stale, which are dropped.
 */
.macro WRITE_ENTRY table, level
    adrp    x10, \table
    ubfx    x11, x12, #(PAGE_SHIFT + 9 * \level), #9
    add     x10, x10, x11, lsl #3
    str     x9, [x10]
    dmb     sy
    dc      ivac, x10
.endm

.macro LINK table, level, to
    adrp    x9, \to
    orr     x9, x9, #(DESCRIPTOR_VALID | DESCRIPTOR_TABLE)
    WRITE_ENTRY \table, \level
.endm

/* == (1) Header (booting.rst, 3) =================================================================================== */
    .section .head, "ax", %progbits
    .globl image_head
image_head:
    b       entry
    .long   0
    .quad   0, image_size, 0xa, 0, 0, 0 /* loaded at a multiple of 2 MiB; with .bss; little-endian, 4 KiB pages */
    .ascii  "ARM\x64"
    .long   0
    .org    image_head + 0x200  /* as a vector table: synchronous exceptions at EL1 */
park:
    wfe
    b       park

FUNCTION entry, .text.entry
    .cfi_undefined x30          /* the end of every backtrace */

/* == (2) What the firmware passed; ticks =========================================================================== */
    mov     x19, x0
    mrs     x20, CurrentEL
    ubfx    x20, x20, #2, #2
    mrs     x23, cntvct_el0
    tbz     x20, #1, 1f
    mrs     x23, cntpct_el0     /* EL2: the virtual counter's offset is unknown, and 0 soon */
1:  mrs     x21, mpidr_el1
    and     x21, x21, #~0xff000000 /* affinity: Aff3 at bit 32, Aff2 to Aff0 at bit 0 */
    and     x21, x21, #0xffffffffff
#if CONFIG_BOOT_DIRTY
    bl      entry_make_dirty
#endif

/* == (3) Physical base ============================================================================================= */
    adr     x22, image_head

/* == (4) Privilege level: EL1 ====================================================================================== */
    bl      entry_drop_level
    adr     x1, message_base
    tst     x22, #(BLOCK_SIZE - 1)
    b.ne    fail

/* == (5) Coarse tables: the image by blocks, the fixmap; this code and paging.S 1:1 ================================ */
    CONSTANT x13, DESCRIPTOR_VALID | (DESCRIPTOR_KERNEL & 0xffffffff)
    orr     x13, x13, #(DESCRIPTOR_KERNEL & ~0xffffffff)
    mov     x12, x22
    LINK    identity_level3, 3, identity_level2
    LINK    identity_level2, 2, identity_level1
    orr     x9, x22, x13
    orr     x9, x9, #DESCRIPTOR_RO /* under WXN it stays executable */
    WRITE_ENTRY identity_level1, 1

    mov     x12, #FIXMAP_VA
    LINK    kernel_level2, 2, fixmap_table
    mov     x12, #KERNEL_VA
    LINK    kernel_level3, 3, kernel_level2
    LINK    kernel_level2, 2, kernel_level1
    mov     x14, x22
    adrp    x15, image_end
1:  orr     x9, x14, x13
    WRITE_ENTRY kernel_level1, 1
    add     x12, x12, #BLOCK_SIZE
    add     x14, x14, #BLOCK_SIZE
    cmp     x14, x15
    b.lo    1b

/* == (6) MMU and caches on ========================================================================================= */
    bl      entry_enable_mmu    /* returns to KERNEL_VA */

/* == (7) Stack and its end; vectors ================================================================================ */
    adrp    x9, trap_vectors
    add     x9, x9, #:lo12:trap_vectors
    msr     vbar_el1, x9
    adrp    x9, boot_stack_end
    mov     sp, x9
    adrp    x9, boot_thread
    add     x9, x9, #:lo12:boot_thread
    msr     sp_el0, x9
    ldr     x9, [x9, #THREAD_CPU]
    msr     tpidr_el1, x9
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
exit_block:
    .quad   APPLICATION_EXIT, EXIT_BOOT_ERROR
message_base:
    .asciz  "\nboot: E07 physical address of the kernel: want a multiple of 2 MiB\n"
message_granule:
    .asciz  "\nboot: E01 ID_AA64MMFR0_EL1.TGran4: want 4 KiB pages\n"
    .balign 4
END_FUNCTION entry

/*
 * Phase (4) of every CPU: to EL1h, all masked, MMU off, with all that governs EL1 written and nothing inherited.
 * In: x20 = exception level. Clobbers x9, x10, x12.
 */
FUNCTION entry_drop_level, .text.entry
    CONSTANT x12, SCTLR_RESET
    tbz     x20, #1, at_el1
    cmp     x20, #3
    b.ne    1f
    mov     x9, #0x4b1          /* RW, SMD, RES1, NS: non-secure AArch64, SMC undefined as nobody would answer */
    msr     scr_el3, x9
    msr     cptr_el3, xzr
    isb

    /* E2H first: it gives other registers their meaning; if it cannot be cleared SCTLR_EL1 has another name. */
1:  mov     x9, #0x80000000     /* RW: EL1 is AArch64; E2H = 0 */
    orr     x9, x9, #(3 << 40)  /* API, APK: pointer authentication is not trapped */
    msr     hcr_el2, x9
    isb
    mrs     x9, hcr_el2
    tbnz    x9, #34, 2f
    msr     sctlr_el1, x12
    mov     x9, #0x33ff         /* RES1: SVE and SME trap, which CPACR_EL1 traps before */
    b       3f
2:  msr     s3_5_c1_c0_0, x12   /* SCTLR_EL12 */
    mov     x9, #(3 << 20)      /* FPEN; the rest traps as above */
3:  msr     cptr_el2, x9
    mov     x9, #0xc03          /* EL1 uses counter and timer; bits 0, 1 with E2H = 0, 10, 11 with E2H = 1 */
    msr     cnthctl_el2, x9
    mrs     x9, mdcr_el2        /* no debug exceptions to EL2; HPMN, how many event counters EL1 has, stays */
    and     x9, x9, #0x1f
    msr     mdcr_el2, x9
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9
    .irp register, hstr_el2, cntvoff_el2, vttbr_el2
    msr     \register, xzr
    .endr
    mrs     x9, id_aa64mmfr0_el1
    ubfx    x9, x9, #56, #4     /* FGT: fine-grained traps are unknown after reset */
    cbz     x9, 4f
    .irp register, s3_4_c1_c1_4, s3_4_c1_c1_5, s3_4_c1_c1_6, s3_4_c3_c1_4, s3_4_c3_c1_5
    msr     \register, xzr      /* HFGRTR_EL2, HFGWTR_EL2, HFGITR_EL2, HDFGRTR_EL2, HDFGWTR_EL2 */
    .endr
4:  mrs     x9, id_aa64pfr0_el1
    ubfx    x9, x9, #24, #4     /* GIC: system registers exist; EL1 is to reach them if EL3 allows it */
    cbz     x9, 5f
    mov     x9, #0xf            /* Enable, DIB, DFB, SRE: no bypass of the GIC (IHI 0069) */
    msr     s3_4_c12_c9_5, x9   /* ICC_SRE_EL2 */
    isb
    mrs     x9, s3_4_c12_c9_5
    tbz     x9, #0, 5f
    msr     s3_4_c12_c11_0, xzr /* ICH_HCR_EL2: no virtual interrupts */
5:  adr     x9, at_el1
    mov     x10, #0x3c5         /* EL1h, DAIF masked */
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
    .irp register, cpacr_el1, mdscr_el1
    msr     \register, xzr      /* floating point and SIMD trap; no single step */
    .endr
    isb
    ret
END_FUNCTION entry_drop_level

/*
 * Phase (6) of every CPU, in the coarse tables of (5): returns to its caller at KERNEL_VA, MMU and caches on. Only the
 * first CPU's run of it can end in `fail`, unless CPUs differ. In: x22 = physical base. Clobbers x1, x9 to x11.
 */
FUNCTION entry_enable_mmu, .text.entry
    mrs     x10, id_aa64mmfr0_el1
    ubfx    x11, x10, #28, #4   /* TGran4: 15 if there are no 4 KiB pages */
    adr     x1, message_granule
    cmp     x11, #15
    b.eq    fail
    and     x10, x10, #15       /* PARange, in TCR_EL1.IPS's own code; more than 48 bits needs other descriptors */
    mov     x11, #5
    cmp     x10, x11
    csel    x10, x10, x11, lo
    CONSTANT x9, TCR_VALUE
    bfi     x9, x10, #32, #3
    msr     tcr_el1, x9
    mov     x9, #MAIR_VALUE
    msr     mair_el1, x9
    adrp    x9, identity_level3
    msr     ttbr0_el1, x9
    adrp    x9, kernel_level3
    msr     ttbr1_el1, x9

    /* Alignment is checked: the compiler emits no misaligned access (-mstrict-align), so one is a bug. */
    CONSTANT x9, (SCTLR_RESET | SCTLR_M | SCTLR_A | SCTLR_C | SCTLR_SA | SCTLR_I)
    mrs     x10, id_aa64mmfr1_el1
    ubfx    x10, x10, #20, #4   /* PAN: EL1 does not touch EL0's pages by mistake, after exceptions too */
    cbz     x10, 1f
    bic     x9, x9, #SCTLR_SPAN
    .arch_extension pan
    msr     pan, #1
1:  dsb     sy                  /* the tables are in memory, their stale lines gone */
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el1, x9
    isb
    mov     x9, #KERNEL_VA
    sub     x30, x30, x22
    add     x30, x30, x9
    ret
END_FUNCTION entry_enable_mmu

    .section .data.page_tables, "aw", %progbits
    .balign PAGE_SIZE
    .irp table, identity_level3, identity_level2, identity_level1, kernel_level3, kernel_level2, kernel_level1
\table:
    .zero   PAGE_SIZE
    .endr
