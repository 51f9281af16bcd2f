/* SPDX-License-Identifier: 0BSD */
/*
 * For the host tests of the unwinder: a user context of Linux as a struct arch_frame, as far as unwinding reads it.
 */
#pragma once

#include <arch/frame.h>
#include <stdbool.h>
#include <ucontext.h>

/* DWARF columns of the registers that functions give back. */
#define HOST_KEPT_COLUMNS                            \
    {                                                \
        8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27 \
    }

static inline void host_context_frame(const ucontext_t *context, struct arch_frame *frame)
{
    *frame = (struct arch_frame){.pc = context->uc_mcontext.__gregs[REG_PC]};
    for (int i = 1; i < 32; i++)
        frame->x[i] = context->uc_mcontext.__gregs[i];
}

/* Makes the code that the context returns to trap after each instruction, or not; false if that is not possible. */
static inline bool host_context_step(ucontext_t *context, bool step)
{
    (void)context, (void)step;
    return false;
}
