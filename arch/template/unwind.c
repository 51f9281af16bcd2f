/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder's two changes of context, in a port unwind.S: the catch boundary, and the way into a landing pad. Comes
 * last, with CONFIG_PANIC_UNWIND=n until then. Green with it: tests/kernel/unwind/.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

const char arch_unwind_catch_site[1];
const char arch_unwind_caught[1];

bool arch_unwind_catch(void (*function)(void *), void *argument)
{
    panic("arch_unwind_catch: not written yet");
}

void arch_unwind_enter(const struct unwind_registers *registers, uint64_t pc, void *object)
{
    panic("arch_unwind_enter: not written yet");
}
