/* SPDX-License-Identifier: 0BSD */
/*
 * All vectors: registers into a struct arch_frame, trap_handle(), and back (Intel SDM 3A, "Exception and Interrupt
 * Handling in 64-bit Mode").
 *
 *   state in   64-bit, interrupts masked by the gates, RSP 16-byte aligned by the CPU before it pushed
 *              SS RSP RFLAGS CS RIP and, for some exceptions, an error code; on a stack of its own for #DF, NMI, #MC
 *   state out  as it was, but for what the handler changed in the frame
 *   The CFI follows the pushes, so an unwinder may start at any instruction here.
 */
#include <ossa/assembly.h>

#define WITH_ERROR_CODE 0x60227d00 /* vectors 8, 10-14, 17, 21, 29, 30 (SDM 3A, "Error Code"; AMD APM 2, "Vectors") */

    .section .text.trap_vectors, "ax", %progbits
    .balign TRAP_VECTOR_SIZE
FUNCTION trap_vectors, .text.trap_vectors
    .cfi_signal_frame
    .cfi_def_cfa rsp, FRAME_SIZE - FRAME_RIP
    .cfi_offset rip, FRAME_RIP - FRAME_SIZE
    .cfi_offset rsp, FRAME_RSP - FRAME_SIZE

.set vector, 0
.rept 256
    .balign TRAP_VECTOR_SIZE
    .cfi_def_cfa_offset FRAME_SIZE - FRAME_RIP
    .if vector >= 32 || !(WITH_ERROR_CODE >> (vector & 31) & 1)
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
    push  %\register
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset \register, 0
    .endr
    .irp register, cr3, cr2
    mov   %\register, %rax
    push  %rax
    .cfi_adjust_cfa_offset 8
    .endr
    cld
    mov   %rsp, %rdi
    call  trap_handle
    add   $FRAME_R15, %rsp
    .cfi_adjust_cfa_offset -FRAME_R15
    .irp register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    pop   %\register
    .cfi_adjust_cfa_offset -8
    .cfi_restore \register
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
    mov   %cr2, %rax
    mov   %rax, FRAME_CR2(%rdi)
    mov   %cr3, %rax
    mov   %rax, FRAME_CR3(%rdi)
    movq  $0, FRAME_VECTOR(%rdi)
    movq  $0, FRAME_ERROR(%rdi)
    mov   (%rsp), %rax
    mov   %rax, FRAME_RIP(%rdi)
    movq  $SELECTOR_CODE, FRAME_CS(%rdi)
    pushfq
    .cfi_adjust_cfa_offset 8
    popq  FRAME_RFLAGS(%rdi)
    .cfi_adjust_cfa_offset -8
    lea   8(%rsp), %rax
    mov   %rax, FRAME_RSP(%rdi)
    movq  $SELECTOR_DATA, FRAME_SS(%rdi)
    ret
END_FUNCTION arch_frame_capture
