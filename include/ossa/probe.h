/* SPDX-License-Identifier: 0BSD */
/*
 * Memory whose address nobody vouches for: a device that may not be there, a pointer out of a damaged structure. An
 * access that faults is an error, not a panic. Byte by byte, so not for registers that want one access of their width.
 */
#pragma once

#include <stddef.h>

/* Copies from or to a suspicious address. Returns 0, or -EFAULT at the first byte that cannot be accessed. Any context. */
int probe_read(void *to, const volatile void *suspicious, size_t size_bytes);
int probe_write(volatile void *suspicious, const void *from, size_t size_bytes);
