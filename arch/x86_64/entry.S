/* SPDX-License-Identifier: 0BSD */
/*
 * From a boot loader's 32-bit mode to boot_start(): long mode, upper half, a stack.
 *
 *   state in   Multiboot2 (specification 2.0, 3.3)         PVH (Xen, x86/HVM direct boot ABI)
 *     EAX      0x36d76289                                  anything; start_info begins with 0x336ec578
 *     EBX      the information's physical address          start_info's
 *     image    any multiple of BLOCK_SIZE below 4 GiB      ARCH_KERNEL_PA
 *   Both: protected mode, flat 4 GiB segments, paging off, EFLAGS.IF and .VM clear. Nothing else is defined: no stack,
 *   no GDT or IDT, other flags, other bits of CR0 and CR4, .bss.
 *
 *   state out  64-bit mode at KERNEL_VA, boot stack, end-of-stack mark, interrupts masked, flags clear, FP and SSE trap,
 *     caches on, NX and write protection on; boot_start(document_pa, magic, cpu_id, kernel_pa, ticks).
 *     Mapped by boot_pml4: the image at KERNEL_VA, fixmap_table at FIXMAP_VA, and twice the block that holds this code:
 *     at its physical address, for the step into paging, and at 0, for the jump into 64-bit mode, whose target is a
 *     number in the instruction and so cannot depend on where the image is.
 *
 *   32-bit registers: ESI physical address of the image, EDI document, EBP magic, EBX initial APIC id; others free.
 */
#include <ossa/assembly.h>

/* A symbol's distance from the image's start: its physical address is OFFSET(symbol)(%esi). */
#define OFFSET(symbol) symbol - KERNEL_VA

#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_MAGIC        0x36d76289
#define PVH_MAGIC               0x336ec578

#define CPUID_EXTENDED   0x80000000
#define CPUID_FEATURES   0x80000001
#define CPUID_NX_LM      (1 << 20 | 1 << 29) /* in EDX of CPUID_FEATURES */
#define CPUID_HYPERVISOR 31                  /* bit in ECX of leaf 1 */

#define CR0          0x8001003d /* PG WP NE ET TS EM PE; caches on. EM and TS make FP and SSE trap (SDM 3A, 2.5) */
#define CR4          0x20       /* PAE; not OSFXSR */
#define MSR_EFER     0xc0000080
#define EFER         0x900      /* NXE LME */
#define PTE_TABLE    0x23       /* accessed, writable, present (SDM 3A, 4.5.4) */
#define PTE_BLOCK    0xe3       /* and dirty, page size */
#define RFLAGS_CLEAR 2

/* == (1) Headers =================================================================================================== */

    .section .head, "ax", %progbits
    .balign 8
multiboot2_header:
    .long MULTIBOOT2_HEADER_MAGIC, 0, multiboot2_header_end - multiboot2_header
    .long -(MULTIBOOT2_HEADER_MAGIC + (multiboot2_header_end - multiboot2_header))

/* Tags: type, flags (1: boot even if the loader does not know it), size; each begins at a multiple of 8 bytes. */
.macro MULTIBOOT2_TAG type, flags, values:vararg
    .balign 8
100:
    .short \type, \flags
    .long 101f - 100b
    .ifnb \values
    .long \values
    .endif
101:
.endm
    MULTIBOOT2_TAG 1, 1, 1, 2, 3, 6, 8, 12, 14, 15          /* wanted: the tags that boot.c reads */
    MULTIBOOT2_TAG 5, 1, 1024, 768, 32                      /* framebuffer */
    MULTIBOOT2_TAG 6, 0                                     /* modules start at a page */
    MULTIBOOT2_TAG 10, 1, BLOCK_SIZE, 0xffe00000, BLOCK_SIZE, 2 * CONFIG_BOOT_DIRTY /* relocatable; 2: highest */
    MULTIBOOT2_TAG 0, 0
    .balign 8
multiboot2_header_end:
    .globl multiboot2_header_end

    .section .note.pvh, "a", %note
    .balign 4
    .long 4, 4, 18 /* sizes of name and descriptor; XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long OFFSET(pvh_entry) + ARCH_KERNEL_PA

/* == (2) What the firmware passed; ticks =========================================================================== */

    .code32
FUNCTION pvh_entry, .head
    mov   (%ebx), %eax
    .cfi_endproc
    .size pvh_entry, . - pvh_entry

    .globl multiboot2_entry
    .type multiboot2_entry, %function
multiboot2_entry:
    .cfi_startproc
    .cfi_undefined 16 /* rip, which the assembler knows by this name in 64-bit code only: the stack ends here */
    mov   %eax, %ebp
    mov   %ebx, %edi
    rdtsc

/* == (3) Physical base: the document's first word, which is RAM, is the stack of one call ========================== */

    mov   $ARCH_KERNEL_PA, %esi /* if nobody we know has loaded us: boot.c will say so */
    cmp   $MULTIBOOT2_MAGIC, %ebp
    je    1f
    cmp   $PVH_MAGIC, %ebp
    jne   3f
1:  mov   (%ebx), %ecx
    lea   4(%ebx), %esp
    call  2f
2:  pop   %esi
    mov   %ecx, (%ebx)
    sub   $(OFFSET(2b)), %esi
3:  lea   OFFSET(boot_stack_end)(%esi), %esp
    push  %edx /* 64-bit mode pops ticks */
    push  %eax

#if CONFIG_BOOT_DIRTY
    mov   $0xa5a5a5a5, %eax
    lea   OFFSET(bss_end)(%esi), %ecx
    mov   %edi, %edx
    lea   OFFSET(bss_start)(%esi), %edi
    sub   %edi, %ecx
    shr   $2, %ecx
    cld
    rep stosl
    mov   %edx, %edi
    mov   %eax, %ebx
    mov   %eax, %edx
    push  $0x40cd5 /* AC NT DF PF AF ZF SF CF */
    popf
#endif

/* == (4) The CPU: long mode and NX ================================================================================= */

    mov   $CPUID_EXTENDED, %eax
    cpuid
    cmp   $CPUID_FEATURES, %eax
    jb    entry_refuse_cpu
    mov   $CPUID_FEATURES, %eax
    cpuid
    and   $CPUID_NX_LM, %edx
    cmp   $CPUID_NX_LM, %edx
    jne   entry_refuse_cpu
    mov   $1, %eax
    cpuid
    shr   $24, %ebx

/* == (5) Coarse tables: the PDPT serves both halves ================================================================ */

    lea   OFFSET(boot_pdpt) + PTE_TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pml4)(%esi)
    mov   %eax, OFFSET(boot_pml4) + 511 * 8(%esi)
    lea   OFFSET(boot_image_pd) + PTE_TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pdpt) + 510 * 8(%esi)
    lea   OFFSET(fixmap_table) + PTE_TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pdpt) + 511 * 8(%esi)

    lea   OFFSET(boot_entry_pd) + PTE_TABLE(%esi), %eax
    mov   %eax, OFFSET(boot_pdpt)(%esi)
    mov   %esi, %ecx
    shr   $30, %ecx
    mov   %eax, OFFSET(boot_pdpt)(%esi, %ecx, 8)
    lea   PTE_BLOCK(%esi), %eax
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

/* == (7) Stack, segments, flags ==================================================================================== */

2:  mov   $boot_stack_end - 8, %rsp
    pop   %r8
    push  $RFLAGS_CLEAR
    popfq
    mov   $SELECTOR_DATA, %eax
    mov   %eax, %ss
    mov   %eax, %ds
    mov   %eax, %es
    xor   %eax, %eax
    mov   %eax, %fs
    mov   %eax, %gs

/* == (8) C ========================================================================================================= */

    mov   %esi, %ecx
    mov   %ebp, %esi
    mov   %edi, %edi /* clears the upper half, as the others do: it is undefined after the change of mode */
    mov   %ebx, %edx
    xor   %ebp, %ebp
    call  boot_start
    ud2

/* Boot error E01, as boot_fail() would do it: C cannot run. */
    .code32
entry_refuse_cpu:
    lea   OFFSET(early_console_setup)(%esi), %ebx
    jmp   2f
1:  mov   2(%ebx), %al
    out   %al, %dx
    add   $4, %ebx
2:  movzwl (%ebx), %edx /* pairs of port and value, the last port 0 */
    test  %edx, %edx
    jnz   1b

    lea   OFFSET(entry_message)(%esi), %ebx
3:  mov   $COM1_PORT + 5, %edx
    mov   $100000, %ecx
4:  in    %dx, %al
    test  $0x20, %al /* the transmitter holds nothing */
    loopz 4b
    mov   $COM1_PORT, %edx
    mov   (%ebx), %al
    out   %al, %dx
    inc   %ebx
    cmpb  $0, (%ebx)
    jne   3b

    mov   $1, %eax
    cpuid
    bt    $CPUID_HYPERVISOR, %ecx
    jnc   5f
    mov   $EXIT_BOOT_ERROR, %al
    out   %al, $EXIT_PORT
5:  cli
    hlt
    jmp   5b
END_FUNCTION multiboot2_entry
    .code64

/* Both at addresses from 0 on, where the jump above finds them. */
    .balign 8
entry_gdt:
    .quad 0, GDT_CODE, GDT_DATA
entry_gdt_pointer:
    .short . - entry_gdt - 1
    .long OFFSET(entry_gdt)
    .globl entry_end
entry_end:

    .section .rodata.entry, "a", %progbits
entry_message:
    .asciz "boot: E01 CPU with long mode and NX: got 0, want 0x1\r\n"

    .section .data.page_tables, "aw", %progbits
    .balign PAGE_SIZE
boot_pml4:     .fill PAGE_SIZE
boot_pdpt:     .fill PAGE_SIZE
boot_image_pd: .fill PAGE_SIZE
boot_entry_pd: .fill PAGE_SIZE
