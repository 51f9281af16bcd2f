/* SPDX-License-Identifier: 0BSD */
/*
 * All vectors: registers into a struct arch_frame, trap_handle(), and back (Intel SDM 3A, 6.14).
 *
 *   state in   64-bit, interrupts masked by the gates, RSP 16-byte aligned by the CPU before it pushed
 *              SS RSP RFLAGS CS RIP and, for some exceptions, an error code; on a stack of its own for #DF, NMI, #MC
 *   state out  as it was, but for what the handler changed in the frame
 *   The CFI follows the pushes, so an unwinder may start at any instruction here.
 */
#include <ossa/assembly.h>

#define EXCEPTIONS_WITH_ERROR_CODE 0x60227d00 /* 8, 10-14, 17, 21, 29, 30 (SDM 3A, table 6-1; AMD APM 2, 8.1) */

.macro SAVE register
    push  %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \register, 0
.endm

.macro RESTORE register
    pop   %\register
    .cfi_adjust_cfa_offset -8
    .cfi_restore \register
.endm

    .section .text.trap_vectors, "ax", %progbits
    .balign TRAP_VECTOR_SIZE
    .globl trap_vectors
    .type trap_vectors, %function
trap_vectors:
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_def_cfa rsp, FRAME_SIZE - FRAME_RIP
    .cfi_offset rip, FRAME_RIP - FRAME_SIZE
    .cfi_offset rsp, FRAME_RSP - FRAME_SIZE

.set vector, 0
.rept 256
    .balign TRAP_VECTOR_SIZE
    .if vector >= 32 || !(EXCEPTIONS_WITH_ERROR_CODE >> (vector & 31) & 1)
    .cfi_def_cfa_offset FRAME_SIZE - FRAME_RIP
    push  $0
    .endif
    .cfi_def_cfa_offset FRAME_SIZE - FRAME_ERROR
    push  $vector
    .cfi_def_cfa_offset FRAME_SIZE - FRAME_VECTOR
    jmp   trap_common
    .set vector, vector + 1
.endr

trap_common:
    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    SAVE  \register
    .endr
    mov   %cr3, %rax
    push  %rax
    .cfi_adjust_cfa_offset 8
    mov   %cr2, %rax
    push  %rax
    .cfi_adjust_cfa_offset 8
    cld
    mov   %rsp, %rdi
    call  trap_handle
    add   $FRAME_R15, %rsp
    .cfi_adjust_cfa_offset -FRAME_R15
    .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    RESTORE \register
    .endr
    add   $FRAME_RIP - FRAME_VECTOR, %rsp
    .cfi_adjust_cfa_offset FRAME_VECTOR - FRAME_RIP
    iretq
END_FUNCTION trap_vectors

/* void arch_frame_capture(struct arch_frame *frame in RDI): as the caller goes on after the call. Clobbers RAX. */
FUNCTION arch_frame_capture
    .set offset, FRAME_R15
    .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    mov   %\register, offset(%rdi)
    .set offset, offset + 8
    .endr
    mov   (%rsp), %rax
    mov   %rax, FRAME_RIP(%rdi)
    lea   8(%rsp), %rax
    mov   %rax, FRAME_RSP(%rdi)
    pushfq
    .cfi_adjust_cfa_offset 8
    pop   %rax
    .cfi_adjust_cfa_offset -8
    mov   %rax, FRAME_RFLAGS(%rdi)
    mov   %cr2, %rax
    mov   %rax, FRAME_CR2(%rdi)
    mov   %cr3, %rax
    mov   %rax, FRAME_CR3(%rdi)
    mov   %cs, %eax
    mov   %rax, FRAME_CS(%rdi)
    mov   %ss, %eax
    mov   %rax, FRAME_SS(%rdi)
    movq  $0, FRAME_VECTOR(%rdi)
    movq  $0, FRAME_ERROR(%rdi)
    ret
END_FUNCTION arch_frame_capture
