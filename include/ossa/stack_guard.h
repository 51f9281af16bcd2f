/* SPDX-License-Identifier: 0BSD */
/*
 * The value that -fstack-protector-strong puts between a function's arrays and its return address.
 */
#pragma once

#include <stdint.h>

/* What GCC compares with. */
extern uint64_t __stack_chk_guard;
