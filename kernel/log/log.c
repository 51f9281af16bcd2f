/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the ring of the last messages and the log level. The console's lock, held for a whole message, orders both
 * console and ring. A message streams into the ring, so no buffer bounds its length. The first byte of all goes ahead.
 * Invariant: log_ring[n % LOG_RING_BYTES] is the n-th byte ever logged, for the last LOG_RING_BYTES n below log_bytes.
 */
#include <ossa/arch.h>
#include <ossa/format.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/option.h>
#include <ossa/string.h>

static char log_ring[LOG_RING_BYTES] NOINIT;
static size_t log_bytes BOOT_DATA;
static uint64_t log_ticks_hz BOOT_DATA;
static size_t log_shown BOOT_DATA; /* of log_bytes, once a message is whole; SIZE_MAX while one is not to be shown */
static enum log_level log_console_level BOOT_DATA = CONFIG_LOG_LEVEL;

#define LOG_LEVELS (LOG_DEBUG + 1)
static const char *const log_level_words[] = {"error", "warn", "info", "debug", "0", "1", "2", "3", NULL};

/* Passes on what was logged from the at-th byte on. */
static void log_pass(size_t at, format_output output, void *context)
{
    while (at < log_bytes) {
        size_t start = at % LOG_RING_BYTES;
        size_t run = LOG_RING_BYTES - start < log_bytes - at ? LOG_RING_BYTES - start : log_bytes - at;
        output(context, log_ring + start, run);
        at += run;
    }
}

/* Shows what the console does not have yet of the message that is being written. */
static void log_show(void)
{
    if (log_shown == SIZE_MAX)
        return;
    log_pass(log_shown, console_output, NULL);
    log_shown = log_bytes;
}

/* What wraps is shown before, so that the ring never loses what has not been. */
static void log_keep(void *unused, const char *text, size_t length)
{
    size_t start = log_bytes % LOG_RING_BYTES, room = LOG_RING_BYTES - start;
    for (; length > room; start = 0, room = LOG_RING_BYTES) {
        memcpy(log_ring + start, text, room);
        log_bytes += room;
        text += room;
        length -= room;
        log_show();
    }
    (void)unused;
    memcpy(log_ring + start, text, length);
    log_bytes += length;
}

/* Digits, at least `count` of them or fillers, that end at `end`; returns where they start. */
static char *log_put_number(char *end, uint64_t value, unsigned count, char filler)
{
    char *start = end;
    do
        *--start = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (end - start < count)
        *--start = filler;
    return start;
}

/* Each message has one, so it is not for lib/format. The first message's first byte goes ahead: it is the machine's. */
static void log_write_time(void)
{
    uint64_t ticks = arch_ticks() - boot_entry.ticks, hz = log_ticks_hz;
    char text[48], *end = text + sizeof(text) - 2, *start = end;
    bool first = log_bytes == 0;
    if (first) {
        log_keep(NULL, "[", 1);
        log_show();
    }
    end[0] = ']';
    end[1] = ' ';
    if (hz == 0) {
        *--start = 't';
        start = log_put_number(start, ticks, 11, ' ');
    } else {
        start = log_put_number(start, ticks % hz * 1000000 / hz, 6, '0');
        *--start = '.';
        start = log_put_number(start, ticks / hz, 5, ' ');
    }
    start[-1] = '[';
    start -= !first;
    log_keep(NULL, start, end + 2 - start);
}

/* The format ends with a newline. */
void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    uint64_t state = console_take();
    log_shown = level <= log_console_level ? log_bytes : SIZE_MAX;
    log_write_time();
    if (level < LOG_INFO)
        format_write(log_keep, NULL, "%s: ", log_level_words[level]);
    format_vwrite(log_keep, NULL, format, arguments);
    log_show();
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
    log_pass(at, output, context);
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
