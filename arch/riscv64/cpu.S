/* SPDX-License-Identifier: 0BSD */
/*
 * From the firmware's state of a hart to C's: what entry.S is for the boot hart, into the kernel's final tables.
 *
 *   state in   (SBI 1.0, 9.1, hart_start) S-mode, satp = 0, sstatus.SIE = 0; a0 = hart id, a1 = struct cpu; or, by way
 *     of entry.S, a1 = anything. All else is anything.
 *   state out  cpu_enter(cpu)'s (smp.h), on the stack of cpu->thread, whose sp arch_cpu_start() has set; tp = that
 *     thread. The contract of boot.h but for interrupts, which are masked. Traps are taken from here on.
 */
#include <ossa/assembly.h>

FUNCTION cpu_start
    .cfi_undefined ra
#if CONFIG_BOOT_DIRTY
    j       entry               /* by the other way */
#endif
cpu_start_told:
    fence.i                     /* what it fetched before the image was loaded */
    csrw    sie, zero
    li      t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR
    csrc    sstatus, t0

    /* MMU on, as in entry.S (6) */
    li      t0, KERNEL_VA
    lla     t1, image_start
    sub     t0, t0, t1
    lla     t1, 1f
    add     t1, t1, t0
    csrw    stvec, t1
    ld      t0, cpu_start_satp
    sfence.vma
    csrw    satp, t0
    j       cpu_start_stop      /* satp ignores a mode that this hart does not have */

    .balign 4
1:  lla     t0, trap_vector
    csrw    stvec, t0
    bnez    a1, 3f
    lla     t0, cpu_told
    lla     t1, cpu_told_ids
2:  ld      a1, (t0)
    beqz    a1, cpu_start_stop
    ld      t2, (t1)
    addi    t0, t0, 8
    addi    t1, t1, 8
    bne     t2, a0, 2b
3:  ld      tp, CPU_THREAD(a1)
    ld      sp, THREAD_SP(tp)
    li      s0, 0
    li      ra, 0
    mv      a0, a1
    call    cpu_enter

/*
 * A hart that lost the boot lottery. OpenSBI 1.1 makes known that a hart is to start before it writes where: one that
 * looks in between starts where the boot hart did, with its a1. So it looks for its struct cpu itself, which is in
 * cpu_told[] before the firmware is asked.
 */
    .globl cpu_start_late
cpu_start_late:
    fence                       /* behind the lottery */
    li      a1, 0
    ld      t0, cpu_start_satp
    bnez    t0, cpu_start_told

/* Back to the firmware, to be started later or never. */
cpu_start_stop:
    li      a6, 1               /* hart_stop, 9.2 */
    li      a7, SBI_HSM
    ecall
4:  csrw    sie, zero
    wfi
    j       4b
END_FUNCTION cpu_start

    .section .data.cpu_start, "aw", %progbits
    .balign 8
    .globl cpu_start_satp
cpu_start_satp:                 /* arch_cpu_start() writes it: what all CPUs have in satp */
    .8byte  0
