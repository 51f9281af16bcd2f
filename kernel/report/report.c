/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what a panic's report says beyond reason, place and registers: the calls and the last messages; and what follows
 * it. Like kernel/panic.c it takes no lock. Calls that nobody has found by tables yet are guessed here.
 */
#include "report.h"
#include <ossa/arch.h>
#include <ossa/console.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/log_ring.h>
#include <ossa/machine.h>
#include <ossa/option.h>
#include <ossa/panic.h>
#include <ossa/stack.h>
#include <ossa/symbols.h>

#define REPORT_LOG_BYTES 800

static enum { REPORT_POWEROFF, REPORT_HALT, REPORT_REBOOT } report_action BOOT_DATA;
static const char *const report_actions[] = {"poweroff", "halt", "reboot", NULL};

/* Without unwind tables the calls are the words on the stack that point behind a call: some may be left over. */
void report_guess_calls(struct panic_record *record)
{
    uint64_t sp = arch_frame_sp(&record->frame), low, high;
    record->calls[0] = arch_frame_pc(&record->frame);
    record->call_count = 1;
    record->calls_end = "guessed from the stack, some may be stale";
    if (!stack_find(sp, &low, &high))
        return;
    for (uint64_t va = sp < low ? low : (sp + 7) & -8; va < high && record->call_count < PANIC_CALLS_MAX; va += 8) {
        uint64_t word = *(const uint64_t *)va, last = record->calls[record->call_count - 1];
        bool in_text = word > (uintptr_t)text_start && word < (uintptr_t)text_end;
        if (in_text && word != last && arch_follows_call(word)) /* recursion shows once */
            record->calls[record->call_count++] = word;
    }
}

static void report_call(uint64_t va)
{
    struct symbol symbol;
    if (CONFIG_SYMBOLS && symbols_find_call(va, &symbol))
        console_report("    %016lx %s+0x%zx/0x%zx\n", va, symbol.name, symbol.offset_bytes, symbol.size_bytes);
    else
        console_report("    %016lx\n", va);
}

void report_calls(const struct panic_record *record)
{
    for (size_t i = 0; i < record->call_count; i++)
        report_call(record->calls[i]);
    console_report("    (%s)\n", record->calls_end);
}

void report_finish(struct panic_record *record)
{
    if (!CONFIG_PANIC_UNWIND)
        report_guess_calls(record);
    console_report("  calls, newest first\n");
    report_calls(record);
    if (CONFIG_CPU)
        report_other_cpus();
    if (CONFIG_LOG) {
        console_report("  last messages\n");
        log_write_last(REPORT_LOG_BYTES);
    }
    console_report("  then    %s\n", report_actions[report_action]);
    if (report_action == REPORT_REBOOT)
        machine_reboot();
    if (report_action == REPORT_HALT)
        arch_halt();
}

void report_init(const struct boot_info *info)
{
    report_action = option_read_word(info->command_line, "panic", report_actions, REPORT_POWEROFF);
}
