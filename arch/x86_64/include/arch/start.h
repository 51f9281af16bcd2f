/* SPDX-License-Identifier: 0BSD */
/*
 * What cpu.c leaves for a CPU that starts by cpu.S; for both. START_ are the offsets of two structures, asserted in
 * cpu.c.
 */
#pragma once

#define START_PAGE_DATA   256 /* where struct cpu_start_page is in its page; the code lies before it */
#define START_TARGET      24  /* in it */
#define START_GDT_POINTER 30
#define START_CR0         36
#define START_CR3         40
#define START_CR4         44
#define START_EFER        48
#define START_PAT         52
#define START_NEXT        0 /* in struct cpu_start */
#define START_CPU         8
#define START_ROOT        16
#define START_ID          24

#ifndef __ASSEMBLER__
#include <stdint.h>

/* On top of the stack that the CPU is to use. */
struct cpu_start {
    struct cpu_start *next; /* another CPU's */
    struct cpu *cpu;
    uint64_t root_pa; /* of the kernel's tables */
    uint64_t id;      /* APIC id */
};
extern struct cpu_start *cpu_starts;

/* In the page it starts at, at START_PAGE_DATA: the boot CPU's registers, but for CR3. */
struct cpu_start_page {
    uint64_t gdt[3];
    uint32_t target; /* a far pointer */
    uint16_t target_selector;
    uint16_t gdt_limit; /* what LGDT reads */
    uint32_t gdt_pa;
    uint32_t cr0, cr3, cr4, efer;
    uint64_t pat;
} __attribute__((packed));

/* What is copied to the page, START_PAGE_DATA bytes. cpu.S */
extern const char cpu_trampoline[], cpu_trampoline_64[];

/* entry.S's tables, done with once the kernel has its own. */
extern uint64_t boot_pml4[], boot_pdpt[], boot_image_pd[], boot_entry_pd[];
#endif
