/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the record of a panic, its report, one format for every cause and every architecture, and the final action.
 * Everything here works with locks held, interrupts masked and memory corrupt: it takes no lock, and a fault in it ends
 * in one short line. Invariant: panic_depth counts the panics being recorded or reported; only the first gets that far.
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
#include <ossa/symbols.h>

#define PANIC_LOG_BYTES    800
#define REGISTERS_PER_LINE 4

unsigned panic_warn_count;

static unsigned panic_depth BOOT_DATA;
static enum { PANIC_POWEROFF, PANIC_HALT, PANIC_REBOOT } panic_action BOOT_DATA;
static const char *const panic_action_names[] = {"poweroff", "halt", "reboot"};
static struct panic_record panic_latest;

static void __attribute__((format(printf, 1, 2))) report(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_vwrite(console_output, NULL, format, arguments);
    va_end(arguments);
}

bool panic_find_stack(uint64_t sp, uint64_t *low, uint64_t *high)
{
    bool boot = sp >= (uintptr_t)boot_stack_guard && sp <= (uintptr_t)boot_stack_end;
    bool emergency = sp >= (uintptr_t)emergency_stack_guard && sp <= (uintptr_t)emergency_stack_end;
    *low = (uintptr_t)(boot ? boot_stack_start : emergency_stack_start);
    *high = (uintptr_t)(boot ? boot_stack_end : emergency_stack_end);
    return boot || emergency;
}

/* Without unwind tables the calls are the words on the stack that point behind a call: some may be left over. */
static void guess_calls(struct panic_record *record)
{
    uint64_t sp = arch_frame_sp(&record->frame), low, high;
    record->calls[0] = arch_frame_pc(&record->frame);
    record->call_count = 1;
    record->calls_end = "guessed from the stack, some may be stale";
    if (!panic_find_stack(sp, &low, &high))
        return;
    for (uint64_t va = sp < low ? low : (sp + 7) & -8; va < high && record->call_count < PANIC_CALLS_MAX; va += 8) {
        uint64_t word = *(const uint64_t *)va, last = record->calls[record->call_count - 1];
        bool in_text = word > (uintptr_t)text_start && word < (uintptr_t)text_end;
        if (in_text && word != last && arch_follows_call(word)) /* recursion shows once */
            record->calls[record->call_count++] = word;
    }
}

static void report_registers(const struct arch_frame *frame)
{
    report("  registers");
    for (unsigned i = 0; i < ARCH_REGISTER_COUNT; i++) {
        uint64_t value = *(const uint64_t *)((const char *)frame + arch_registers[i].offset);
        report("%s%-7s%016lx", i % REGISTERS_PER_LINE == 0 ? "\n    " : "  ", arch_registers[i].name, value);
    }
    report("\n");
}

static void report_call(uint64_t va)
{
    struct symbol symbol;
    if (CONFIG_SYMBOLS && symbols_find_call(va, &symbol))
        report("    %016lx %s+0x%zx/0x%zx\n", va, symbol.name, symbol.offset_bytes, symbol.size_bytes);
    else
        report("    %016lx\n", va);
}

static void report_calls(const struct panic_record *record)
{
    report("  calls, newest first\n");
    for (size_t i = 0; i < record->call_count; i++)
        report_call(record->calls[i]);
    report("    (%s)\n", record->calls_end);
}

static void report_record(const struct panic_record *record, const char *objection)
{
    report("\npanic: %s\n", record->reason);
    if (record->place != NULL)
        report("  at      %s:%u, in %s\n", record->place->file, record->place->line, record->place->function);
    if (objection != NULL)
        report("  fatal   %s\n", objection);
    report("  cpu     %lu, %lu ticks after entry\n", record->cpu_id, record->ticks - boot_entry.ticks);
    report("  kernel  " OSSA_NAME " " OSSA_VERSION " " ARCH_NAME ", build %*phN\n", 20, build_id_note + 16);
    report_registers(&record->frame);
    report_calls(record);
    if (CONFIG_LOG) {
        report("  last messages\n");
        log_write_last(PANIC_LOG_BYTES);
    }
    report("  then    %s\n", panic_action_names[panic_action]);
}

/* A panic while another is recorded or reported: each step does less than the one that failed. */
static void refuse_nested(const char *what, uint64_t pc)
{
    panic_depth++;
    if (panic_depth == 1)
        return;
    console_break_lock();
    if (panic_depth == 2)
        report("\npanic: again while reporting: %s, pc %#lx\n", what, pc);
    if (panic_depth <= 3)
        machine_exit(MACHINE_NESTED);
    arch_halt();
}

/* The record stands but for its calls. */
static _Noreturn void panic_finish(struct panic_record *record, uint64_t interrupts)
{
    const char *objection = NULL;
    record->cpu_id = boot_entry.cpu_id;
    record->ticks = arch_ticks();
    if (CONFIG_PANIC_UNWIND)
        objection = panic_unwind(record, interrupts);
    else
        guess_calls(record);
    console_break_lock();
    report_record(record, objection);
    if (panic_action == PANIC_REBOOT)
        machine_reboot();
    if (panic_action == PANIC_HALT)
        arch_halt();
    machine_exit(MACHINE_PANIC);
}

void panic_leave(uint64_t interrupts)
{
    panic_depth--;
    arch_interrupts_restore(interrupts);
}

void panic_at(const struct panic_place *place, const char *format, ...)
{
    va_list arguments;
    uint64_t interrupts = arch_interrupts_save();
    refuse_nested(place->function, (uintptr_t)__builtin_return_address(0));
    arch_frame_capture(&panic_latest.frame);
    panic_latest.place = place;
    va_start(arguments, format);
    vsnprintf(panic_latest.reason, sizeof(panic_latest.reason), format, arguments);
    va_end(arguments);
    panic_finish(&panic_latest, interrupts);
}

void panic_again(const struct panic_record *record)
{
    uint64_t interrupts = arch_interrupts_save();
    refuse_nested("panic_again", (uintptr_t)__builtin_return_address(0));
    panic_latest = *record;
    arch_frame_capture(&panic_latest.frame); /* the stack that is left to unwind is this one */
    panic_finish(&panic_latest, interrupts);
}

static size_t describe_trap(char *text, size_t size, const struct trap *trap, const struct arch_frame *frame)
{
    const char *words = trap_describe(trap, frame);
    int length = snprintf(text, size, "%s%s%s", words == NULL ? "" : words, words == NULL ? "" : ": ", trap->name);
    if (trap->has_va)
        length += snprintf(text + length, size - length, " at 0x%016lx", trap->va);
    return length + snprintf(text + length, size - length, " (code %#lx)", trap->code);
}

void panic_trap(struct arch_frame *frame, const struct trap *trap)
{
    refuse_nested(trap->name, arch_frame_pc(frame));
    panic_latest.frame = *frame;
    panic_latest.place = NULL;
    panic_latest.trap = *trap;
    describe_trap(panic_latest.reason, sizeof(panic_latest.reason), trap, frame);
    panic_finish(&panic_latest, arch_frame_interrupts(frame));
}

void panic_report_frame(const struct arch_frame *frame, const struct trap *trap)
{
    char text[PANIC_REASON_BYTES];
    describe_trap(text, sizeof(text), trap, frame);
    report("\nstopped: %s\n", text);
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
