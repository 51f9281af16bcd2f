/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame: what trap.S stores, upwards from the stack pointer it hands to trap_handle(). `vector` counts the
 * entries of the vector table: 4 to 7 are synchronous, IRQ, FIQ and SError from EL1 itself.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t x[31], sp, pc, pstate, esr, far, vector, unused;
};

#define ARCH_REGISTER_COUNT 37

#define FRAME_IS(field, offset) (offsetof(struct arch_frame, field) == (offset))
_Static_assert(FRAME_IS(x[30], FRAME_X(30)) && FRAME_IS(sp, FRAME_SP) && FRAME_IS(pc, FRAME_PC) &&
                   FRAME_IS(pstate, FRAME_PSTATE) && FRAME_IS(esr, FRAME_ESR) && FRAME_IS(far, FRAME_FAR) &&
                   FRAME_IS(vector, FRAME_VECTOR) && sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0,
               "trap.S and struct arch_frame agree, and a frame keeps the stack aligned");
