/* SPDX-License-Identifier: 0BSD */
/*
 * What is typed at the console (kernel/device/): bytes that its driver takes from the device in an interrupt, the last
 * CONSOLE_INPUT_BYTES of them that nobody has read yet.
 */
#pragma once

#include <stdbool.h>

#define CONSOLE_INPUT_BYTES 256 /* a power of two */

/* The oldest byte that nobody has read yet, 0 to 255; -ENOENT: there is none. Any context. */
int console_input_read(void);

/* The same, but waits for one: a thread sleeps, without kernel/thread/ the CPU does. Not from interrupt handlers. */
unsigned char console_input_wait(void);

/* The driver's, in its interrupt handler. When there is no room the byte is lost, and counted. */
void console_input_add(unsigned char byte);
extern unsigned long console_input_lost;
