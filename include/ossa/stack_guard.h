/* SPDX-License-Identifier: 0BSD */
/*
 * The value that -fstack-protector-strong puts between a function's arrays and its return address.
 */
#pragma once

#include <stdint.h>

/* What GCC compares with. */
extern uint64_t __stack_chk_guard;

/* Chooses the guard from the firmware's seed and the CPU's entropy. From a function that never returns. */
void stack_guard_init(uint64_t seed);
