/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder's two changes of context (unwind.h says what each is for). Callee-saved: RBX, RBP, R12 to R15 (System V
 * ABI AMD64, 3.2.1). The direction flag is clear, as in all C.
 */
#include <arch/unwind.h>
#include <ossa/assembly.h>

.set slot, 8
#define SLOT(column, field) .set slot_##field, slot; .set slot, slot + 8;
ARCH_UNWIND_COLUMNS(SLOT)

.macro SAVE register
    push    %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \register, 0
.endm

.macro RESTORE register
    pop     %\register
    .cfi_adjust_cfa_offset -8
    .cfi_restore \register
.endm

/* bool arch_unwind_catch(void (*function)(void *) in RDI, void *argument in RSI). At its labels only RSP is known. */
    .globl arch_unwind_catch_site, arch_unwind_caught
FUNCTION arch_unwind_catch
    SAVE    rbx
    SAVE    rbp
    SAVE    r12
    SAVE    r13
    SAVE    r14
    SAVE    r15
    sub     $8, %rsp
    .cfi_adjust_cfa_offset 8
    mov     %rdi, %rax
    mov     %rsi, %rdi
    call    *%rax
arch_unwind_catch_site:
    xor     %eax, %eax
arch_unwind_caught: /* RAX: the object that arch_unwind_enter() was called with */
    add     $8, %rsp
    .cfi_adjust_cfa_offset -8
    RESTORE r15
    RESTORE r14
    RESTORE r13
    RESTORE r12
    RESTORE rbp
    RESTORE rbx
    ret
END_FUNCTION arch_unwind_catch

/* _Noreturn void arch_unwind_enter(registers in RDI, pc in RSI, object in RDX). Object to RAX, 0 to RDX: "cleanup". */
FUNCTION arch_unwind_enter
    mov     %rdx, %rax
    xor     %edx, %edx
    mov     slot_rbx(%rdi), %rbx
    mov     slot_rbp(%rdi), %rbp
    mov     slot_r12(%rdi), %r12
    mov     slot_r13(%rdi), %r13
    mov     slot_r14(%rdi), %r14
    mov     slot_r15(%rdi), %r15
    mov     slot_rsp(%rdi), %rsp
    jmp     *%rsi
END_FUNCTION arch_unwind_enter
