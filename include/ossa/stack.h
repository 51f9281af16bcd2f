/* SPDX-License-Identifier: 0BSD */
/*
 * Which stack an address is in: for those who walk one that may be damaged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The bounds of the stack that sp is in, or has just run out of; false if it is in none that is known. */
bool stack_find(uint64_t sp, uint64_t *low, uint64_t *high);
