/* SPDX-License-Identifier: 0BSD */
/*
 * Owns who writes to the console: which device, and whose turn it is. What is written comes from the log, the test
 * runner and panic. Invariant: outside a panic nothing is written but by the holder of the lock.
 */
#include <ossa/arch.h>
#include <ossa/console.h>
#include <ossa/cpu.h>
#include <ossa/format.h>
#include <ossa/image.h>
#include <ossa/string.h>
#include <stdatomic.h>

static console_writer console_device BOOT_DATA; /* NULL: mute */
static atomic_uint console_lock BOOT_DATA;
static _Atomic(const struct cpu *) console_holder BOOT_DATA;
static bool console_lock_broken BOOT_DATA;

void console_init_early(void)
{
    if (arch_early_console_init())
        console_device = arch_early_console_write;
}

console_writer console_switch(console_writer device)
{
    console_writer before = console_device;
    console_device = device;
    return before;
}

void console_output(void *unused, const char *text, size_t length_bytes)
{
    (void)unused;
    if (console_device == NULL)
        return;
    const char *end = text + length_bytes, *newline;
    for (; (newline = memchr(text, '\n', end - text)) != NULL; text = newline + 1) {
        console_device(text, newline - text);
        console_device("\r\n", 2);
    }
    console_device(text, end - text);
}

uint64_t console_take(void)
{
    uint64_t state = arch_interrupts_save();
    while (atomic_exchange_explicit(&console_lock, 1, memory_order_acquire) != 0 && !console_lock_broken)
        cpu_wait();
    atomic_store_explicit(&console_holder, cpu_this(), memory_order_relaxed);
    return state;
}

void console_release(uint64_t interrupt_state)
{
    atomic_store_explicit(&console_holder, NULL, memory_order_relaxed);
    atomic_store_explicit(&console_lock, 0, memory_order_release);
    arch_interrupts_restore(interrupt_state);
}

bool console_is_held(void)
{
    return atomic_load_explicit(&console_holder, memory_order_relaxed) == cpu_this();
}

void console_break_lock(void)
{
    console_lock_broken = true;
}

void console_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    uint64_t state = console_take();
    format_vwrite(console_output, NULL, format, arguments);
    console_release(state);
    va_end(arguments);
}

void console_report(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_vwrite(console_output, NULL, format, arguments);
    va_end(arguments);
}
