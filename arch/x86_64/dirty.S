/* SPDX-License-Identifier: 0BSD */
/*
 * For CONFIG_BOOT_DIRTY: the worst state that the protocols allow. Called once by entry.S after phase (3), 32-bit, no
 * paging; keeps ESI, EDI, EBP and ESP. Nothing may rely on .bss, on other registers, or on flags but IF and VM.
 */
#include <ossa/assembly.h>

#define FLAGS_DIRTY 0x40cd5 /* AC NT DF PF AF ZF SF CF */

    .code32
FUNCTION entry_make_dirty
    mov   $0xa5a5a5a5, %eax
    mov   %edi, %edx
    lea   bss_start - KERNEL_VA(%esi), %edi
    lea   bss_end - KERNEL_VA(%esi), %ecx
    sub   %edi, %ecx
    cld
    rep stosb
    mov   %edx, %edi
    mov   %eax, %ebx
    mov   %eax, %edx
    push  $FLAGS_DIRTY
    popf
    ret
END_FUNCTION entry_make_dirty
    .code64
