/* SPDX-License-Identifier: 0BSD */
/*
 * What fdt_index.c has for the other files of lib/fdt.
 */
#pragma once

#include <ossa/fdt.h>

/* fdt_find_property() of `compatible`, without a look at others where the node is in the index. */
const char *fdt_find_compatible(const struct fdt_node *node, uint32_t *size_bytes);
