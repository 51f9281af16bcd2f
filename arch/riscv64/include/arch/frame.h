/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame: what trap.S stores, upwards from the stack pointer it hands to trap_handle(). pc, status, cause and
 * tval are copies of sepc, sstatus, scause and stval; x[1] is ra, x[2] sp, and x[0] not used.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t x[32], pc, status, cause, tval;
};

#define ARCH_REGISTER_COUNT 35

#define FRAME_IS(field, offset) (offsetof(struct arch_frame, field) == (offset))
_Static_assert(FRAME_IS(x[31], FRAME_X(31)) && FRAME_IS(pc, FRAME_PC) && FRAME_IS(status, FRAME_STATUS) &&
                   FRAME_IS(cause, FRAME_CAUSE) && FRAME_IS(tval, FRAME_TVAL) &&
                   sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0,
               "trap.S and struct arch_frame agree, and a frame keeps the stack aligned");
