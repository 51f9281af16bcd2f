/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the boot CPU and the boot thread. Both are there before .bss is cleared, for entry.S lets the thread pointer
 * lead to them.
 */
#include <ossa/cpu.h>
#include <ossa/image.h>

#define GUARD_AT_ENTRY 0x2b7d00a3c59e6100 /* until kernel/stack_guard/ has chosen one */

#define AT(structure, field, offset) (offsetof(struct structure, field) == (offset))
_Static_assert(AT(thread, stack_guard, THREAD_STACK_GUARD) && AT(thread, cpu, THREAD_CPU) &&
                   AT(thread, sp, THREAD_SP) && AT(cpu, thread, CPU_THREAD) && AT(cpu, stack_guard, CPU_STACK_GUARD) &&
                   AT(cpu, trap_stack_ends, CPU_EMERGENCY_SP),
               "assembly and the compiler's options agree with cpu.h");

struct thread boot_thread BOOT_DATA = {
    .stack_guard = GUARD_AT_ENTRY,
    .cpu = &boot_cpu,
    .name = "boot",
    .stack_va = (uintptr_t)boot_stack_start,
};

struct cpu boot_cpu BOOT_DATA = {
    .thread = &boot_thread,
    .stack_guard = GUARD_AT_ENTRY,
    .trap_stack_ends = {(uintptr_t)emergency_stack_end},
};
