/* SPDX-License-Identifier: 0BSD */
/*
 * From the firmware's state to C's.
 *
 *   state in   (Linux, Documentation/riscv/boot.rst; SBI 1.0, chapter 9) the whole image in RAM at a multiple of 2 MiB,
 *     anywhere; a0 = hart id, a1 = physical address of the devicetree; S-mode, satp = 0, sstatus.SIE = 0; one hart, or
 *     with firmware that has no HSM extension all of them: the first to take the lottery goes on, the others to `park`
 *     with their a0. All else is anything.
 *   state out  boot_start()'s state and arguments (boot.h): S-mode, Sv39, at KERNEL_VA; `magic` is 0; tp =
 *     boot_thread; gp is never used; sscratch holds nothing (trap.S). Traps are taken from here on.
 *
 * All addresses are relative to pc. Kept from (2) on: s1 ticks, s2 hart id, s3 devicetree, s4 physical base.
 */
#include <ossa/assembly.h>

/* Links table `to` into the entry of the root `table` that translates `va`. */
.macro LINK table, va, to
    lla     t0, \to
    srli    t0, t0, PTE_PA_SHIFT
    ori     t0, t0, PTE_VALID
    lla     t1, \table + 8 * ((\va) >> (PAGE_SHIFT + 9 * 2) & 511)
    sd      t0, (t1)
.endm

/* == (1) Header (Linux, Documentation/riscv/boot-image-header.rst, version 0.2) ==================================== */
    .section .head, "ax", %progbits
    .option norvc
    .globl image_head
image_head:
    j       entry
    .4byte  0
    .8byte  0x200000, image_size, 0 /* text_offset from the start of RAM; with .bss and stacks; little-endian */
    .4byte  0 << 16 | 2, 0          /* version 0.2 */
    .8byte  0
    .ascii  "RISCV\0\0\0RSC\x05"
    .4byte  0
    .option rvc

FUNCTION entry, .head
    .cfi_undefined ra           /* the end of every backtrace */

/* == (2) What the firmware passed; ticks =========================================================================== */
    rdtime  s1
    lla     t0, entry_lottery
    li      t1, 1
    amoswap.w t1, t1, (t0)
    bnez    t1, park
    mv      s2, a0
    mv      s3, a1
#if CONFIG_BOOT_DIRTY
    call    entry_make_dirty
#endif

/* == (3) Physical base ============================================================================================= */
    lla     s4, image_start
    lla     a0, message_base
    slli    t0, s4, 64 - 21
    bnez    t0, fail

/* == (4) Privilege level: S-mode, as the protocol says ============================================================= */
    csrw    sie, zero
    li      t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR
    csrc    sstatus, t0         /* floating point and vectors trap */

/* == (5) Coarse tables: the image by blocks, the fixmap; nothing 1:1 =============================================== */
    LINK    kernel_level2, FIXMAP_VA, fixmap_table
    LINK    kernel_level2, KERNEL_VA, kernel_level1
    lla     t0, kernel_level1
    mv      t1, s4
    lla     t2, image_end
    li      t3, BLOCK_SIZE
1:  srli    t4, t1, PTE_PA_SHIFT
    ori     t4, t4, PTE_KERNEL | PTE_WRITE | PTE_EXECUTE
    sd      t4, (t0)
    addi    t0, t0, 8
    add     t1, t1, t3
    bltu    t1, t2, 1b

/* == (6) MMU on: the fetch after the write of satp faults, and stvec leads on ====================================== */
    /* No physical address has KERNEL_VA's upper bits. A change of satp.MODE from Bare takes effect at once (Privileged
     * 1.12, 4.1.11); sfence.vma orders the tables' stores before it (4.2.1). */
    li      t0, KERNEL_VA
    sub     t0, t0, s4
    lla     t1, 1f
    add     t1, t1, t0
    csrw    stvec, t1
    lla     t0, kernel_level2
    srli    t0, t0, PAGE_SHIFT
    li      t1, SATP_SV39 << SATP_MODE_BITS
    or      t0, t0, t1
    lla     a0, message_sv39
    sfence.vma
    csrw    satp, t0
    j       fail                /* satp ignores modes it does not have */

/* == (7) Stack and its end; vector ================================================================================= */
    .balign 4
1:  lla     t0, trap_vector
    csrw    stvec, t0
    lla     sp, boot_stack_end
    li      s0, 0
    li      ra, 0
    lla     tp, boot_thread

/* == (8) C ========================================================================================================= */
    mv      a0, s3
    li      a1, 0
    mv      a2, s2
    mv      a3, s4
    mv      a4, s1
    call    boot_start

/* Before C: writes the message at a0, powers off. */
fail:
    mv      s1, a0
1:  lbu     a0, (s1)
    beqz    a0, 2f
    addi    s1, s1, 1
    li      a7, SBI_LEGACY_PUTCHAR
    ecall
    j       1b
2:  li      a0, 0               /* shutdown (SBI 1.0, 10.1) */
    li      a1, 1               /* for a failure */
    li      a6, 0
    li      a7, SBI_RESET
    ecall
park:
#if CONFIG_CPU
    j       cpu_start_late
#endif
    csrw    sie, zero
    wfi
    j       park
END_FUNCTION entry

    .section .rodata.entry, "a", %progbits
message_base:
    .asciz  "\r\nboot: E07 physical address of the kernel: want a multiple of 2 MiB\r\n"
message_sv39:
    .asciz  "\r\nboot: E01 satp.MODE: want Sv39\r\n"

    .section .data.page_tables, "aw", %progbits
    .balign PAGE_SIZE
    .irp table, kernel_level2, kernel_level1
\table:
    .zero   PAGE_SIZE
    .endr

    .section .data.entry, "aw", %progbits
    .balign 4
entry_lottery:
    .4byte  0
