/* SPDX-License-Identifier: 0BSD */
/*
 * How a panic stops a CPU.
 */
#pragma once

#include <ossa/cpu.h>

/* Whether a panic wants this CPU to stop. */
bool cpu_stop_wanted(void);

/* call.c: lets a CPU look whether it is to stop, even one that waits with interrupts masked. */
void cpu_ask_stop(struct cpu *cpu);

/* Leaves the registers, the caller's if frame is NULL, and calls for the report, and stands still. */
_Noreturn void cpu_stop_here(const struct arch_frame *frame);
