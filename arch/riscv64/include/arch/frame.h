/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame: what trap.S stores, upwards from the stack pointer it hands to trap_handle(). Nothing of it is
 * pushed by the CPU: pc, status, cause and tval are copies of sepc, sstatus, scause and stval.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t x[32]; /* x1 ra, x2 sp, x3 gp, x4 tp, ...; x[0] is not used */
    uint64_t pc, status, cause, tval;
};

#define ARCH_REGISTER_COUNT 35

#define FRAME_ASSERT(field, offset) _Static_assert(offsetof(struct arch_frame, field) == (offset), #field)
FRAME_ASSERT(x[1], FRAME_X(1));
FRAME_ASSERT(x[31], FRAME_X(31));
FRAME_ASSERT(pc, FRAME_PC);
FRAME_ASSERT(status, FRAME_STATUS);
FRAME_ASSERT(cause, FRAME_CAUSE);
FRAME_ASSERT(tval, FRAME_TVAL);
_Static_assert(sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0, "keeps the stack aligned");
