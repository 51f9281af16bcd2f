/* SPDX-License-Identifier: 0BSD */
/*
 * For the host tests of the unwinder: a user context of Linux as a struct arch_frame, as far as unwinding reads it.
 */
#pragma once

#include <arch/frame.h>
#include <stdbool.h>
#include <ucontext.h>

/* DWARF columns of the registers that functions give back. */
#define HOST_KEPT_COLUMNS                          \
    {                                              \
        19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29 \
    }

static inline void host_context_frame(const ucontext_t *context, struct arch_frame *frame)
{
    *frame = (struct arch_frame){.sp = context->uc_mcontext.sp, .pc = context->uc_mcontext.pc};
    for (int i = 0; i < 31; i++)
        frame->x[i] = context->uc_mcontext.regs[i];
}

/* Makes the code that the context returns to trap after each instruction, or not; false if that is not possible. */
static inline bool host_context_step(ucontext_t *context, bool step)
{
    (void)context, (void)step;
    return false;
}
