/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the bytes that were typed and not read yet. Invariant: they are ring[n % CONSOLE_INPUT_BYTES] for n from
 * read_count up to added_count.
 */
#include <ossa/console_input.h>
#include <ossa/errno.h>
#include <ossa/guard.h>
#include <ossa/spinlock.h>
#include <ossa/wait_queue.h>

static unsigned char ring[CONSOLE_INPUT_BYTES];
static unsigned added_count, read_count;
static struct raw_spinlock lock;
static struct wait_queue typed;
unsigned long console_input_lost;

void console_input_add(unsigned char byte)
{
    GUARD(interrupts);
    raw_spinlock_take(&lock);
    if (added_count - read_count < CONSOLE_INPUT_BYTES)
        ring[added_count++ % CONSOLE_INPUT_BYTES] = byte;
    else
        console_input_lost++;
    raw_spinlock_release(&lock);
    if (CONFIG_THREAD)
        wait_queue_wake_all(&typed);
}

int console_input_read(void)
{
    GUARD(interrupts);
    raw_spinlock_take(&lock);
    int byte = read_count == added_count ? -ENOENT : ring[read_count++ % CONSOLE_INPUT_BYTES];
    raw_spinlock_release(&lock);
    return byte;
}

unsigned char console_input_wait(void)
{
    int byte = -1;
    if (CONFIG_THREAD) {
        WAIT_UNTIL(&typed, "console input", (byte = console_input_read()) >= 0);
    } else {
        GUARD(interrupts);
        while ((byte = console_input_read()) < 0)
            arch_interrupts_wait();
    }
    return (unsigned char)byte;
}
