/* SPDX-License-Identifier: 0BSD */
/*
 * For CONFIG_BOOT_DIRTY: the worst state that the protocol allows. Called once by entry.S after phase (2), MMU off;
 * keeps what that phase saved and ra. Nothing may rely on .bss, on general registers, or on CSRs but satp and SIE.
 */
#include <ossa/assembly.h>

FUNCTION entry_make_dirty
    li      t0, 0xa5a5b6b7c7c7d8d9
    lla     t1, bss_start
    lla     t2, bss_end
1:  sd      t0, (t1)
    addi    t1, t1, 8
    bltu    t1, t2, 1b
    .irp register, sie, sscratch, stvec
    csrw    \register, t0
    .endr
    li      t1, SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR
    csrs    sstatus, t1
    .irp n, 2,3,4,6,7,8,10,11,12,13,14,15,16,17,20,21,22,23,24,25,26,27,28,29,30,31
    mv      x\n, t0
    .endr
    ret
END_FUNCTION entry_make_dirty
