/* SPDX-License-Identifier: 0BSD */
/*
 * Exceptions, the same on every architecture: a port's trap.S saves the registers in a struct arch_frame and calls
 * trap_handle(); arch_trap_decode() turns the frame into a struct trap; the rest is portable (kernel/trap.c).
 * Breakpoints are reported and resumed, faults with an exception-table entry go on at their fixup, all else panics.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arch_frame;

enum trap_kind {
    TRAP_UNKNOWN,             /* a cause the port has no name for */
    TRAP_BREAKPOINT,          /* arch_breakpoint() or a debugger's: reported, then resumed */
    TRAP_MEMORY,              /* a load, store or fetch the MMU or the bus refused */
    TRAP_ALIGNMENT,           /* a misaligned access */
    TRAP_DIVIDE,              /* an integer division the CPU refuses (x86_64 only: the others define a result) */
    TRAP_ILLEGAL_INSTRUCTION, /* undefined or not permitted here, floating point included */
    TRAP_TRAP_INSTRUCTION,    /* __builtin_trap(): unreachable code, a sanitizer's report */
    TRAP_PROTECTION,          /* any other rule of the CPU broken (x86_64 #GP, #SS, #NP, #TS) */
    TRAP_DOUBLE_FAULT,        /* an exception while delivering one (x86_64 #DF) */
    TRAP_MACHINE,             /* hardware reports an error: machine check, SError */
    TRAP_INTERRUPT,           /* from a device, a timer or another CPU */
    TRAP_NMI,                 /* an interrupt that cannot be masked */
};

enum trap_access { TRAP_ACCESS_NONE, TRAP_ACCESS_READ, TRAP_ACCESS_WRITE, TRAP_ACCESS_EXECUTE };

struct trap {
    enum trap_kind kind;
    enum trap_access access; /* for TRAP_MEMORY, where the CPU says */
    const char *name;        /* the architecture manual's name of the cause, "page fault" for one */
    uint64_t code;           /* cause register as the CPU gave it: error code, scause, ESR_EL1 */
    bool has_va;             /* the CPU gave a faulting address */
    uint64_t va;
};

/* A line of the register dump: arch_registers[] lists them in the order they are printed. All are 64-bit. */
struct trap_register {
    char name[8];
    uint16_t offset; /* in struct arch_frame */
};

/* Called by trap.S with interrupts masked, on the interrupted stack or on one of its own. Returns to resume. */
void trap_handle(struct arch_frame *frame);

/* What parts make of it: kernel/interrupt/ of TRAP_INTERRUPT; kernel/cpu/ of TRAP_NMI, false if no CPU has sent it. */
void interrupt_handle(struct arch_frame *frame);
bool cpu_handle_nmi(const struct arch_frame *frame);

/*
 * The exception table: where an instruction that may fault goes on if it does. Both fields are relative to themselves.
 * Inline assembly writes entries with EXTABLE, one a statement. The linker drops an entry with its function: so say "o"
 * and a symbol in the function (SHF_LINK_ORDER).
 */
struct extable_entry {
    int32_t fault, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

#define EXTABLE(fault, fixup)                                                           \
    ".Lextable%=:\n.pushsection .extable, \"ao\", %%progbits, .Lextable%=\n.balign 4\n" \
    ".long " fault " - .\n.long " fixup " - .\n.popsection\n"

/* Whether the trap's cause is that a stack has run out: sp or the faulting address lies in a guard. */
bool trap_is_stack_overflow(const struct trap *trap, const struct arch_frame *frame);

/* What the trap was, for a person: "null pointer write", "write to read-only data", "stack overflow", ... */
const char *trap_describe(const struct trap *trap, const struct arch_frame *frame);
