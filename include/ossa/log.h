/* SPDX-License-Identifier: 0BSD */
/*
 * Messages with a level and a time. Each goes into a ring that keeps the last LOG_RING_BYTES of text from the first
 * message on (for panic, for a debugger: `x/s log_ring`), and to the console if its level is at most the log level.
 * A message is one line, written whole, without a newline at its end. Without kernel/log/ there is only the console.
 *
 * The time is that since entry: seconds, or ticks (`[1234t]`) until the rate of arch_ticks() is known.
 */
#pragma once

#include <ossa/console.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_RING_BYTES 16384

/* Any context but NMI. The arguments are lib/format's. */
#define log_error(...) LOG_MESSAGE(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  LOG_MESSAGE(LOG_WARN, __VA_ARGS__)
#define log_info(...)  LOG_MESSAGE(LOG_INFO, __VA_ARGS__)
#define log_debug(...) LOG_MESSAGE(LOG_DEBUG, __VA_ARGS__)

#define LOG_MESSAGE(level, format, ...)                                         \
    (CONFIG_LOG                  ? log_write(level, format "\n", ##__VA_ARGS__) \
     : level <= CONFIG_LOG_LEVEL ? console_printf(format "\n", ##__VA_ARGS__)   \
                                 : (void)0)

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads loglevel= (0 to 3 or a level's name) from the command line and takes over the rate of arch_ticks(). */
void log_init(const struct boot_info *info);

/* The rate of arch_ticks() is known now. */
void log_set_ticks_hz(uint64_t ticks_hz);

/* Writes the last whole lines of the ring that fit size_bytes to the console. The caller holds it, or panics. */
void log_write_last(size_t size_bytes);

/* Copies the same lines to a buffer of size_bytes, without a null at the end. Returns how many bytes. Not in a panic.
 */
size_t log_read_last(char *buffer, size_t size_bytes);
