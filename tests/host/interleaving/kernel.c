/* SPDX-License-Identifier: 0BSD */
/*
 * The rest of the kernel, as far as the files under test call it. What fails there fails the schedule.
 */
#include "../../../kernel/cpu/stop.h"
#include "explore.h"
#include <ossa/heap.h>
#include <ossa/log.h>
#include <ossa/string.h>
#include <stdarg.h>
#include <stdio.h>

void panic_at(const struct panic_place *place, const char *format, ...)
{
    char words[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    explore_fail("panic: %s at %s:%u", words, place->file, place->line);
}

void log_write(enum log_level level, const char *format, ...)
{
    (void)level, (void)format;
}

bool cpu_stop_wanted(void)
{
    return false;
}

void cpu_stop_here(const struct arch_frame *frame)
{
    (void)frame;
    explore_fail("cpu_stop_here()");
}

size_t strlcpy(char *to, const char *from, size_t size)
{
    return (size_t)snprintf(to, size, "%s", from);
}

void *heap_alloc_any(size_t size)
{
    explore_fail("heap_alloc(%zu): there are no thread-local variables", size);
}
