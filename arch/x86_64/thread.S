/* SPDX-License-Identifier: 0BSD */
/*
 * The change from one thread to another (arch.h says what it is for). Callee-saved: RBX, RBP, R12 to R15 (System V ABI
 * AMD64, 3.2.1). The direction flag is clear, as in all C.
 *
 *   A thread that does not run, from its THREAD_SP up, 16-byte aligned:
 *     switched away    pc (.Lthread_resume)  R15 R14 R13 R12 RBP RBX  return address
 *     new              pc (thread_begin)   function  argument  0
 */
#include <ossa/assembly.h>

#define SWITCH_FRAME_SIZE 64
#define NEW_FRAME_SIZE    32

/* void arch_thread_switch(struct thread *from in RDI, struct thread *to in RSI). Interrupts are masked. */
FUNCTION arch_thread_switch
    .irp register, rbx, rbp, r12, r13, r14, r15
    push    %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \register, 0
    .endr
    push    $.Lthread_resume
    .cfi_adjust_cfa_offset 8
    mov     THREAD_STACK_GUARD(%rsi), %rax
    mov     %rsp, THREAD_SP(%rdi)
    mov     THREAD_SP(%rsi), %rsp
    mov     %rax, %gs:CPU_STACK_GUARD
    mov     %rsi, %gs:CPU_THREAD
    jmp     *(%rsp)
.Lthread_resume:
    add     $8, %rsp
    .cfi_adjust_cfa_offset -8
    .irp register, r15, r14, r13, r12, rbp, rbx
    pop     %\register
    .cfi_adjust_cfa_offset -8
    .cfi_restore \register
    .endr
    ret
END_FUNCTION arch_thread_switch

/* void arch_thread_init(struct thread *thread in RDI, function in RSI, void *argument in RDX) */
FUNCTION arch_thread_init
    mov     THREAD_SP(%rdi), %rax
    sub     $NEW_FRAME_SIZE, %rax
    movq    $thread_begin, (%rax)
    mov     %rsi, 8(%rax)
    mov     %rdx, 16(%rax)
    movq    $0, 24(%rax)
    mov     %rax, THREAD_SP(%rdi)
    ret
END_FUNCTION arch_thread_init

/* Where a new thread's first switch goes. Its frame stays below function's, so that RSP is aligned for the call. */
FUNCTION thread_begin
    .cfi_undefined rip
    mov     8(%rsp), %rax
    mov     16(%rsp), %rdi
    xor     %ebp, %ebp
    call    *%rax
    ud2
END_FUNCTION thread_begin
