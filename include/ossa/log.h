/* SPDX-License-Identifier: 0BSD */
/*
 * Messages with a level and a time. Each goes into a ring (log_ring.h), and to the console if its level is at most the
 * log level. A message is one line, written whole, without a newline at its end. Without kernel/log/ there is only the
 * console.
 *
 * The time is that since entry: seconds, or ticks (`[1234t]`) until the rate of arch_ticks() is known.
 */
#pragma once

#include <ossa/console.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

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
