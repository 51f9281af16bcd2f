/* SPDX-License-Identifier: 0BSD */
/*
 * Reader of flattened devicetrees (Devicetree Specification v0.4, chapters 2, 3 and 5). fdt_open() checks the header
 * and walks over the tree once, so that nothing outside the blob is ever read and a tree that is broken ends there.
 * Nothing is allocated or copied: nodes, strings and values point into the blob, which must stay mapped, unchanged and
 * aligned to 8 bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FDT_HEADER_BYTES 40 /* section 5.2 */

/* Where a node is. */
struct fdt_entry {
    uint32_t token, properties; /* cells where it begins, and they */
    uint16_t parent, depth;     /* the number of the node it lies in */
};

/* An open blob. */
struct fdt {
    uint32_t size_bytes; /* how much memory it takes */
    struct fdt_fault {
        const char *what;   /* "fdt version"; NULL: nothing */
        uint64_t got, want; /* the nearest that would have done */
    } fault;
    const uint32_t *cells, *reservations, *end; /* the blob, and places in it: from `end` on nothing was entered */
    bool is_whole;                              /* so the root ends there */
    const char *strings;
    uint32_t strings_bytes, node_count;
    struct fdt_entry *index; /* the nodes, in the blob's order */
};

/* A node. Copy it to keep it; every copy can be walked on from. */
struct fdt_node {
    const struct fdt *fdt;
    const char *name;       /* with its unit address; "": the root */
    uint32_t number, depth; /* 0: the root */
};

/* The size in the header at `blob`, of which FDT_HEADER_BYTES are readable; 0, and fdt->fault set, if it is none. */
uint32_t fdt_read_size(struct fdt *fdt, const void *blob);

/*
 * Opens the blob, all of which is readable, and keeps the index of its nodes in index[]. 0, or -EINVAL and fdt->fault
 * set. What is malformed, or more than the index (of at most 65,536) holds, is no error: the tree ends there, and is
 * not whole.
 */
int fdt_open(struct fdt *fdt, const void *blob, struct fdt_entry *index, uint32_t index_size);

/* Entry `index` of the memory reservations, asked for from 0 up to -ENOENT. 0, or -EINVAL past the blob's end. */
int fdt_read_reservation(const struct fdt *fdt, uint32_t index, uint64_t *pa, uint64_t *size_bytes);

/* The node at `path`, which ends at its null or a ':'. "": the root; "/soc/serial": the first, whatever its @. */
bool fdt_find(const struct fdt *fdt, const char *path, struct fdt_node *node);

/* Goes on to the node that follows in the blob, children first, or to the one it lies in. False, and the node stays as
 * it was, if there is none. */
bool fdt_next_node(struct fdt_node *node);
bool fdt_parent_node(struct fdt_node *node);

/* The node that the stdout-path of /chosen names, by path or alias (sections 3.3 and 3.6). */
bool fdt_find_stdout(const struct fdt_node *chosen, struct fdt_node *node);

/* Is a node's own name this one, its unit address aside unless `name` has one? */
bool fdt_is_named(const char *own, const char *name);
bool fdt_is_compatible(const struct fdt_node *node, const char *compatible);

/* A property's value, aligned to 4 bytes, or NULL; its first string, or NULL; its number of one or two cells, or
 * -ENOENT, or -EINVAL for another length. */
const void *fdt_find_property(const struct fdt_node *node, const char *name, uint32_t *size_bytes);
const char *fdt_find_string(const struct fdt_node *node, const char *name);
int fdt_read_number(const struct fdt_node *node, const char *name, uint64_t *number);

/* Range `index` of `reg`, as the CPU sees it (sections 2.3.6 and 2.3.8). 0; -ENOENT past the last; -EINVAL if malformed
 * or of more than two cells; -ERANGE if it wraps, or a bus above does not pass all of it on. */
int fdt_read_reg_pa(const struct fdt_node *node, uint32_t index, uint64_t *pa, uint64_t *size_bytes);
