/* SPDX-License-Identifier: 0BSD */
/*
 * What a trap frame says: the registers' names, and the causes by the names of the RISC-V Privileged Architecture 1.12,
 * table 4.2. Interrupts nobody asked for are the same table's upper half.
 */
#include <ossa/arch.h>
#include <ossa/image.h>

#define CAUSE_INTERRUPT  (1ull << 63)
#define CAUSE_BREAKPOINT 3
#define C_EBREAK         0x9002 /* Unprivileged ISA, 16.5; what __builtin_trap() is in compressed code */

struct trap_cause {
    const char *name;
    enum trap_kind kind;
    enum trap_access access;
};

static const struct trap_cause exceptions[] = {
    [0] = {"instruction address misaligned", TRAP_ALIGNMENT, TRAP_ACCESS_EXECUTE},
    [1] = {"instruction access fault", TRAP_MEMORY, TRAP_ACCESS_EXECUTE},
    [2] = {"illegal instruction", TRAP_ILLEGAL_INSTRUCTION, TRAP_ACCESS_NONE},
    [3] = {"breakpoint", TRAP_BREAKPOINT, TRAP_ACCESS_NONE},
    [4] = {"load address misaligned", TRAP_ALIGNMENT, TRAP_ACCESS_READ},
    [5] = {"load access fault", TRAP_MEMORY, TRAP_ACCESS_READ},
    [6] = {"store/AMO address misaligned", TRAP_ALIGNMENT, TRAP_ACCESS_WRITE},
    [7] = {"store/AMO access fault", TRAP_MEMORY, TRAP_ACCESS_WRITE},
    [8] = {"environment call from U-mode", TRAP_UNKNOWN, TRAP_ACCESS_NONE},
    [9] = {"environment call from S-mode", TRAP_UNKNOWN, TRAP_ACCESS_NONE},
    [12] = {"instruction page fault", TRAP_MEMORY, TRAP_ACCESS_EXECUTE},
    [13] = {"load page fault", TRAP_MEMORY, TRAP_ACCESS_READ},
    [15] = {"store/AMO page fault", TRAP_MEMORY, TRAP_ACCESS_WRITE},
};

static const struct trap_cause interrupts[] = {
    [1] = {"supervisor software interrupt", TRAP_INTERRUPT, TRAP_ACCESS_NONE},
    [5] = {"supervisor timer interrupt", TRAP_INTERRUPT, TRAP_ACCESS_NONE},
    [9] = {"supervisor external interrupt", TRAP_INTERRUPT, TRAP_ACCESS_NONE},
};

#define X(name, n)       \
    {                    \
        name, FRAME_X(n) \
    }
const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {
    {"pc", FRAME_PC},
    {"status", FRAME_STATUS},
    {"cause", FRAME_CAUSE},
    {"tval", FRAME_TVAL},
    X("ra", 1),
    X("sp", 2),
    X("gp", 3),
    X("tp", 4),
    X("a0", 10),
    X("a1", 11),
    X("a2", 12),
    X("a3", 13),
    X("a4", 14),
    X("a5", 15),
    X("a6", 16),
    X("a7", 17),
    X("t0", 5),
    X("t1", 6),
    X("t2", 7),
    X("t3", 28),
    X("t4", 29),
    X("t5", 30),
    X("t6", 31),
    X("s0", 8),
    X("s1", 9),
    X("s2", 18),
    X("s3", 19),
    X("s4", 20),
    X("s5", 21),
    X("s6", 22),
    X("s7", 23),
    X("s8", 24),
    X("s9", 25),
    X("s10", 26),
    X("s11", 27),
};

void arch_trap_init(void)
{
    csr_write(stvec, trap_vector); /* MODE 0: one vector (4.1.2) */
}

static struct trap_cause trap_find_cause(uint64_t code)
{
    bool interrupt = (code & CAUSE_INTERRUPT) != 0;
    const struct trap_cause *causes = interrupt ? interrupts : exceptions;
    size_t count = interrupt ? sizeof(interrupts) / sizeof(*causes) : sizeof(exceptions) / sizeof(*causes);
    uint64_t index = code & ~CAUSE_INTERRUPT;
    if (index < count && causes[index].name != NULL)
        return causes[index];
    return interrupt ? (struct trap_cause){"interrupt of unknown cause", TRAP_INTERRUPT, TRAP_ACCESS_NONE}
                     : (struct trap_cause){"exception of unknown cause", TRAP_UNKNOWN, TRAP_ACCESS_NONE};
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    struct trap_cause cause = trap_find_cause(frame->cause);
    bool in_text = frame->pc >= (uintptr_t)text_start && frame->pc < (uintptr_t)text_end;
    *trap = (struct trap){
        .kind = cause.kind,
        .access = cause.access,
        .name = cause.name,
        .code = frame->cause,
        .has_va = cause.kind == TRAP_MEMORY || cause.kind == TRAP_ALIGNMENT,
        .va = frame->tval,
    };
    if (frame->cause == CAUSE_BREAKPOINT && in_text && *(const uint16_t *)frame->pc == C_EBREAK)
        trap->kind = TRAP_TRAP_INSTRUCTION;
}
