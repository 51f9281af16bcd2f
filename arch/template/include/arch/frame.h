/* SPDX-License-Identifier: 0BSD */
/*
 * The trap frame, in the order in which trap.S stores it: every general register, then what the CPU says of the trap.
 * Write a line and an assertion for each. Green with it: trap_frame_has_registers.
 */
#pragma once

#include <arch/layout.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame {
    uint64_t pc, sp;
};

#define ARCH_REGISTER_COUNT 2

#define FRAME_ASSERT(field, offset) _Static_assert(offsetof(struct arch_frame, field) == (offset), #field)
FRAME_ASSERT(pc, FRAME_PC);
FRAME_ASSERT(sp, FRAME_SP);
_Static_assert(sizeof(struct arch_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0, "keeps the stack aligned");
