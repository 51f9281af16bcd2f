/* SPDX-License-Identifier: 0BSD */
/*
 * What a trap frame says: the registers' names, and the causes by the names that the RISC-V Privileged Architecture
 * 1.12, table 4.2, gives to the values of scause.
 */
#include <ossa/arch.h>
#include <ossa/image.h>

#define CAUSE_INTERRUPT  (1ull << 63)
#define CAUSE_BREAKPOINT 3
#define C_EBREAK         0x9002 /* Unprivileged ISA, 16.5; what __builtin_trap() is in compressed code */
#define INTERRUPT        16     /* in the table of causes interrupts follow the exceptions */

struct trap_cause {
    const char *name;
    enum trap_kind kind;
    enum trap_access access; /* if any, stval says where */
};

/* clang-format off */
#define X(name, n) {#name, FRAME_X(n)}
const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {
    {"pc", FRAME_PC}, {"status", FRAME_STATUS}, {"cause", FRAME_CAUSE}, {"tval", FRAME_TVAL},
    X(ra, 1), X(sp, 2), X(gp, 3), X(tp, 4),
    X(a0, 10), X(a1, 11), X(a2, 12), X(a3, 13), X(a4, 14), X(a5, 15), X(a6, 16), X(a7, 17),
    X(t0, 5), X(t1, 6), X(t2, 7), X(t3, 28), X(t4, 29), X(t5, 30), X(t6, 31),
    X(s0, 8), X(s1, 9), X(s2, 18), X(s3, 19), X(s4, 20), X(s5, 21), X(s6, 22), X(s7, 23), X(s8, 24), X(s9, 25),
    X(s10, 26), X(s11, 27),
};

/* By scause's code. What needs U-mode does not come. */
static const struct trap_cause causes[INTERRUPT + 16] = {
    [0] = {"instruction address misaligned", TRAP_ALIGNMENT, TRAP_ACCESS_EXECUTE},
    [1] = {"instruction access fault", TRAP_MEMORY, TRAP_ACCESS_EXECUTE},
    [2] = {"illegal instruction", TRAP_ILLEGAL_INSTRUCTION},
    [3] = {"breakpoint", TRAP_BREAKPOINT},
    [4] = {"load address misaligned", TRAP_ALIGNMENT, TRAP_ACCESS_READ},
    [5] = {"load access fault", TRAP_MEMORY, TRAP_ACCESS_READ},
    [6] = {"store/AMO address misaligned", TRAP_ALIGNMENT, TRAP_ACCESS_WRITE},
    [7] = {"store/AMO access fault", TRAP_MEMORY, TRAP_ACCESS_WRITE},
    [9] = {"environment call from S-mode", TRAP_UNKNOWN},
    [12] = {"instruction page fault", TRAP_MEMORY, TRAP_ACCESS_EXECUTE},
    [13] = {"load page fault", TRAP_MEMORY, TRAP_ACCESS_READ},
    [15] = {"store/AMO page fault", TRAP_MEMORY, TRAP_ACCESS_WRITE},
    [INTERRUPT + 1] = {"supervisor software interrupt", TRAP_INTERRUPT},
    [INTERRUPT + 5] = {"supervisor timer interrupt", TRAP_INTERRUPT},
    [INTERRUPT + 9] = {"supervisor external interrupt", TRAP_INTERRUPT},
};
/* clang-format on */

void arch_trap_init(void)
{
    csr_write(stvec, trap_vector); /* MODE 0: one vector (4.1.2) */
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    static const struct trap_cause unknown = {"exception of unknown cause", TRAP_UNKNOWN, TRAP_ACCESS_NONE};
    uint64_t code = frame->cause & ~CAUSE_INTERRUPT, first = code == frame->cause ? 0 : INTERRUPT;
    const struct trap_cause *cause = code < INTERRUPT ? &causes[first + code] : &unknown;
    *trap = (struct trap){
        .kind = cause->kind,
        .access = cause->access,
        .name = cause->name != NULL ? cause->name : unknown.name,
        .code = frame->cause,
        .has_va = cause->access != TRAP_ACCESS_NONE,
        .va = frame->tval,
    };
    bool in_text = frame->pc >= (uintptr_t)text_start && frame->pc < (uintptr_t)text_end;
    if (frame->cause == CAUSE_BREAKPOINT && in_text && *(const uint16_t *)frame->pc == C_EBREAK)
        trap->kind = TRAP_TRAP_INSTRUCTION;
}
