/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the record of a panic and its report, one format for every cause and every architecture.
 * Everything here works with locks held, interrupts masked and memory corrupt: it takes no lock, and a fault in it ends
 * in one short line. Invariant: a CPU's panic_depth counts the panics it is recording or reporting; only the first gets
 * that far. One panic alone is reported; a CPU that panics later stops.
 */
#include <ossa/arch.h>
#include <ossa/console.h>
#include <ossa/cpu.h>
#include <ossa/format.h>
#include <ossa/image.h>
#include <ossa/machine.h>
#include <ossa/panic.h>
#include <ossa/string.h>

#define REGISTERS_PER_LINE 4

static void report_registers(const struct arch_frame *frame)
{
    console_report("  registers");
    for (unsigned i = 0; i < ARCH_REGISTER_COUNT; i++) {
        uint64_t value = *(const uint64_t *)((const char *)frame + arch_registers[i].offset);
        console_report("%s%-7s%016lx", i % REGISTERS_PER_LINE == 0 ? "\n    " : "  ", arch_registers[i].name, value);
    }
    console_report("\n");
}

static void report_record(const struct panic_record *record, const char *objection)
{
    console_report("\npanic: %s\n", record->reason);
    if (record->place != NULL)
        console_report("  at      %s:%u, in %s\n", record->place->file, record->place->line, record->place->function);
    if (objection != NULL)
        console_report("  fatal   %s\n", objection);
    console_report("  cpu     %u, thread %s, %lu ticks after entry\n", record->cpu, record->thread,
                   record->ticks - boot_entry.ticks);
    console_report("  kernel  " OSSA_NAME " " OSSA_VERSION " " ARCH_NAME ", build %*phN\n", 20, build_id_note + 16);
    report_registers(&record->frame);
}

/* A panic while another is recorded or reported: each step does less than the one that failed. */
struct panic_record *panic_begin(const char *what, uint64_t pc)
{
    static struct panic_record latest PER_CPU;
    unsigned depth = ++cpu_this()->panic_depth;
    if (depth == 1)
        return MY_CPU(latest);
    console_break_lock();
    if (depth == 2)
        console_report("\npanic: again while reporting: %s, pc %#lx\n", what, pc);
    if (depth <= 3)
        machine_exit(MACHINE_NESTED);
    arch_halt();
}

void panic_identify(struct panic_record *record)
{
    record->cpu = cpu_this()->number;
    record->ticks = arch_ticks();
    strlcpy(record->thread, thread_this()->name, sizeof(record->thread));
}

void panic_finish(struct panic_record *record, uint64_t interrupts)
{
    const char *objection = NULL;
    panic_identify(record);
    if (CONFIG_PANIC_UNWIND)
        objection = panic_unwind(record, interrupts);
    if (CONFIG_CPU)
        cpu_stop_others(record);
    console_break_lock();
    report_record(record, objection);
    if (CONFIG_PANIC_REPORT)
        report_finish(record);
    machine_exit(MACHINE_PANIC);
}

void panic_at(const struct panic_place *place, const char *format, ...)
{
    va_list arguments;
    uint64_t interrupts = arch_interrupts_save();
    struct panic_record *record = panic_begin(place->function, (uintptr_t)__builtin_return_address(0));
    arch_frame_capture(&record->frame);
    record->place = place;
    va_start(arguments, format);
    vsnprintf(record->reason, sizeof(record->reason), format, arguments);
    va_end(arguments);
    panic_finish(record, interrupts);
}

static void describe_trap(char text[PANIC_REASON_BYTES], const struct trap *trap, const struct arch_frame *frame)
{
    const char *words = trap_describe(trap, frame);
    size_t length =
        snprintf(text, PANIC_REASON_BYTES, "%s%s%s", words == NULL ? "" : words, words == NULL ? "" : ": ", trap->name);
    if (trap->has_va)
        length += snprintf(text + length, PANIC_REASON_BYTES - length, " at 0x%016lx", trap->va);
    snprintf(text + length, PANIC_REASON_BYTES - length, " (code %#lx)", trap->code);
}

void panic_trap(struct arch_frame *frame, const struct trap *trap)
{
    struct panic_record *record = panic_begin(trap->name, arch_frame_pc(frame));
    record->frame = *frame;
    record->place = NULL;
    record->trap = *trap;
    describe_trap(record->reason, trap, frame);
    panic_finish(record, arch_frame_interrupts(frame));
}

void panic_report_frame(const struct arch_frame *frame, const struct trap *trap)
{
    char text[PANIC_REASON_BYTES];
    describe_trap(text, trap, frame);
    console_report("\nstopped: %s\n", text);
    report_registers(frame);
}
