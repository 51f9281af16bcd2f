/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame: what trap.S stores, upwards from the stack pointer it hands to trap_handle(). `vector` counts the
 * entries of the vector table (Arm ARM, D1.3): 4 to 7 are synchronous, IRQ, FIQ and SError from EL1 itself.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t x[31];
    uint64_t sp, pc, pstate;
    uint64_t esr, far, vector;
    uint64_t unused; /* keeps the stack aligned */
};

#define ARCH_REGISTER_COUNT 37

#define FRAME_ASSERT(field, offset) _Static_assert(offsetof(struct arch_frame, field) == (offset), #field)
FRAME_ASSERT(x, FRAME_X);
FRAME_ASSERT(sp, FRAME_SP);
FRAME_ASSERT(pc, FRAME_PC);
FRAME_ASSERT(pstate, FRAME_PSTATE);
FRAME_ASSERT(esr, FRAME_ESR);
FRAME_ASSERT(far, FRAME_FAR);
FRAME_ASSERT(vector, FRAME_VECTOR);
_Static_assert(sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0, "keeps the stack aligned");
