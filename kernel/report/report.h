/* SPDX-License-Identifier: 0BSD */
/*
 * The parts of a panic's report.
 */
#pragma once

#include <ossa/panic.h>

/* The calls of a record, a line each, and why there are no more. */
void report_calls(const struct panic_record *record);

/* Where the other CPUs were. cpu.c: only with kernel/cpu/. */
void report_other_cpus(void);
