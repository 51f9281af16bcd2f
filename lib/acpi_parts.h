/* SPDX-License-Identifier: 0BSD */
/*
 * What the files of lib/acpi share: acpi.c finds and checks tables, acpi_tables.c decodes them.
 */
#pragma once

#include <ossa/acpi.h>

/* A little-endian number of `count` bytes, of any alignment. */
static inline uint64_t acpi_number(const uint8_t *bytes, unsigned count)
{
    uint64_t number = 0;
    while (count-- > 0)
        number = number << 8 | bytes[count];
    return number;
}

/* Is it at least `least` and at most `most`? Sets acpi->fault if not. */
bool acpi_check(struct acpi *acpi, const char *what, uint64_t got, uint64_t least, uint64_t most);

/* Calls acpi->map, unless it was asked for the same last. NULL: acpi->fault is set. */
const uint8_t *acpi_map_bytes(struct acpi *acpi, uint64_t pa, size_t size_bytes);

/*
 * Copies the first table with this signature as far as there is room, and zeroes behind it. -EINVAL as well if it is
 * shorter than `least`, the length of its first revision.
 */
int acpi_copy_table(struct acpi *acpi, const char *signature, uint32_t least, uint8_t *copy, uint32_t size_bytes);
