/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame: what trap.S stores, upwards from the stack pointer it hands to trap_handle(). From `error` on the CPU
 * has pushed it (Intel SDM 3A, 6.14.2), error codes that a vector lacks being stored as 0.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t cr2, cr3;
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

#define ARCH_REGISTER_COUNT 24

#define FRAME_ASSERT(field, offset) _Static_assert(offsetof(struct arch_frame, field) == (offset), #field)
FRAME_ASSERT(cr2, FRAME_CR2);
FRAME_ASSERT(cr3, FRAME_CR3);
FRAME_ASSERT(r15, FRAME_R15);
FRAME_ASSERT(r14, FRAME_R14);
FRAME_ASSERT(r13, FRAME_R13);
FRAME_ASSERT(r12, FRAME_R12);
FRAME_ASSERT(r11, FRAME_R11);
FRAME_ASSERT(r10, FRAME_R10);
FRAME_ASSERT(r9, FRAME_R9);
FRAME_ASSERT(r8, FRAME_R8);
FRAME_ASSERT(rbp, FRAME_RBP);
FRAME_ASSERT(rdi, FRAME_RDI);
FRAME_ASSERT(rsi, FRAME_RSI);
FRAME_ASSERT(rdx, FRAME_RDX);
FRAME_ASSERT(rcx, FRAME_RCX);
FRAME_ASSERT(rbx, FRAME_RBX);
FRAME_ASSERT(rax, FRAME_RAX);
FRAME_ASSERT(vector, FRAME_VECTOR);
FRAME_ASSERT(error, FRAME_ERROR);
FRAME_ASSERT(rip, FRAME_RIP);
FRAME_ASSERT(cs, FRAME_CS);
FRAME_ASSERT(rflags, FRAME_RFLAGS);
FRAME_ASSERT(rsp, FRAME_RSP);
FRAME_ASSERT(ss, FRAME_SS);
_Static_assert(sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0, "keeps the stack aligned");
