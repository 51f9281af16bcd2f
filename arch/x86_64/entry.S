/* SPDX-License-Identifier: 0BSD */
/*
 * From a boot loader's 32-bit mode to boot_start(): long mode, upper half, a stack.
 *
 *   state in   Multiboot2 (specification 2.0, 3.3)         PVH (Xen, x86/HVM direct boot ABI)
 *     EAX      MULTIBOOT2_MAGIC                            anything; start_info begins with PVH_MAGIC
 *     EBX      the information's physical address          start_info's
 *     image    any multiple of BLOCK_SIZE below 4 GiB      ARCH_KERNEL_PA
 *   Both: protected mode, flat 4 GiB segments, paging off, EFLAGS.IF and .VM clear. Nothing else is defined: no stack,
 *   GDT or IDT, no other flag or bit of CR0 and CR4, no .bss.
 *
 *   state out  boot_start()'s (boot.h): 64-bit mode at KERNEL_VA, caches, NX and write protection on, FP and SSE trap.
 *     The block that holds this code is mapped twice more: at its physical address, for the step into paging, and at 0,
 *     for the jump into 64-bit mode, whose target is a number in the instruction, wherever the image is.
 *
 *   Kept: ESI physical address of the image, EDI document, EBP magic, from (4) on EBX initial APIC id.
 */
#include <ossa/assembly.h>

/* A symbol's distance from the image's start: its physical address is OFFSET(symbol)(%esi). */
#define OFFSET(symbol) symbol - KERNEL_VA

#define HEADER_MAGIC   0xe85250d6
#define CPUID_FEATURES 0x80000001
#define CPUID_NX_LM    (1 << 20 | 1 << 29) /* in EDX of CPUID_FEATURES */
#define CR0            0x8001003d /* PG WP NE ET TS EM PE; caches on. EM and TS make FP and SSE trap */
#define CR4            0x20       /* PAE; not OSFXSR */
#define MSR_EFER       0xc0000080
#define MSR_GS_BASE    0xc0000101
#define EFER           0x900      /* NXE LME */
#define RFLAGS_CLEAR   2
#define TABLE          (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define BLOCK          (TABLE | PTE_DIRTY | PTE_BLOCK)

/* == (1) Headers =================================================================================================== */

    .section .head, "ax", %progbits
    .balign 8
multiboot2_header: /* its tags: type and 1 << 16 if a loader need not know it, size, values; all begin at 8 bytes */
    .long HEADER_MAGIC, 0, multiboot2_header_end - multiboot2_header
    .long -(HEADER_MAGIC + (multiboot2_header_end - multiboot2_header))
    .long 1 << 16 | 1, 40, 1, 2, 3, 6, 8, 12, 14, 15 /* the tags that boot.c reads */
    .long 1 << 16 | 5, 20, 1024, 768, 32, 0          /* framebuffer */
    .long 6, 8                                       /* modules start at a page */
    .long 1 << 16 | 10, 24, BLOCK_SIZE, 0xffe00000, BLOCK_SIZE, 2 * CONFIG_BOOT_DIRTY /* relocatable; 2: highest */
    .long 0, 8
    .globl multiboot2_header_end, multiboot2_entry, entry_end
multiboot2_header_end:

    .section .note.pvh, "a", %note
    .balign 4
    .long 4, 4, 18 /* sizes of name and descriptor; XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long OFFSET(entry) + ARCH_KERNEL_PA

/* == (2) What the firmware passed; ticks =========================================================================== */

    .code32
FUNCTION entry, .head /* by PVH */
    .cfi_undefined 16 /* rip, which the assembler knows by this name in 64-bit code only: the stack ends here */
    mov   (%ebx), %eax
multiboot2_entry:
    mov   %eax, %ebp
    mov   %ebx, %edi
    rdtsc

/* == (3) Physical base: the document's first word, which is RAM, is the stack of one call ========================== */

    mov   $ARCH_KERNEL_PA, %esi /* PVH; or nobody we know has loaded us: boot.c will say so */
    cmp   $MULTIBOOT2_MAGIC, %ebp
    jne   2f
    mov   (%ebx), %ecx
    lea   4(%ebx), %esp
    call  1f
1:  pop   %esi
    mov   %ecx, (%ebx)
    sub   $(OFFSET(1b)), %esi
2:  lea   OFFSET(boot_stack_end)(%esi), %esp
    push  %edx /* 64-bit mode pops ticks */
    push  %eax

#if CONFIG_BOOT_DIRTY
    call  entry_make_dirty
#endif

/* == (4) Privilege level: ring 0, as the protocols say; long mode and NX =========================================== */

    mov   $CPUID_FEATURES, %eax
    cpuid
    not   %edx
    test  $CPUID_NX_LM, %edx
    jnz   fail
    mov   $1, %eax
    cpuid
    shr   $24, %ebx

/* == (5) Coarse tables: the PDPT serves both halves ================================================================ */

    lea   OFFSET(boot_pdpt) + TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pml4)(%esi)
    mov   %eax, OFFSET(boot_pml4) + 511 * 8(%esi)
    lea   OFFSET(boot_image_pd) + TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pdpt) + 510 * 8(%esi)
    lea   OFFSET(fixmap_table) + TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pdpt) + 511 * 8(%esi)

    lea   OFFSET(boot_entry_pd) + TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pdpt)(%esi)
    mov   %esi, %ecx
    shr   $30, %ecx
    mov   %eax, OFFSET(boot_pdpt)(%esi, %ecx, 8)
    lea   BLOCK(%esi), %eax
    mov   %eax, OFFSET(boot_entry_pd)(%esi)
    mov   %esi, %ecx
    shr   $21, %ecx
    and   $511, %ecx
    mov   %eax, OFFSET(boot_entry_pd)(%esi, %ecx, 8)

    lea   OFFSET(image_end)(%esi), %edx
    lea   OFFSET(boot_image_pd)(%esi), %ecx
1:  mov   %eax, (%ecx)
    add   $8, %ecx
    add   $BLOCK_SIZE, %eax
    cmp   %edx, %eax
    jb    1b

/* == (6) MMU and caches on, 64-bit mode, upper half ================================================================ */

    lgdt  OFFSET(entry_gdt_pointer)(%esi)
    lea   OFFSET(boot_pml4)(%esi), %eax
    mov   %eax, %cr3
    mov   $CR4, %eax
    mov   %eax, %cr4
    mov   $MSR_EFER, %ecx
    mov   $EFER, %eax
    xor   %edx, %edx
    wrmsr
    mov   $CR0, %eax
    mov   %eax, %cr0
    ljmp  $SELECTOR_CODE, $(OFFSET(1f))
    .code64
1:  mov   $2f, %rax
    jmp   *%rax

/* == (7) Stack and its end; segments, flags ======================================================================== */

2:  mov   $boot_stack_end - 8, %rsp
    pop   %r8
    push  $RFLAGS_CLEAR
    popfq
    mov   $SELECTOR_DATA, %eax
    .irp segment, ss, ds, es, fs, gs
    mov   %eax, %\segment
    .endr
    mov   $MSR_GS_BASE, %ecx /* the thread pointer: boot_cpu, in the upper 2 GiB */
    mov   $boot_cpu, %rax
    mov   $-1, %edx
    wrmsr

/* == (8) C ========================================================================================================= */

    mov   %esi, %ecx
    mov   %ebp, %esi
    mov   %edi, %edi /* clears the upper half, as the others do: it is undefined after the change of mode */
    mov   %ebx, %edx
    xor   %ebp, %ebp
    call  boot_start

/* Before C: boot error E01, as boot_fail() would say it. */
    .code32
fail:
    lea   OFFSET(early_console_setup)(%esi), %ebx
1:  movzwl (%ebx), %edx /* port and value */
    mov   2(%ebx), %al
    out   %al, %dx
    add   $4, %ebx
    cmpw  $0, (%ebx)
    jne   1b

    cld
    add   $OFFSET(entry_message), %esi
2:  mov   $COM1_STATUS, %edx
    mov   $COM1_READS_MAX, %ecx
3:  in    %dx, %al
    test  $COM1_EMPTY, %al
    loopz 3b
    mov   $COM1_DATA, %edx
    outsb
    cmpb  $0, (%esi)
    jne   2b

    mov   $1, %eax
    cpuid
    test  %ecx, %ecx /* bit 31: a hypervisor is there */
    jns   4f
    mov   $EXIT_BOOT_ERROR, %al
    out   %al, $EXIT_PORT
4:  hlt
    jmp   4b
END_FUNCTION entry
    .code64

/* Both at addresses from 0 on, where the jump above finds them. */
    .balign 8
entry_gdt:
    .quad 0, GDT_CODE, GDT_DATA
entry_gdt_pointer:
    .short . - entry_gdt - 1
    .long OFFSET(entry_gdt)
entry_message:
    .asciz "boot: E01 CPU with long mode and NX: got 0, want 0x1\r\n"
entry_end:

    .section .data.page_tables, "aw", %progbits
    .balign PAGE_SIZE
    .globl boot_pml4, boot_pdpt, boot_image_pd, boot_entry_pd /* cpu.c starts the other CPUs in them */
    .irp table, boot_pml4, boot_pdpt, boot_image_pd, boot_entry_pd
\table:
    .fill PAGE_SIZE
    .endr
