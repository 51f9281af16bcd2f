/* SPDX-License-Identifier: 0BSD */
/*
 * What boot calls of optional parts, and what it hands over to at last: init(), the kernel's first function of
 * yours, in kernel/init.c. A test or bench kernel has one of its own in its place (kernel/test/, kernel/bench/).
 */
#pragma once

#include <ossa/boot.h>

/* Starts checking accesses, before any other C; and those of the image's variables, once .bss is zero. */
void kasan_init(uint64_t kernel_pa);
void kasan_init_globals(void);

/* Chooses the stack protector's guard for the boot thread. Only where nothing returns. */
void stack_guard_init(void);

/* Makes %pS (format.h) print names. Two CPUs that print at the same time may see a mixture of two names. */
void symbols_init(void);

/* Finds the console that /chosen names, for boot_info. Before that is complete. */
struct fdt_node;
void device_read_stdout(struct boot_console *console, const struct fdt_node *chosen);

/* Switches from the early console to the one boot_info names, if a driver takes it. */
void device_init(const struct boot_info *info);

/* Lets that console interrupt for what is typed (console_input.h). */
void device_listen(const struct boot_info *info);

/* Reads loglevel= (0 to 3 or a level's name) from the command line and takes over the rate of arch_ticks(). */
void log_init(const struct boot_info *info);

/* Reads panic= from the command line. */
void report_init(const struct boot_info *info);

/* Panics unless the unwinder's tables are there and whole. */
void unwind_start(void);

/*
 * From boot_info's map to a heap. Memory that cannot be reached (beyond the direct map or the CPU's physical addresses)
 * is left out with a warning. Reads `fail_alloc=N` and `init_on_alloc=1` from the command line (memory.h).
 */
void memory_init(const struct boot_info *info);

/* Makes RO_AFTER_INIT data read-only and asserts W^X over every mapping. */
void memory_seal(void);

/* Finds the interrupt controller, lets the boot CPU take its interrupts as soon as they are unmasked. */
void interrupt_init(void);

/* Starts time at the rate that the firmware tells, before interrupt_init(), which may find another clock for it. */
void clock_init(const struct boot_info *info);

/* Reads `lock_wait_s=` and `lock_held_ms=` from the command line and, with kernel/time/, begins to look at the time. */
void lock_debug_init(const struct boot_info *info);

/* Makes the boot thread one of many, and another the boot CPU's idle one. */
void thread_init(void);

/* Starts all CPUs that the firmware describes, together, and waits for them a bounded time; logs who did not come. */
void cpu_init(void);

/* Starts to watch CPUs and threads, as the command line wants it (watchdog.h). */
void watchdog_init(const struct boot_info *info);

/*
 * Entered when all that kernel/main.c lists is up: with kernel/interrupt/ interrupts are enabled, with kernel/cpu/ the
 * other CPUs run, with kernel/memory/ memory is mapped as docs/memory.md draws it. Returns the machine's status, 0
 * (success) to 99.
 */
int init(void);
