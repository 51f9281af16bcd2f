/* SPDX-License-Identifier: 0BSD */
/*
 * Where text goes: the port's early console from the first line of C, then the device the boot document names, if
 * there is a driver for it (kernel/device/). One lock keeps lines whole; panic takes it by force. A core lock.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes bytes as they are and waits until the device has taken them. */
typedef void (*console_writer)(const char *text, size_t length_bytes);

/* Starts with the early console, if this machine has one that the port knows. Called by
 * boot_start() before anything can be said. */
void console_init_early(void);

/* Writes to this device from here on. Returns the one before, or NULL. */
console_writer console_switch(console_writer device);

/* A format_output (format.h): writes bytes, a carriage return before each newline. The caller holds the console, or is
 * panicking. */
void console_output(void *unused, const char *text, size_t length_bytes);

/* Takes and releases the console; interrupts stay masked in between. Pass on what take returned. */
uint64_t console_take(void);
void console_release(uint64_t interrupt_state);

/* Whether this CPU holds the console. */
bool console_is_held(void);

/* From here on console_take() takes the console even if somebody holds it. For panic. */
void console_break_lock(void);

/* Formats to the console, whole: nothing else comes in between. Not kept in the log. lib/format's conversions. */
void console_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a panic, and for whoever holds the console: takes no lock. */
void console_report(const char *format, ...) __attribute__((format(printf, 1, 2)));
