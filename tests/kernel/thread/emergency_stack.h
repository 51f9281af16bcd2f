/* SPDX-License-Identifier: 0BSD */
/*
 * For ports whose trap entry goes on at the CPU's emergency stack when it finds no room on the thread's own.
 */
#pragma once

#include <stdint.h>

/* Has sp there until *over is not 0, and stores nothing meanwhile: the port's, in assembly. */
typedef void wait_with_sp(uint64_t sp, const uint32_t *over);

/* An interrupt that is handled on the emergency stack does not change threads, for the stack is the next interrupt's
 * too. */
void check_emergency_stack_is_kept(wait_with_sp *wait);
