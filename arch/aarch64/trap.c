/* SPDX-License-Identifier: 0BSD */
/*
 * What exceptions mean: tables of the names that the Arm Architecture Reference Manual (DDI 0487) gives to the values
 * of ESR_EL1 (D19.2.40). entry.S has set the vectors already; what is still masked here is SError.
 */
#include <ossa/arch.h>

#define ESR_CLASS(esr)     ((esr) >> 26 & 0x3f)
#define ESR_BRK_COMMENT    0xffff
#define ESR_ABORT_STATUS   0x3f
#define ESR_ABORT_WRITE    0x40  /* WnR */
#define ESR_ABORT_NO_VA    0x400 /* FnV */
#define BRK_TRAP           1000  /* what GCC emits for __builtin_trap() */
#define STATUS_EXTERNAL    0x10
#define STATUS_PARITY      0x18
#define STATUS_ALIGNMENT   0x21
#define VECTOR_SYNCHRONOUS 4 /* of the four from EL1 with its own stack, the first */

const struct trap_register arch_registers[ARCH_REGISTER_COUNT] = {
    {"x0", FRAME_X + 8 * 0},   {"x1", FRAME_X + 8 * 1},   {"x2", FRAME_X + 8 * 2},   {"x3", FRAME_X + 8 * 3},
    {"x4", FRAME_X + 8 * 4},   {"x5", FRAME_X + 8 * 5},   {"x6", FRAME_X + 8 * 6},   {"x7", FRAME_X + 8 * 7},
    {"x8", FRAME_X + 8 * 8},   {"x9", FRAME_X + 8 * 9},   {"x10", FRAME_X + 8 * 10}, {"x11", FRAME_X + 8 * 11},
    {"x12", FRAME_X + 8 * 12}, {"x13", FRAME_X + 8 * 13}, {"x14", FRAME_X + 8 * 14}, {"x15", FRAME_X + 8 * 15},
    {"x16", FRAME_X + 8 * 16}, {"x17", FRAME_X + 8 * 17}, {"x18", FRAME_X + 8 * 18}, {"x19", FRAME_X + 8 * 19},
    {"x20", FRAME_X + 8 * 20}, {"x21", FRAME_X + 8 * 21}, {"x22", FRAME_X + 8 * 22}, {"x23", FRAME_X + 8 * 23},
    {"x24", FRAME_X + 8 * 24}, {"x25", FRAME_X + 8 * 25}, {"x26", FRAME_X + 8 * 26}, {"x27", FRAME_X + 8 * 27},
    {"x28", FRAME_X + 8 * 28}, {"x29", FRAME_X + 8 * 29}, {"x30", FRAME_X + 8 * 30}, {"sp", FRAME_SP},
    {"pc", FRAME_PC},          {"pstate", FRAME_PSTATE},  {"esr", FRAME_ESR},        {"far", FRAME_FAR},
    {"vector", FRAME_VECTOR},
};

struct exception_class {
    const char *name;
    enum trap_kind kind;
    enum trap_access access;
    bool abort;  /* the syndrome has a fault status */
    bool has_va; /* FAR_EL1 is set */
};

/* By ESR_EL1.EC. Those of AArch32 and of hypervisors do not come to this kernel. */
static const struct exception_class classes[64] = {
    [0x00] = {"undefined instruction", TRAP_ILLEGAL_INSTRUCTION},
    [0x01] = {"trapped WFI or WFE", TRAP_ILLEGAL_INSTRUCTION},
    [0x07] = {"trapped SVE, Advanced SIMD or floating point", TRAP_ILLEGAL_INSTRUCTION},
    [0x09] = {"trapped pointer authentication", TRAP_ILLEGAL_INSTRUCTION},
    [0x0a] = {"trapped LD64B or ST64B", TRAP_ILLEGAL_INSTRUCTION},
    [0x0d] = {"branch target exception", TRAP_PROTECTION},
    [0x0e] = {"illegal execution state", TRAP_PROTECTION},
    [0x15] = {"SVC instruction", TRAP_ILLEGAL_INSTRUCTION},
    [0x18] = {"trapped MSR, MRS or system instruction", TRAP_ILLEGAL_INSTRUCTION},
    [0x19] = {"trapped SVE", TRAP_ILLEGAL_INSTRUCTION},
    [0x1c] = {"pointer authentication failure", TRAP_PROTECTION},
    [0x1d] = {"trapped SME", TRAP_ILLEGAL_INSTRUCTION},
    [0x20] = {"instruction abort", TRAP_MEMORY, TRAP_ACCESS_EXECUTE, .abort = true, .has_va = true},
    [0x21] = {"instruction abort", TRAP_MEMORY, TRAP_ACCESS_EXECUTE, .abort = true, .has_va = true},
    [0x22] = {"PC alignment fault", TRAP_ALIGNMENT, TRAP_ACCESS_EXECUTE, .has_va = true},
    [0x24] = {"data abort", TRAP_MEMORY, TRAP_ACCESS_READ, .abort = true, .has_va = true},
    [0x25] = {"data abort", TRAP_MEMORY, TRAP_ACCESS_READ, .abort = true, .has_va = true},
    [0x26] = {"SP alignment fault", TRAP_ALIGNMENT},
    [0x27] = {"memory copy or set exception", TRAP_PROTECTION},
    [0x2c] = {"trapped floating-point exception", TRAP_ILLEGAL_INSTRUCTION},
    [0x2f] = {"SError interrupt", TRAP_MACHINE},
    [0x30] = {"breakpoint exception", TRAP_UNKNOWN},
    [0x31] = {"breakpoint exception", TRAP_UNKNOWN},
    [0x32] = {"software step exception", TRAP_UNKNOWN},
    [0x33] = {"software step exception", TRAP_UNKNOWN},
    [0x34] = {"watchpoint exception", TRAP_UNKNOWN, .has_va = true},
    [0x35] = {"watchpoint exception", TRAP_UNKNOWN, .has_va = true},
    [0x3c] = {"BRK instruction", TRAP_BREAKPOINT},
};

#define LEVELS(status, name)                                                                       \
    [status] = name ", level 0", [status + 1] = name ", level 1", [status + 2] = name ", level 2", \
    [status + 3] = name ", level 3"

/* By IFSC and DFSC, which agree. */
static const char *const fault_statuses[64] = {
    LEVELS(0x00, "address size fault"),
    LEVELS(0x04, "translation fault"),
    LEVELS(0x08, "access flag fault"),
    LEVELS(0x0c, "permission fault"),
    [STATUS_EXTERNAL] = "synchronous external abort",
    [0x11] = "synchronous tag check fault",
    LEVELS(0x14, "synchronous external abort on table walk"),
    [STATUS_PARITY] = "synchronous parity or ECC error",
    LEVELS(0x1c, "synchronous parity or ECC error on table walk"),
    [STATUS_ALIGNMENT] = "alignment fault",
    [0x30] = "TLB conflict abort",
    [0x31] = "unsupported atomic hardware update fault",
    [0x34] = "implementation defined fault (lockdown)",
    [0x35] = "implementation defined fault (unsupported exclusive or atomic access)",
};

static void decode_abort(uint64_t esr, struct trap *trap)
{
    unsigned status = esr & ESR_ABORT_STATUS;
    if (fault_statuses[status] != NULL)
        trap->name = fault_statuses[status];
    if (status == STATUS_ALIGNMENT)
        trap->kind = TRAP_ALIGNMENT;
    if (status == STATUS_PARITY)
        trap->kind = TRAP_MACHINE;
    if (status == STATUS_EXTERNAL && (esr & ESR_ABORT_NO_VA) != 0)
        trap->has_va = false;
    if (trap->access == TRAP_ACCESS_READ && (esr & ESR_ABORT_WRITE) != 0)
        trap->access = TRAP_ACCESS_WRITE;
}

static void decode_synchronous(const struct arch_frame *frame, struct trap *trap)
{
    const struct exception_class *class = &classes[ESR_CLASS(frame->esr)];
    trap->kind = class->kind;
    trap->access = class->access;
    trap->name = class->name != NULL ? class->name : "reserved exception class";
    trap->has_va = class->has_va;
    if (class->abort)
        decode_abort(frame->esr, trap);
    if (trap->kind == TRAP_BREAKPOINT && (frame->esr & ESR_BRK_COMMENT) == BRK_TRAP)
        trap->kind = TRAP_TRAP_INSTRUCTION;
    trap->va = trap->has_va ? frame->far : 0;
}

void arch_trap_decode(const struct arch_frame *frame, struct trap *trap)
{
    static const struct {
        enum trap_kind kind;
        const char *name;
    } others[] = {{TRAP_INTERRUPT, "IRQ"}, {TRAP_INTERRUPT, "FIQ"}, {TRAP_MACHINE, "SError interrupt"}};

    uint64_t other = frame->vector - VECTOR_SYNCHRONOUS - 1;
    trap->code = frame->esr;
    if (frame->vector == VECTOR_SYNCHRONOUS) {
        decode_synchronous(frame, trap);
    } else if (other < sizeof(others) / sizeof(others[0])) {
        trap->kind = others[other].kind;
        trap->name = others[other].name;
    } else {
        trap->kind = TRAP_UNKNOWN;
        trap->name = "exception from a level or stack that is not used";
    }
}

void arch_trap_init(void)
{
    __asm__ volatile("msr daifclr, #4" ::: "memory");
}
