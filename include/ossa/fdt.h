/* SPDX-License-Identifier: 0BSD */
/*
 * Reader of flattened devicetrees (Devicetree Specification v0.4, chapters 2, 3 and 5). fdt_open() checks the header;
 * the rest is checked step by step as it is walked over, so that nothing outside the blob is ever read and a tree that
 * is broken ends there. Nothing is allocated or copied: nodes, strings and values point into the blob, which must stay
 * mapped, unchanged and aligned to 8 bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FDT_HEADER_BYTES 40         /* section 5.2 */
#define FDT_DEPTH_MAX    32         /* nested nodes, the root included; walks end at a deeper one */
#define FDT_DEPTH_END    UINT32_MAX /* `depth` behind the last node */

/* An open blob. */
struct fdt {
    uint32_t size_bytes; /* how much memory it takes */
    struct fdt_fault {
        const char *what;   /* "fdt version"; NULL: nothing */
        uint64_t got, want; /* the nearest that would have done */
    } fault;
    const uint32_t *cells, *reservations, *root, *end; /* the blob, and places in it: its last cell is at `end` */
    const char *strings;
    uint32_t strings_bytes;
};

/* A node and those it lies in. Copy it to keep it; every copy can be walked on from. */
struct fdt_node {
    const struct fdt *fdt;
    const char *name;                  /* with its unit address; "": the root */
    uint32_t depth;                    /* 0: the root */
    const uint32_t *at[FDT_DEPTH_MAX]; /* where the properties begin of the root, at[0], down to this node's */
};

/* The size in the header at `blob`, of which FDT_HEADER_BYTES are readable; 0, and fdt->fault set, if it is none. */
uint32_t fdt_read_size(struct fdt *fdt, const void *blob);

/* Opens the blob, all of which is readable. 0, or -EINVAL and fdt->fault set. */
int fdt_open(struct fdt *fdt, const void *blob);

/* Entry `index` of the memory reservations, asked for from 0 up to -ENOENT. 0, or -EINVAL past the blob's end. */
int fdt_read_reservation(const struct fdt *fdt, uint32_t index, uint64_t *pa, uint64_t *size_bytes);

/* The node at `path`, which ends at its null or a ':'. "": the root; "/soc/serial": the first, whatever its @. */
bool fdt_find(const struct fdt *fdt, const char *path, struct fdt_node *node);

/*
 * Goes on to the node that follows in the blob, children first. False behind the last one, where depth is FDT_DEPTH_END
 * and the node only good to be assigned to, and before what is malformed or too deep, where the node stays as it was.
 */
bool fdt_next_node(struct fdt_node *node);

/* The node that the stdout-path of /chosen names, by path or alias (sections 3.3 and 3.6). */
bool fdt_find_stdout(const struct fdt_node *chosen, struct fdt_node *node);

/* Has the node this name, its unit address aside unless `name` has one? */
bool fdt_is_named(const struct fdt_node *node, const char *name);
bool fdt_is_compatible(const struct fdt_node *node, const char *compatible);

/* A property's value, aligned to 4 bytes, or NULL; its first string, or NULL; its number of one or two cells, or
 * -ENOENT, or -EINVAL for another length. */
const void *fdt_find_property(const struct fdt_node *node, const char *name, uint32_t *size_bytes);
const char *fdt_find_string(const struct fdt_node *node, const char *name);
int fdt_read_number(const struct fdt_node *node, const char *name, uint64_t *number);

/* Range `index` of `reg`, as the CPU sees it (sections 2.3.6 and 2.3.8). 0; -ENOENT past the last; -EINVAL if malformed
 * or of more than two cells; -ERANGE if it wraps, or a bus above does not pass all of it on. */
int fdt_read_reg_pa(const struct fdt_node *node, uint32_t index, uint64_t *pa, uint64_t *size_bytes);
