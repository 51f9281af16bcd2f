/* SPDX-License-Identifier: 0BSD */
/*
 * Owns what a panic's report says of the other CPUs: where they were, or what they panicked about at the same time.
 */
#include "report.h"
#include <ossa/console.h>
#include <ossa/smp.h>

void report_other_cpus(void)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        const struct panic_record *record = cpu_stopped_record(cpus[i]);
        if (cpus[i] == cpu_this())
            continue;
        if (record == NULL) {
            console_report("  cpu %u  does not stop; it runs thread %s\n", i, cpus[i]->thread->name);
            continue;
        }
        console_report("  cpu %u  thread %s  %s\n", i, record->thread, record->reason);
        report_calls(record);
    }
}
