/* SPDX-License-Identifier: 0BSD */
/*
 * Which stack an address is in: for those who walk one that may be damaged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The bounds of the stack that sp is in, or has just run out of; false, and bounds of 0, if it is in none of the
 * image's, the running thread's or this CPU's. */
bool stack_find(uint64_t sp, uint64_t *low, uint64_t *high);

/* Whether va is in the guard below one of these. */
bool stack_is_guard(uint64_t va);
