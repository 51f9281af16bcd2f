/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the report: one format for every cause and every architecture, and what follows it. Everything here works with
 * locks held, interrupts masked and memory corrupt: it takes no lock, and a fault in it ends in one short line.
 * Invariant: panic_depth counts the panics under way; only the first prints a report.
 */
#include <ossa/arch.h>
#include <ossa/cmdline.h>
#include <ossa/console.h>
#include <ossa/format.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/machine.h>
#include <ossa/panic.h>
#include <ossa/string.h>

#define PANIC_CALLS_MAX    24
#define PANIC_LOG_BYTES    800
#define REGISTERS_PER_LINE 4

unsigned panic_warn_count;

static unsigned panic_depth BOOT_DATA;
static enum { PANIC_POWEROFF, PANIC_HALT, PANIC_REBOOT } panic_action BOOT_DATA;
static const char *const panic_action_names[] = {"poweroff", "halt", "reboot"};

static void __attribute__((format(printf, 1, 2))) report(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_vwrite(console_output, NULL, format, arguments);
    va_end(arguments);
}

static void report_registers(const struct arch_frame *frame)
{
    for (unsigned i = 0; i < ARCH_REGISTER_COUNT; i++) {
        uint64_t value = *(const uint64_t *)((const char *)frame + arch_registers[i].offset);
        report("%s%-7s%016lx", i % REGISTERS_PER_LINE == 0 ? "\n    " : "  ", arch_registers[i].name, value);
    }
    report("\n");
}

/* The stack that sp is in, or has just run out of. */
static bool find_stack(uint64_t sp, const char **start, const char **end)
{
    const char *at = (const char *)sp;
    bool boot = at >= boot_stack_guard && at <= boot_stack_end;
    bool emergency = at >= emergency_stack_guard && at <= emergency_stack_end;
    *start = boot ? boot_stack_start : emergency_stack_start;
    *end = boot ? boot_stack_end : emergency_stack_end;
    return boot || emergency;
}

/* Without unwind tables the calls are those words on the stack that point behind a call: some may be left over. */
static void report_calls(const struct arch_frame *frame)
{
    const char *start, *end;
    report("  calls, newest first, some may be stale\n    %pS\n", (void *)arch_frame_pc(frame));
    if (!find_stack(arch_frame_sp(frame), &start, &end)) {
        report("    (sp is outside every stack)\n");
        return;
    }
    uint64_t sp = arch_frame_sp(frame);
    const uint64_t *word = (const uint64_t *)(sp < (uintptr_t)start ? (uintptr_t)start : (sp + 7) & -8);
    uint64_t last = 0;
    for (unsigned found = 0; word < (const uint64_t *)end && found < PANIC_CALLS_MAX; word++) {
        bool in_text = *word > (uintptr_t)text_start && *word < (uintptr_t)text_end;
        if (!in_text || *word == last || !arch_follows_call(*word)) /* recursion shows once */
            continue;
        report("    %pS\n", (void *)*word);
        last = *word;
        found++;
    }
}

static void report_trap(const struct trap *trap, const struct arch_frame *frame)
{
    const char *words = trap_describe(trap, frame);
    report("%s%s%s", words == NULL ? "" : words, words == NULL ? "" : ": ", trap->name);
    if (trap->has_va)
        report(" at %#018lx", trap->va);
    report(" (code %#lx)\n", trap->code);
}

static void report_place(const struct panic_place *place)
{
    report("  at      %s:%u, in %s\n", place->file, place->line, place->function);
}

static void report_context(void)
{
    report("  cpu     %lu, %lu ticks after entry\n", boot_entry.cpu_id, arch_ticks() - boot_entry.ticks);
    report("  kernel  " OSSA_NAME " " OSSA_VERSION " " ARCH_NAME ", build %*ph\n", 20, build_id_note + 16);
}

/* Ends a panic inside a panic: each step does less than the one that failed. */
static void refuse_nested(const char *what, const char *where, uint64_t number)
{
    switch (panic_depth++) {
    case 0:
        console_break_lock();
        return;
    case 1:
        report("\npanic: again while reporting: %s, %s%#lx\n", what, where, number);
        machine_exit(MACHINE_NESTED);
    case 2:
        machine_exit(MACHINE_NESTED);
    default:
        arch_halt();
    }
}

static _Noreturn void finish(const struct arch_frame *frame)
{
    report_context();
    report("  registers");
    report_registers(frame);
    report_calls(frame);
    if (CONFIG_LOG) {
        report("  last messages\n");
        log_write_last(PANIC_LOG_BYTES);
    }
    report("  then    %s\n", panic_action_names[panic_action]);
    if (panic_action == PANIC_REBOOT)
        machine_reboot();
    if (panic_action == PANIC_HALT)
        arch_halt();
    machine_exit(MACHINE_PANIC);
}

void panic_at(const struct panic_place *place, const char *format, ...)
{
    static struct arch_frame frame;
    va_list arguments;
    arch_interrupts_save();
    refuse_nested(place->function, "line ", place->line);
    arch_frame_capture(&frame);
    report("\npanic: ");
    va_start(arguments, format);
    format_vwrite(console_output, NULL, format, arguments);
    va_end(arguments);
    report("\n");
    report_place(place);
    finish(&frame);
}

void panic_trap(struct arch_frame *frame, const struct trap *trap)
{
    refuse_nested(trap->name, "pc ", arch_frame_pc(frame));
    report("\npanic: ");
    report_trap(trap, frame);
    finish(frame);
}

void panic_report_frame(const struct arch_frame *frame, const struct trap *trap)
{
    report("\nstopped: ");
    report_trap(trap, frame);
    report("  registers");
    report_registers(frame);
}

void panic_warn(const struct panic_place *place, const char *condition)
{
    panic_warn_count++;
    log_warn("%s, at %s:%u, in %s", condition, place->file, place->line, place->function);
}

void panic_init(const struct boot_info *info)
{
    char value[16];
    if (cmdline_find(info->command_line, "panic", value, sizeof(value)) < 0)
        return;
    for (unsigned i = 0; i < sizeof(panic_action_names) / sizeof(panic_action_names[0]); i++) {
        if (strcmp(value, panic_action_names[i]) == 0) {
            panic_action = i;
            return;
        }
    }
    log_warn("panic=%s: want poweroff, halt or reboot", value);
}
