/* SPDX-License-Identifier: 0BSD */
/*
 * What interrupt.c, its controllers and cpu.S have between them. No other file includes this but the port's tests.
 */
#pragma once

#include <ossa/fdt.h>
#include <ossa/interrupt.h>

/* How external interrupts reach a hart. */
struct external {
    struct interrupt_controller controller;
    void (*init_cpu)(unsigned context); /* on that hart: lets it take those directed to it */
    void (*handle)(unsigned context);   /* on that hart: one interrupt, or none */
};

/* A controller of the devicetree, all lines of it masked; NULL if it is not supervisor mode's or cannot be used. */
const struct external *plic_init(const struct fdt_node *node);
const struct external *aplic_init(const struct fdt_node *node);

/*
 * What a controller calls a hart: its place in `interrupts-extended`, among the pairs of a hart's own controller and a
 * cause. interrupt_find_contexts() reads that property, and returns how many pairs it has; 0: none is supervisor
 * mode's. CONTEXT_NONE: this CPU is not among them.
 */
#define CONTEXT_NONE UINT32_MAX
unsigned interrupt_find_contexts(const struct fdt_node *node);
unsigned interrupt_context(const struct cpu *cpu);

/* Whether the devicetree gives stimecmp to every hart that runs a kernel (Sstc). */
extern bool interrupt_has_sstc;

/* cpu.S: where a hart starts, and what it writes to satp. */
void cpu_start(void);
extern uint64_t cpu_start_satp;
