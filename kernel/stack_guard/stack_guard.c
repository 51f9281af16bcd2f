/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the stack protector's guard value and what happens when it was overwritten. GCC compiles the comparison into the
 * functions (GCC manual, "Instrumentation Options") and names both symbols.
 */
#include <ossa/arch.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/panic.h>
#include <ossa/stack_guard.h>

uint64_t __stack_chk_guard BOOT_DATA = 0x2b7d00a3c59e6100;
_Noreturn void __stack_chk_fail(void);

void stack_guard_init(uint64_t seed)
{
    /* The lowest byte stays 0: a string that runs over its end cannot write the guard back. */
    __stack_chk_guard = (seed ^ arch_entropy()) << 8;
}

void __stack_chk_fail(void)
{
    panic_final("stack smashed: the guard value was overwritten in the function that returns to %p",
                __builtin_return_address(0));
}
