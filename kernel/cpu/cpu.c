/* SPDX-License-Identifier: 0BSD */
/*
 * Owns how the other CPUs come up: all are told to start at once, and those that arrive within ARRIVAL_NS of the last
 * arrival are numbered in the firmware's order and let go together. What one needs, its stacks, struct cpu and PER_CPU
 * variables, is there before it starts. Invariant: a CPU changes nothing but its `state` until it is let go.
 */
#include <ossa/clock.h>
#include <ossa/format.h>
#include <ossa/heap.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/log.h>
#include <ossa/smp.h>
#include <ossa/stack_guard.h>
#include <ossa/string.h>
#include <ossa/vrange.h>
#include <stdatomic.h>

#define ARRIVAL_NS (2 * NS_PER_S)
#define ALIGNMENT  64 /* of PER_CPU variables; no two CPUs share a cache line */

enum cpu_state { CPU_STARTING, CPU_ARRIVED, CPU_LET_GO, CPU_GIVEN_UP };

struct started_cpu {
    struct cpu cpu;
    atomic_uint state;
};

unsigned cpu_count = 1;
struct cpu *cpus[CPUS_MAX] = {&boot_cpu};

static struct cpu *found[CPUS_MAX] NOINIT; /* found_count, beside the boot CPU */
static unsigned found_count, left_out;

static struct started_cpu *started(struct cpu *cpu)
{
    return (struct started_cpu *)cpu;
}

static void give_back(struct cpu *cpu)
{
    if (cpu->idle.stack_va != 0)
        vrange_free_stack((void *)cpu->idle.stack_va);
    for (unsigned i = 0; i < 1 + ARCH_TRAP_STACKS; i++)
        if (cpu->trap_stack_ends[i] != 0)
            vrange_free_stack((void *)(cpu->trap_stack_ends[i] - STACK_SIZE));
    heap_free(cpu);
}

/* NULL if there is no memory for it. */
static struct cpu *make_cpu(uint64_t id)
{
    size_t head_bytes = (sizeof(struct started_cpu) + ALIGNMENT - 1) & -ALIGNMENT;
    size_t size_bytes = head_bytes + (per_cpu_end - per_cpu_start);
    struct cpu *cpu = heap_alloc_aligned(ALIGNMENT, size_bytes);
    if (cpu == NULL)
        return NULL;
    memset(cpu, 0, size_bytes);
    cpu->id = id;
    cpu->per_cpu_offset = (char *)cpu + head_bytes - per_cpu_start;
    cpu->thread = &cpu->idle;
    cpu->idle.cpu = cpu;
    cpu->idle.stack_va = (uintptr_t)vrange_alloc_stack();
    bool whole = cpu->idle.stack_va != 0;
    for (unsigned i = 0; i < 1 + ARCH_TRAP_STACKS; i++) {
        char *stack = vrange_alloc_stack();
        cpu->trap_stack_ends[i] = stack == NULL ? 0 : (uintptr_t)stack + STACK_SIZE;
        whole = whole && stack != NULL;
    }
    if (CONFIG_STACK_PROTECTOR)
        cpu->stack_guard = cpu->idle.stack_guard = stack_guard_choose();
    if (whole)
        return cpu;
    give_back(cpu);
    return NULL;
}

/* Firmware may list a CPU twice: as local APIC and as x2APIC, for one. */
static bool is_known(uint64_t id)
{
    bool known = id == boot_cpu.id;
    for (unsigned i = 0; i < found_count && !known; i++)
        known = found[i]->id == id;
    return known;
}

void cpu_add(uint64_t id)
{
    if (is_known(id))
        return;
    struct cpu *cpu = found_count < CPUS_MAX - 1 ? make_cpu(id) : NULL;
    if (cpu == NULL)
        left_out++;
    else
        found[found_count++] = cpu;
}

static unsigned start_all(void)
{
    unsigned told = 0;
    for (unsigned i = 0; i < found_count; i++) {
        int error = arch_cpu_start(found[i]);
        if (error == 0) {
            told++;
            continue;
        }
        log_warn("cpu: %#lx cannot be started, error %d", found[i]->id, -error);
        give_back(found[i]);
        found[i] = NULL;
    }
    return told;
}

static unsigned count_arrived(void)
{
    unsigned arrived = 0;
    for (unsigned i = 0; i < found_count; i++)
        arrived += found[i] != NULL && atomic_load(&started(found[i])->state) == CPU_ARRIVED;
    return arrived;
}

static void wait_for(unsigned told)
{
    unsigned arrived = 0;
    struct clock_watch since_last = {};
    while (arrived < told && clock_watch_ns(&since_last) < ARRIVAL_NS) {
        unsigned now = count_arrived();
        if (now > arrived)
            since_last = (struct clock_watch){};
        arrived = now;
        arch_cpu_relax();
    }
}

static void number(struct cpu *cpu)
{
    cpu->number = cpu_count;
    snprintf(cpu->idle.name, sizeof(cpu->idle.name), "idle %u", cpu->number);
    cpus[cpu_count++] = cpu;
}

void cpu_init(void)
{
    arch_cpu_find();
    if (left_out > 0)
        log_warn("cpu: %u CPUs left out: no memory for them, or more than %d", left_out, CPUS_MAX);
    wait_for(start_all());
    for (unsigned i = 0; i < found_count; i++) {
        unsigned expected = CPU_STARTING;
        if (found[i] == NULL)
            continue;
        if (atomic_compare_exchange_strong(&started(found[i])->state, &expected, CPU_GIVEN_UP)) /* keeps its memory */
            log_warn("cpu: %#lx has been started, but does not arrive", found[i]->id);
        else
            number(found[i]);
    }
    for (unsigned i = 1; i < cpu_count; i++) {
        atomic_store(&started(cpus[i])->state, CPU_LET_GO);
        cpu_kick(cpus[i]);
    }
    log_info("cpu: %u of %u run", cpu_count, 1 + found_count + left_out);
}

void cpu_enter(struct cpu *cpu)
{
    unsigned expected = CPU_STARTING;
    arch_trap_init();
    arch_interrupt_init_cpu();
    if (!atomic_compare_exchange_strong(&started(cpu)->state, &expected, CPU_ARRIVED))
        arch_halt();
    while (atomic_load(&started(cpu)->state) != CPU_LET_GO)
        arch_interrupts_wait(); /* leaves an emulator's host to those that come later */
    arch_tlb_flush();           /* from here on it is asked when mappings change; what did before it may remember */
    if (CONFIG_THREAD)
        thread_idle();
    for (;;)
        arch_interrupts_wait();
}
