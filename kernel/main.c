/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the order in which the kernel comes up: kernel_main() is that list, from the entry contract to init().
 */
#include <ossa/arch.h>
#include <ossa/init.h>
#include <ossa/log.h>
#include <ossa/machine.h>
#include <ossa/panic.h>

void kernel_main(const struct boot_info *info)
{
    if (CONFIG_STACK_PROTECTOR)
        stack_guard_init(); /* first: a function entered before and left after would find another guard */
    if (CONFIG_SYMBOLS)
        symbols_init(); /* names for addresses */
    if (CONFIG_DEVICE)
        device_init(info); /* the console that the boot document names */
    if (CONFIG_LOG)
        log_init(info); /* log level, time in seconds */
    if (CONFIG_PANIC_REPORT)
        report_init(info); /* what a panic ends in */
    if (CONFIG_PANIC_UNWIND)
        unwind_start(); /* the unwinder's tables are there and whole */
    boot_log(info);     /* banner, firmware, memory, command line */
    if (CONFIG_MEMORY)
        memory_init(info); /* pages, address space, heap */
    if (CONFIG_TIME)
        clock_init(info); /* time, as far as the firmware tells its rate */
    if (CONFIG_LOCK_DEBUG)
        lock_debug_init(info); /* how long a lock may be waited for */
    if (CONFIG_INTERRUPT)
        interrupt_init(); /* controller, timer, other clocks */
    if (CONFIG_DEVICE && CONFIG_INTERRUPT)
        device_listen(info); /* what is typed */
    if (CONFIG_THREAD)
        thread_init(); /* this becomes one of many threads */
    if (CONFIG_CPU)
        cpu_init(); /* the other CPUs */
    if (CONFIG_WATCHDOG)
        watchdog_init(info); /* who looks whether they go on */
    if (CONFIG_MEMORY)
        memory_seal(); /* what init() cannot change any more */
    log_info("ready, %lu ticks after entry", arch_ticks() - info->entry_ticks);

    if (CONFIG_INTERRUPT)
        arch_interrupts_restore(1); /* from here on they are taken */
    int status = init();            /* your kernel: kernel/init.c */
    ASSERT(status >= 0 && status <= MACHINE_INIT_MAX);
    machine_exit((unsigned)status);
}
