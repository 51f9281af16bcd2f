/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the ring of the last messages and the log level. The console's lock, held for a whole message, orders both
 * console and ring. A message streams: no buffer bounds its length, and its first byte is out at once.
 * Invariant: log_ring[n % LOG_RING_BYTES] is the n-th byte ever logged, for the last LOG_RING_BYTES n below log_bytes.
 */
#include <ossa/arch.h>
#include <ossa/format.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/log.h>
#include <ossa/log_ring.h>
#include <ossa/option.h>
#include <ossa/string.h>

static char log_ring[LOG_RING_BYTES] NOINIT;
static size_t log_bytes BOOT_DATA;
static uint64_t log_ticks_hz BOOT_DATA;
static enum log_level log_console_level BOOT_DATA = CONFIG_LOG_LEVEL;

#define LOG_LEVELS (LOG_DEBUG + 1)
static const char *const log_level_words[] = {"error", "warn", "info", "debug", "0", "1", "2", "3", NULL};

static void log_keep(void *unused, const char *text, size_t length)
{
    (void)unused;
    for (size_t i = 0; i < length; i++) /* runs are short */
        log_ring[log_bytes++ % LOG_RING_BYTES] = text[i];
}

static void log_keep_and_show(void *unused, const char *text, size_t length)
{
    console_output(unused, text, length);
    log_keep(unused, text, length);
}

static void log_write_time(format_output output)
{
    uint64_t ticks = arch_ticks() - boot_entry.ticks;
    if (log_ticks_hz == 0) {
        format_write(output, NULL, "[%11lut] ", ticks);
        return;
    }
    unsigned long microseconds = ticks % log_ticks_hz * 1000000 / log_ticks_hz;
    format_write(output, NULL, "[%5lu.%06lu] ", ticks / log_ticks_hz, microseconds);
}

/* The format ends with a newline. */
void log_write(enum log_level level, const char *format, ...)
{
    format_output output = level <= log_console_level ? log_keep_and_show : log_keep;
    va_list arguments;
    va_start(arguments, format);
    uint64_t state = console_take();
    log_write_time(output);
    if (level < LOG_INFO)
        format_write(output, NULL, "%s: ", log_level_words[level]);
    format_vwrite(output, NULL, format, arguments);
    console_release(state);
    va_end(arguments);
}

/* Passes on the last whole lines that fit size_bytes. */
static void log_pass_last(size_t size_bytes, format_output output, void *context)
{
    size_t kept = log_bytes < LOG_RING_BYTES ? log_bytes : LOG_RING_BYTES - 1; /* one back tells where a line starts */
    size_t at = log_bytes - (size_bytes < kept ? size_bytes : kept);
    if (at != 0) /* in the middle of a line, as likely as not: start with the next one */
        while (at < log_bytes && log_ring[(at - 1) % LOG_RING_BYTES] != '\n')
            at++;
    while (at < log_bytes) {
        size_t start = at % LOG_RING_BYTES;
        size_t run = LOG_RING_BYTES - start < log_bytes - at ? LOG_RING_BYTES - start : log_bytes - at;
        output(context, log_ring + start, run);
        at += run;
    }
}

void log_write_last(size_t size_bytes)
{
    log_pass_last(size_bytes, console_output, NULL);
}

static void log_append(void *context, const char *text, size_t length)
{
    char **end = context;
    memcpy(*end, text, length);
    *end += length;
}

size_t log_read_last(char *buffer, size_t size_bytes)
{
    char *end = buffer;
    uint64_t state = console_take();
    log_pass_last(size_bytes, log_append, &end);
    console_release(state);
    return end - buffer;
}

void log_set_ticks_hz(uint64_t ticks_hz)
{
    log_ticks_hz = ticks_hz;
}

void log_init(const struct boot_info *info)
{
    log_ticks_hz = info->ticks_hz;
    log_console_level =
        option_read_word(info->command_line, "loglevel", log_level_words, log_console_level) % LOG_LEVELS;
}
