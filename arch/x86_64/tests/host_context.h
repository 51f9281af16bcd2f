/* SPDX-License-Identifier: 0BSD */
/*
 * For the host tests of the unwinder: a user context of Linux as a struct arch_frame, as far as unwinding reads it.
 */
#pragma once

#include <arch/frame.h>
#include <stdbool.h>
#include <ucontext.h>

/* DWARF columns of the registers that functions give back. */
#define HOST_KEPT_COLUMNS    \
    {                        \
        3, 6, 12, 13, 14, 15 \
    }

static inline void host_context_frame(const ucontext_t *context, struct arch_frame *frame)
{
    const greg_t *registers = context->uc_mcontext.gregs;
    *frame = (struct arch_frame){
        .rbx = registers[REG_RBX],
        .rbp = registers[REG_RBP],
        .rsp = registers[REG_RSP],
        .r10 = registers[REG_R10],
        .r12 = registers[REG_R12],
        .r13 = registers[REG_R13],
        .r14 = registers[REG_R14],
        .r15 = registers[REG_R15],
        .rip = registers[REG_RIP],
    };
}

/* Makes the code that the context returns to trap after each instruction, or not; false if that is not possible. */
static inline bool host_context_step(ucontext_t *context, bool step)
{
    const greg_t trap_flag = 0x100;
    context->uc_mcontext.gregs[REG_EFL] &= ~trap_flag;
    context->uc_mcontext.gregs[REG_EFL] |= step ? trap_flag : 0;
    return true;
}
