/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame: what trap.S stores, upwards from the stack pointer it hands to trap_handle(). From `error` on the CPU
 * has pushed it (Intel SDM 3A, "64-Bit Mode Stack Frame"), error codes that a vector lacks being stored as 0.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t cr2, cr3;
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

#define ARCH_REGISTER_COUNT 24

#define FRAME_AT(field, offset) (offsetof(struct arch_frame, field) == (offset))
_Static_assert(FRAME_AT(cr2, FRAME_CR2) && FRAME_AT(cr3, FRAME_CR3) && FRAME_AT(r15, FRAME_R15) &&
                   FRAME_AT(vector, FRAME_VECTOR) && FRAME_AT(error, FRAME_ERROR) && FRAME_AT(rip, FRAME_RIP) &&
                   FRAME_AT(cs, FRAME_CS) && FRAME_AT(rflags, FRAME_RFLAGS) && FRAME_AT(rsp, FRAME_RSP) &&
                   FRAME_AT(ss, FRAME_SS) && sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0,
               "trap.S and struct arch_frame agree; pushing it keeps the stack aligned");
