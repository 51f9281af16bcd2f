/* SPDX-License-Identifier: 0BSD */
/*
 * A port whose machine is a process of the host: the template's, but for what kernel/memory/ calls.
 */
#pragma once

#define arch_interrupts_save    template_interrupts_save
#define arch_interrupts_restore template_interrupts_restore
#include "../../../../arch/template/include/arch/cpu.h"
#undef arch_interrupts_save
#undef arch_interrupts_restore

/* How many are masked at this moment, for tests to see that it is given back. */
extern unsigned host_interrupts_masked;

static inline uint64_t arch_interrupts_save(void)
{
    return host_interrupts_masked++;
}

static inline void arch_interrupts_restore(uint64_t state)
{
    host_interrupts_masked = (unsigned)state;
}
