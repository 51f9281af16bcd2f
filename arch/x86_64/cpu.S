/* SPDX-License-Identifier: 0BSD */
/*
 * From a start-up IPI to cpu_enter(): long mode, upper half, the kernel's tables, a stack.
 *
 *   state in   real mode, CS:IP = page:0, that page a copy of cpu_trampoline with a struct cpu_start_page behind it;
 *              interrupts masked; CR0, CR4, EFER as after INIT, caches off (Intel SDM 3A, "Processor State After
 *              Reset")
 *   state out  cpu_enter()'s (smp.h): CR0, CR4, EFER and PAT as the boot CPU's, no stale identity mapping; GDTR still
 *              leads to the page, which is not mapped any more, and IDTR nowhere: arch_trap_init() comes first
 *
 *   Several CPUs may be here at once, so nothing is written, and there is no stack, until (3) has found this CPU's.
 */
#include <arch/start.h>
#include <ossa/assembly.h>

#define MSR_PAT       0x277
#define MSR_EFER      0xc0000080
#define MSR_GS_BASE   0xc0000101
#define RFLAGS_CLEAR  2
#define CPUID_BASIC   1
#define CPUID_X2APIC  0x0b
#define DATA(offset)  START_PAGE_DATA + offset

/* == (1) The boot CPU's registers; paging, with temporary tables =================================================== */

    .code16
FUNCTION cpu_trampoline
    .cfi_undefined 16 /* rip: the stack ends here */
    cli
    cld
    mov   %cs, %ax
    mov   %ax, %ds
    mov   DATA(START_CR4), %eax
    mov   %eax, %cr4
    mov   DATA(START_CR3), %eax
    mov   %eax, %cr3
    mov   $MSR_EFER, %ecx
    mov   DATA(START_EFER), %eax
    xor   %edx, %edx
    wrmsr
    mov   $MSR_PAT, %ecx
    mov   DATA(START_PAT), %eax
    mov   DATA(START_PAT) + 4, %edx
    wrmsr
    lgdtl DATA(START_GDT_POINTER)
    mov   DATA(START_CR0), %eax
    mov   %eax, %cr0
    ljmpl *DATA(START_TARGET)

/* == (2) 64-bit mode, upper half =================================================================================== */

    .code64
    .globl cpu_trampoline_64
cpu_trampoline_64:
    mov   $cpu_entry, %rax
    jmp   *%rax
cpu_trampoline_end:
    .if cpu_trampoline_end - cpu_trampoline > START_PAGE_DATA
    .error "the trampoline is larger than START_PAGE_DATA"
    .endif
    .fill START_PAGE_DATA - (cpu_trampoline_end - cpu_trampoline), 1, 0xcc
END_FUNCTION cpu_trampoline

/* == (3) Who am I? The id, as boot.c asks for it, names the stack ================================================== */

FUNCTION cpu_entry
    .cfi_undefined rip
    xor   %eax, %eax
    cpuid
    cmp   $CPUID_X2APIC, %eax
    jb    1f
    mov   $CPUID_X2APIC, %eax
    xor   %ecx, %ecx
    cpuid
    test  %ebx, %ebx
    jnz   2f
1:  mov   $CPUID_BASIC, %eax
    cpuid
    mov   %ebx, %edx
    shr   $24, %edx
2:  mov   cpu_starts(%rip), %rsp
3:  test  %rsp, %rsp
    jz    4f
    cmp   %edx, START_ID(%rsp)
    je    5f
    mov   START_NEXT(%rsp), %rsp
    jmp   3b
4:  cli /* nobody has asked for this one */
    hlt
    jmp   4b

/* == (4) Segments while their table is mapped, then the kernel's page tables ======================================= */

5:  mov   $SELECTOR_DATA, %eax
    .irp segment, ss, ds, es, fs, gs
    mov   %eax, %\segment
    .endr
    mov   START_ROOT(%rsp), %rax
    mov   %rax, %cr3 /* the identity mapping was not global */
    push  $RFLAGS_CLEAR
    popfq
    mov   START_CPU(%rsp), %rax /* the thread pointer is this CPU's, which leads to its thread */
    mov   %rax, %rdi
    mov   %rax, %rdx
    shr   $32, %rdx
    mov   $MSR_GS_BASE, %ecx
    wrmsr

/* == (5) C ========================================================================================================= */

    xor   %ebp, %ebp
    call  cpu_enter
END_FUNCTION cpu_entry
