/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the choice of the stack protector's guard values, one a thread, and what happens when one was overwritten. GCC
 * compiles the comparison into the functions (GCC manual, "Instrumentation Options"), with what the thread pointer
 * leads to, and names __stack_chk_fail().
 */
#include <ossa/cpu.h>
#include <ossa/init.h>
#include <ossa/panic.h>
#include <ossa/stack_guard.h>

_Noreturn void __stack_chk_fail(void);

uint64_t stack_guard_choose(void)
{
    /* The lowest byte stays 0: a string that runs over its end cannot write the guard back. */
    return (boot_info->seed ^ arch_entropy()) << 8;
}

void stack_guard_init(void)
{
    thread_this()->stack_guard = cpu_this()->stack_guard = stack_guard_choose();
}

void __stack_chk_fail(void)
{
    panic_final("stack smashed: the guard value was overwritten in the function that returns to %p",
                __builtin_return_address(0));
}
