/* SPDX-License-Identifier: 0BSD */
/*
 * The other CPUs beside the first: the same control registers, the same tables, nothing left of the way in.
 */
#include <ossa/errno.h>
#include <ossa/smp.h>
#include <ossa/string.h>
#include <ossa/test.h>

CPU_REGISTER(cntkctl_el1)
CPU_REGISTER(cpacr_el1)
CPU_REGISTER(currentel)
CPU_REGISTER(id_aa64mmfr1_el1)
CPU_REGISTER(mair_el1)
CPU_REGISTER(mdscr_el1)
CPU_REGISTER(mpidr_el1)
CPU_REGISTER(sctlr_el1)
CPU_REGISTER(sp_el0)
CPU_REGISTER(spsel)
CPU_REGISTER(tcr_el1)
CPU_REGISTER(tpidr_el1)
CPU_REGISTER(vbar_el1)

#define PAR_FAULT    1
#define DAIF_SERROR  0x100
#define MPIDR_FIELDS 0xff00ffffff

enum { SCTLR, TCR, MAIR, TTBR1, VBAR, CPACR, MDSCR, CNTKCTL, LEVEL, SPSEL, PAN, REGISTERS };

static struct seen {
    uint64_t registers[REGISTERS]; /* the same everywhere */
    uint64_t tpidr, mpidr, sp, thread, identity_par, daif;
} first, other;

static void look(void *argument)
{
    struct seen *seen = argument;
    *seen = (struct seen){
        .registers = {sctlr_el1_read(), tcr_el1_read(), mair_el1_read(), ttbr1_el1_read(), vbar_el1_read(),
                      cpacr_el1_read(), mdscr_el1_read(), cntkctl_el1_read(), currentel_read(), spsel_read()},
        .tpidr = tpidr_el1_read(),
        .mpidr = mpidr_el1_read(),
        .sp = (uintptr_t)__builtin_frame_address(0),
        .thread = sp_el0_read(),
        .daif = daif_read(),
    };
    if ((id_aa64mmfr1_el1_read() >> 20 & 15) != 0)
        __asm__ volatile("mrs %0, s3_0_c4_c2_3" : "=r"(seen->registers[PAN]));
    __asm__ volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1"
                     : "=r"(seen->identity_par)
                     : "r"(boot_info->kernel_pa)
                     : "memory");
}

TEST(aarch64_cpus_are_alike)
{
    look(&first);
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu_call(cpus[i], look, &other);
        for (unsigned r = 0; r < REGISTERS; r++)
            CHECK_EQUAL(other.registers[r], first.registers[r]);
        CHECK_EQUAL(other.registers[TCR] & (TCR_EPD0 | TCR_EPD1), TCR_EPD0);
        CHECK((other.identity_par & PAR_FAULT) != 0);
        CHECK_EQUAL(other.tpidr, (uintptr_t)cpus[i]);
        CHECK_EQUAL(other.mpidr & MPIDR_FIELDS, cpus[i]->id);
        CHECK_EQUAL(other.daif & DAIF_SERROR, 0); /* in handlers too */
    }
}

TEST(aarch64_cpus_have_stacks_of_their_own)
{
    for (unsigned i = 1; i < cpu_count; i++) {
        cpu_call(cpus[i], look, &other);
        const struct thread *thread = (const struct thread *)other.thread;
        CHECK_EQUAL(other.thread, (uintptr_t)cpus[i]->thread);
        CHECK(other.sp > thread->stack_va && other.sp < thread->stack_va + STACK_SIZE);
    }
}

/* A fault on a stack that is none: the frame goes to this CPU's emergency stack. Below it is where the frame was. */
static void fault_without_stack(void *argument)
{
    __asm__ volatile("mov x19, sp\n"
                     "mov x20, xzr\n"
                     "mov sp, x20\n"
                     "1: str xzr, [sp]\n"
                     "2: mov sp, x19\n" EXTABLE("1b", "2b")::
                         : "x19", "x20", "memory");
    const struct arch_frame *frame = (const struct arch_frame *)(cpu_this()->trap_stack_ends[0] - FRAME_SIZE);
    *(bool *)argument = frame->sp == 0 && frame->vector == 4;
}

TEST(aarch64_cpus_have_emergency_stacks)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        bool taken = false;
        memset((char *)cpus[i]->trap_stack_ends[0] - FRAME_SIZE, 0xff, FRAME_SIZE);
        cpu_call(cpus[i], fault_without_stack, &taken);
        CHECK(taken);
    }
}

/* What the firmware refuses; arch_cpu_start() touches nothing of the CPU that runs. */
TEST(aarch64_cpu_start_refused)
{
    static struct cpu nobody;
    nobody.id = boot_cpu.id;
    CHECK_EQUAL(arch_cpu_start(&nobody), (uint64_t)-EEXIST);
    nobody.id = MPIDR_FIELDS;
    CHECK_EQUAL(arch_cpu_start(&nobody), (uint64_t)-EIO);
}
