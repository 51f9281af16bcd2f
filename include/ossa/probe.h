/* SPDX-License-Identifier: 0BSD */
/*
 * Memory whose address nobody vouches for: a device that may not be there, a pointer out of a damaged structure. An
 * access that faults is an error, not a panic. Byte by byte, so not for registers that want one access of their width.
 */
#pragma once

#include <ossa/arch.h>
#include <ossa/errno.h>

/* Copy from or to a suspicious address. Return 0, or -EFAULT at the first byte that cannot be accessed. Any context. */

static inline int probe_read(void *to, const volatile void *suspicious, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (!arch_probe_read((const volatile char *)suspicious + i, (uint8_t *)to + i))
            return -EFAULT;
    return 0;
}

static inline int probe_write(volatile void *suspicious, const void *from, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (!arch_probe_write((volatile char *)suspicious + i, ((const uint8_t *)from)[i]))
            return -EFAULT;
    return 0;
}
