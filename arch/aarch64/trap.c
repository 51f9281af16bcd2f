/* SPDX-License-Identifier: 0BSD */
/*
 * What a trap frame says: the registers' names, and the causes by the names that the Arm Architecture Reference Manual
 * (DDI 0487) gives to the values of ESR_EL1.
 */
#include <ossa/arch.h>

#define ESR_CLASS(esr)     ((esr) >> 26 & 63)
#define ESR_BRK_COMMENT    0xffff
#define ESR_STATUS         63
#define ESR_WRITE          0x40  /* WnR */
#define ESR_NO_VA          0x400 /* FnV */
#define STATUS_PARITY      0x18
#define STATUS_ALIGNMENT   0x21
#define BRK_TRAP           1000 /* what GCC emits for __builtin_trap() */
#define VECTOR_SYNCHRONOUS 4    /* of the four from EL1 with its own stack, the first */
#define VECTOR             64   /* in the table of causes the others follow the classes */

struct trap_cause {
    const char *name;
    enum trap_kind kind;
    enum trap_access access; /* if any, FAR_EL1 says where */
};

/* clang-format off */
#define X(n) {"x" #n, FRAME_X(n)}
const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {
    X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9), X(10), X(11), X(12), X(13), X(14), X(15), X(16), X(17),
    X(18), X(19), X(20), X(21), X(22), X(23), X(24), X(25), X(26), X(27), X(28), X(29), X(30), {"sp", FRAME_SP},
    {"pc", FRAME_PC}, {"pstate", FRAME_PSTATE}, {"esr", FRAME_ESR}, {"far", FRAME_FAR}, {"vector", FRAME_VECTOR},
};

/* By ESR_EL1.EC, then the other vectors. What needs a lower level, or a feature that is off, does not come. */
static const struct trap_cause causes[VECTOR + 16] = {
    [0x00] = {"undefined instruction", TRAP_ILLEGAL_INSTRUCTION},
    [0x07] = {"trapped SVE, Advanced SIMD or floating point", TRAP_ILLEGAL_INSTRUCTION},
    [0x0e] = {"illegal execution state", TRAP_PROTECTION},
    [0x15] = {"SVC instruction", TRAP_ILLEGAL_INSTRUCTION},
    [0x18] = {"trapped MSR, MRS or system instruction", TRAP_ILLEGAL_INSTRUCTION},
    [0x19] = {"trapped SVE", TRAP_ILLEGAL_INSTRUCTION},
    [0x1d] = {"trapped SME", TRAP_ILLEGAL_INSTRUCTION},
    [0x21] = {"instruction abort", TRAP_MEMORY, TRAP_ACCESS_EXECUTE},
    [0x22] = {"PC alignment fault", TRAP_ALIGNMENT, TRAP_ACCESS_EXECUTE},
    [0x25] = {"data abort", TRAP_MEMORY, TRAP_ACCESS_READ},
    [0x26] = {"SP alignment fault", TRAP_ALIGNMENT},
    [0x2f] = {"SError interrupt", TRAP_MACHINE},
    [0x3c] = {"BRK instruction", TRAP_BREAKPOINT},
    [VECTOR ... VECTOR + 3] = {"exception from a level or stack that is not used", TRAP_UNKNOWN},
    [VECTOR + 5] = {"IRQ", TRAP_INTERRUPT},
    [VECTOR + 6] = {"FIQ", TRAP_UNKNOWN}, /* nobody here asks for one, so nobody could quiet it */
    [VECTOR + 7] = {"SError interrupt", TRAP_MACHINE},
    [VECTOR + 8 ... VECTOR + 15] = {"exception from a level or stack that is not used", TRAP_UNKNOWN},
};

/* By IFSC and DFSC, which agree. */
#define LEVELS(status, name) [status] = name ", level 0", name ", level 1", name ", level 2", name ", level 3"
static const char *const fault_statuses[ESR_STATUS + 1] = {
    LEVELS(0x00, "address size fault"),
    LEVELS(0x04, "translation fault"),
    LEVELS(0x08, "access flag fault"),
    LEVELS(0x0c, "permission fault"),
    [0x10] = "synchronous external abort", [0x11] = "synchronous tag check fault",
    LEVELS(0x14, "synchronous external abort on table walk"),
    [STATUS_PARITY] = "synchronous parity or ECC error",
    LEVELS(0x1c, "synchronous parity or ECC error on table walk"),
    [STATUS_ALIGNMENT] = "alignment fault", [0x30] = "TLB conflict abort",
};
/* clang-format on */

void arch_trap_init(void)
{
    __asm__ volatile("msr daifclr, #4" ::: "memory"); /* SError; entry.S has set the vectors */
}

static void decode_abort(uint64_t esr, struct trap *trap)
{
    unsigned status = esr & ESR_STATUS;
    if (fault_statuses[status] != NULL)
        trap->name = fault_statuses[status];
    if (status == STATUS_ALIGNMENT)
        trap->kind = TRAP_ALIGNMENT;
    if (status == STATUS_PARITY)
        trap->kind = TRAP_MACHINE;
    if (trap->access == TRAP_ACCESS_READ && (esr & ESR_WRITE) != 0)
        trap->access = TRAP_ACCESS_WRITE;
    trap->has_va = (esr & ESR_NO_VA) == 0;
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    uint64_t index = frame->vector == VECTOR_SYNCHRONOUS ? ESR_CLASS(frame->esr) : VECTOR + frame->vector;
    const struct trap_cause *cause = &causes[index];
    *trap = (struct trap){
        .kind = cause->kind,
        .access = cause->access,
        .name = cause->name != NULL ? cause->name : "exception of unknown cause",
        .code = frame->esr,
        .has_va = cause->access != TRAP_ACCESS_NONE,
        .va = frame->far,
    };
    if (trap->kind == TRAP_MEMORY)
        decode_abort(frame->esr, trap);
    if (trap->kind == TRAP_BREAKPOINT && (frame->esr & ESR_BRK_COMMENT) == BRK_TRAP)
        trap->kind = TRAP_TRAP_INSTRUCTION;
}
