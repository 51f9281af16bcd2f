/* SPDX-License-Identifier: 0BSD */
/*
 * What is too long, or too rarely asked, to be inline in <arch/cpu.h>; the linker drops what a kernel does not use.
 * Green with it: probe_*.
 */
#include <ossa/arch.h>
#include <ossa/panic.h>

bool arch_follows_call(uint64_t va)
{
    panic("arch_follows_call: not written yet");
}

bool arch_probe_read(const volatile void *va, uint8_t *value)
{
    panic("arch_probe_read: not written yet");
}

bool arch_probe_write(volatile void *va, uint8_t value)
{
    panic("arch_probe_write: not written yet");
}

uint64_t arch_entropy(void)
{
    panic("arch_entropy: not written yet");
}
