/* SPDX-License-Identifier: 0BSD */
/*
 * What interrupt.c, its controllers, cpu.c and cpu.S have between them: bits, fences, who is found where.
 */
#pragma once

#include <ossa/fdt_more.h>
#include <ossa/interrupt.h>

/* Bits of sie and sip, Privileged 1.12, 4.1.3: software, timer, external. */
#define SIE_SSIE 0x002
#define SIE_STIE 0x020
#define SIE_SEIE 0x200

#define csr_set(name, bits)   __asm__ volatile("csrs " CSR(name) ", %0" ::"rK"(bits) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " CSR(name) ", %0" ::"rK"(bits) : "memory")

/* SBI extensions, SBI 1.0, 6 and 7. */
#define SBI_TIME 0x54494d45
#define SBI_IPI  0x735049

/* All before, memory's and devices', is seen by all before anything behind. A lock's release may order no device
 * (Unprivileged 20191213, 2.7). */
static inline void fence_all(void)
{
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}

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
 * cause. interrupt_find_contexts() reads that property, and returns how many pairs it has, at most two for each CPU
 * there can be; 0: none is supervisor mode's. CONTEXT_NONE: this CPU is not among them.
 */
#define CONTEXT_NONE UINT32_MAX
unsigned interrupt_find_contexts(const struct fdt_node *node);
unsigned interrupt_context(const struct cpu *cpu);

/* Whether the devicetree gives stimecmp to every hart that runs a kernel (Sstc). */
extern bool interrupt_has_sstc;

/* cpu.S: where a hart starts, and what it writes to satp. */
void cpu_start(void);
extern uint64_t cpu_start_satp;
