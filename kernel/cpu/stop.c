/* SPDX-License-Identifier: 0BSD */
/*
 * Owns who reports when several CPUs panic, and what the others leave for that report. Takes no lock.
 * Invariant: `owner` is set once; every other CPU stops at the next chance and fills in its record before it says that
 * it stands still.
 */
#include "stop.h"
#include <ossa/clock.h>
#include <ossa/image.h>
#include <ossa/panic.h>
#include <ossa/smp.h>
#include <ossa/string.h>
#include <stdatomic.h>

#define STOP_NS (NS_PER_S / 4) /* of looking: an emulator's CPUs share the host's */

static struct stopped {
    atomic_bool still;
    struct panic_record record;
} stopped_here PER_CPU;

static _Atomic(struct cpu *) owner BOOT_DATA; /* whose panic is reported */

bool cpu_stop_wanted(void)
{
    struct cpu *cpu = atomic_load_explicit(&owner, memory_order_relaxed);
    return cpu != NULL && cpu != cpu_this();
}

static _Noreturn void stand_still(struct stopped *mine)
{
    atomic_store(&mine->still, true);
    arch_halt();
}

void cpu_stop_here(const struct arch_frame *frame)
{
    struct stopped *mine = MY_CPU(stopped_here);
    struct panic_record *record = &mine->record;
    arch_interrupts_save();
    if (frame != NULL)
        record->frame = *frame;
    else
        arch_frame_capture(&record->frame);
    panic_identify(record);
    strlcpy(record->reason, "was at", sizeof(record->reason));
    if (CONFIG_PANIC_UNWIND)
        panic_trace(record, frame != NULL);
    else if (CONFIG_PANIC_REPORT)
        report_guess_calls(record);
    stand_still(mine);
}

bool cpu_handle_nmi(const struct arch_frame *frame)
{
    if (!cpu_stop_wanted())
        return false;
    cpu_stop_here(frame);
}

static unsigned count_moving(void)
{
    unsigned moving = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        moving += cpus[i] != cpu_this() && !atomic_load(&ITS_CPU(cpus[i], stopped_here)->still);
    return moving;
}

void cpu_stop_others(const struct panic_record *record)
{
    struct cpu *before = NULL;
    if (!atomic_compare_exchange_strong(&owner, &before, cpu_this()) && before != cpu_this()) {
        if (record != NULL)
            MY_CPU(stopped_here)->record = *record;
        stand_still(MY_CPU(stopped_here));
    }
    if (cpu_count == 1) /* and perhaps no clock yet */
        return;
    for (unsigned i = 0; i < cpu_count; i++) {
        if (cpus[i] != cpu_this())
            cpu_ask_stop(cpus[i]);
    }
    struct clock_watch watch = {};
    while (count_moving() > 0 && clock_watch_ns(&watch) < STOP_NS)
        arch_cpu_relax();
}

const struct panic_record *cpu_stopped_record(const struct cpu *cpu)
{
    const struct stopped *its = ITS_CPU(cpu, stopped_here);
    return atomic_load(&its->still) ? &its->record : NULL;
}
