/* SPDX-License-Identifier: 0BSD */
/*
 * The value that -fstack-protector-strong puts between a function's arrays and its return address: thread->stack_guard
 * (cpu.h), which must not change while a function runs that will return.
 */
#pragma once

#include <stdint.h>

/* A new value, from the firmware's seed and the CPU's entropy. */
uint64_t stack_guard_choose(void);
