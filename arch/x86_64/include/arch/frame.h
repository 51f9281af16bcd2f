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

#define FRAME_IS(field, offset) (offsetof(struct arch_frame, field) == (offset))
_Static_assert(FRAME_IS(cr2, FRAME_CR2) && FRAME_IS(cr3, FRAME_CR3) && FRAME_IS(r15, FRAME_R15) &&
                   FRAME_IS(rax, FRAME_RAX) && FRAME_IS(vector, FRAME_VECTOR) && FRAME_IS(error, FRAME_ERROR) &&
                   FRAME_IS(rip, FRAME_RIP) && FRAME_IS(cs, FRAME_CS) && FRAME_IS(rflags, FRAME_RFLAGS) &&
                   FRAME_IS(rsp, FRAME_RSP) && FRAME_IS(ss, FRAME_SS) && sizeof(struct arch_frame) == FRAME_SIZE,
               "trap.S and struct arch_frame agree");
_Static_assert(FRAME_SIZE % 16 == 0, "pushing a frame keeps the stack aligned");
