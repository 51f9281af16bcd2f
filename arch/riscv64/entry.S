/* SPDX-License-Identifier: 0BSD */
/*
 * From the firmware's state to C's.
 *
 * In (Linux, Documentation/riscv/boot.rst, "Register state"; SBI 1.0, chapter 9): S-mode, satp = 0, sstatus.SIE = 0;
 * a0 = hart id, a1 = physical address of the devicetree; the image in RAM at a multiple of 2 MiB, anywhere; .bss and
 * every other register anything. One hart, or with firmware that has no HSM extension all of them at once: the first to
 * take the lottery goes on, the others wait at `park` for ever.
 *
 * Out: boot_start()'s state and arguments (boot.h): S-mode, Sv39, at KERNEL_VA; `magic` is 0; tp = 0, which will hold
 * the current thread; gp is never used; sscratch holds nothing (trap.S). Traps are taken from here on.
 *
 * All addresses are relative to pc. Kept from (2) on: s1 ticks, s2 hart id, s3 devicetree, s4 physical base.
 */
#include <ossa/assembly.h>

#define SBI_LEGACY_PUTCHAR 0x01       /* SBI 1.0, 5.2 */
#define SBI_RESET          0x53525354 /* 10.1: shutdown is type 0 */
#define SBI_RESET_FAILURE  1

#define TABLE_INDEX(va, level) ((va) >> (12 + 9 * (level)) & 511)

/* The worst the protocol allows. Keeps a0, a1 and s1. */
.macro MAKE_DIRTY
#if CONFIG_BOOT_DIRTY
    li      t0, 0xa5a5b6b7c7c7d8d9
    lla     t1, bss_start
    lla     t2, bss_end
9:  sd      t0, (t1)
    addi    t1, t1, 8
    bltu    t1, t2, 9b
    csrw    sie, t0
    csrw    sscratch, t0
    csrw    stvec, t0
    li      t1, SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR
    csrs    sstatus, t1
    .irp n, 1,2,3,4,6,7,8,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    mv      x\n, t0
    .endr
#endif
.endm

/* == (1) Header (Linux, Documentation/riscv/boot-image-header.rst, version 0.2) ==================================== */

    .section .head, "ax", %progbits
    .option norvc
    .globl image_head
image_head:
    j       entry
    .4byte  0
    .8byte  IMAGE_TEXT_OFFSET
    .8byte  image_size          /* with .bss and stacks */
    .8byte  0                   /* little-endian */
    .4byte  0 << 16 | 2         /* version 0.2 */
    .4byte  0
    .8byte  0
    .ascii  "RISCV\0\0\0"
    .ascii  "RSC\x05"
    .4byte  0
    .option rvc

FUNCTION entry, .head
    .cfi_undefined ra           /* the outermost frame */

/* == (2) What the firmware passed; one hart ======================================================================== */

    rdtime  s1
    lla     t0, entry_lottery
    li      t1, 1
    amoswap.w t1, t1, (t0)
    bnez    t1, park
    MAKE_DIRTY
    csrw    sie, zero
    li      t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR
    csrc    sstatus, t0
    mv      s2, a0
    mv      s3, a1

/* == (3) Physical base ============================================================================================= */

    lla     s4, image_start
    lla     a0, error_base
    slli    t0, s4, 64 - 21
    bnez    t0, fail

/* == (4) Privilege level: S-mode, as the protocol says ============================================================= */

/* == (5) Coarse tables: the image by blocks, the fixmap ============================================================ */

    li      t0, PTE_VALID | PTE_READ | PTE_WRITE | PTE_EXECUTE | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY
    srli    t1, s4, PTE_PA_SHIFT
    or      t0, t0, t1          /* entry */
    li      t1, BLOCK_SIZE
    srli    t2, t1, PTE_PA_SHIFT
    lla     t3, entry_blocks
    mv      t4, s4
    lla     t5, image_end
1:  sd      t0, (t3)
    add     t0, t0, t2
    addi    t3, t3, 8
    add     t4, t4, t1
    bltu    t4, t5, 1b

    lla     t3, entry_root
    lla     t0, entry_blocks
    srli    t0, t0, PTE_PA_SHIFT
    ori     t0, t0, PTE_VALID
    lla     t1, fixmap_table
    srli    t1, t1, PTE_PA_SHIFT
    ori     t1, t1, PTE_VALID
    li      t2, 8 * TABLE_INDEX(KERNEL_VA, 2)
    add     t2, t2, t3
    sd      t0, (t2)
    li      t2, 8 * TABLE_INDEX(FIXMAP_VA, 2)
    add     t2, t2, t3
    sd      t1, (t2)

/*
 * == (6) MMU on. No identity mapping: the fetch after the write of satp faults, and stvec leads on at KERNEL_VA. No
 * other address can be meant by it, for no physical address has the upper bits of KERNEL_VA. A change of satp.MODE from
 * Bare takes effect at once (Privileged 1.12, 4.1.11); sfence.vma orders the tables' stores before it (4.2.1).
 */
    li      t0, KERNEL_VA
    sub     t0, t0, s4
    lla     t1, 2f
    add     t1, t1, t0
    csrw    stvec, t1
    srli    t3, t3, PAGE_SHIFT
    li      t0, SATP_SV39
    slli    t0, t0, SATP_MODE_BITS
    or      t0, t0, t3
    lla     a0, error_sv39
    sfence.vma
    csrw    satp, t0
    j       fail                /* satp ignores modes it does not have */

/* == (7) Stack; end of the stack for unwinders ===================================================================== */

    .balign 4
2:  lla     t0, trap_vector
    csrw    stvec, t0
    lla     sp, boot_stack_end
    li      s0, 0
    li      ra, 0
    li      tp, 0

/* == (8) C ========================================================================================================= */

    mv      a0, s3
    li      a1, 0
    mv      a2, s2
    mv      a3, s4
    mv      a4, s1
    call    boot_start

/* Before C: writes the string at a0, powers off. */
fail:
    mv      s1, a0
1:  lbu     a0, (s1)
    beqz    a0, 2f
    addi    s1, s1, 1
    li      a7, SBI_LEGACY_PUTCHAR
    ecall
    j       1b
2:  li      a0, 0
    li      a1, SBI_RESET_FAILURE
    li      a6, 0
    li      a7, SBI_RESET
    ecall
park:
    csrw    sie, zero
    wfi
    j       park
END_FUNCTION entry

    .section .rodata.entry, "a", %progbits
error_base:
    .asciz  "\r\nboot: E07 physical address of the kernel: want a multiple of 2 MiB\r\n"
error_sv39:
    .asciz  "\r\nboot: E01 satp.MODE: want Sv39\r\n"

    .section .data.page_tables, "aw", %progbits
    .balign PAGE_SIZE
entry_root:
    .zero   PAGE_SIZE
entry_blocks:
    .zero   PAGE_SIZE

    .section .data.entry, "aw", %progbits
    .balign 4
entry_lottery:
    .4byte  0
