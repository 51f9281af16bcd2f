/* SPDX-License-Identifier: 0BSD */
/*
 * What drivers ask of a devicetree, beyond fdt.h.
 */
#pragma once

#include <ossa/fdt.h>

/* The node whose phandle that is. */
bool fdt_find_phandle(const struct fdt *fdt, uint64_t phandle, struct fdt_node *node);

/* Which of `names` is the first, in the node's order, that it is compatible with; -ENOENT: none of the `count`. */
int fdt_match(const struct fdt_node *node, const char *const *names, unsigned count);
