/* SPDX-License-Identifier: 0BSD */
/*
 * Owns nothing: the port's one-byte accesses, which the exception table guards, as copies.
 */
#include <ossa/arch.h>
#include <ossa/errno.h>
#include <ossa/probe.h>

int probe_read(void *to, const volatile void *suspicious, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (!arch_probe_read((const volatile char *)suspicious + i, (uint8_t *)to + i))
            return -EFAULT;
    return 0;
}

int probe_write(volatile void *suspicious, const void *from, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (!arch_probe_write((volatile char *)suspicious + i, ((const uint8_t *)from)[i]))
            return -EFAULT;
    return 0;
}
