/* SPDX-License-Identifier: 0BSD */
/*
 * Reader of flattened devicetrees (Devicetree Specification v0.4, chapters 2, 3 and 5). fdt_open() checks the blob
 * once, whole: all that follows relies on it, stays inside the blob and has no malformed structure to report, only
 * absent or malformed properties. Nothing is allocated or copied; names, values and nodes point into the blob, which
 * must stay mapped and unchanged. Runs with the MMU off: it only reads aligned 32-bit cells and bytes.
 *
 *     if (fdt_open(&fdt, blob, size) < 0)                         what is wrong
 *         boot_fail(BOOT_ERROR_DOCUMENT_DATA, fdt.fault.what, fdt.fault.got, fdt.fault.want);
 *
 *     if (fdt_find_stdout(&fdt, &node, &options) == 0 &&          the console
 *         fdt_is_compatible(&node, "arm,pl011") && fdt_read_reg_pa(&node, 0, &pa, &size) == 0)
 *
 *     fdt_root(&fdt, &root);                                      one pass over the root's children
 *     for (node = root; fdt_next_child(&root, &node);) {
 *         if (fdt_is_named(&node, "memory"))                      its ranges, until -ENOENT or a real error
 *             for (i = 0; (error = fdt_read_reg_pa(&node, i, &pa, &size)) == 0; i++)
 *         else if (fdt_is_named(&node, "reserved-memory"))
 *             for (child = node; fdt_next_child(&node, &child);)
 *         else if (fdt_is_named(&node, "cpus"))
 *             fdt_read_number(&node, "timebase-frequency", &hz);
 *         else if (fdt_is_named(&node, "psci"))
 *             fdt_read_string(&node, "method", &method);
 *     }
 *
 *     fdt_root(&fdt, &node);                                      all nodes of a kind
 *     while (fdt_next_node(&node))
 *         if (fdt_is_compatible(&node, "virtio,mmio"))
 *
 *     if (fdt_find(&fdt, "/chosen", &node) == 0) {
 *         fdt_read_string(&node, "bootargs", &text);
 *         fdt_read_number(&node, "linux,initrd-start", &start);
 *         fdt_find_property(&node, "rng-seed", &seed);
 *     }
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FDT_DEPTH_MAX 32 /* nested nodes, root included; fdt_open() refuses deeper trees */
#define FDT_TOP_MAX   64 /* children of the root that are found without a walk */

/* An open blob. */
struct fdt {
    uint32_t size_bytes; /* totalsize: how much memory the blob takes */

    struct fdt_fault {
        const char *what;   /* "fdt magic"; NULL: nothing */
        uint32_t offset;    /* of it in the blob */
        uint64_t got, want; /* the nearest that would have done */
    } fault;

    const uint32_t *cells; /* the blob; places in it are counted in cells */
    uint32_t end;
    const char *strings;
    uint32_t strings_bytes;
    uint32_t reservations, reservation_count;
    uint32_t root, top[FDT_TOP_MAX], top_count; /* FDT_BEGIN_NODE tokens of the root and its first children */
};

/* A node and the nodes it lies in. Copy it to keep it; every copy can be walked on from. */
struct fdt_node {
    const struct fdt *fdt;
    uint32_t depth;             /* 0: root */
    uint32_t top;               /* so many children of the root have been met */
    uint32_t at[FDT_DEPTH_MAX]; /* FDT_BEGIN_NODE tokens from the root, at[0], down to the node, at[depth] */
};

struct fdt_property {
    const char *name;
    const void *value; /* aligned to 4 bytes; not NULL if empty */
    uint32_t size_bytes;
    uint32_t next; /* where fdt_next_property() goes on */
};

/*
 * Checks the blob, of which at most `size_available` bytes are readable: header, memory reservations, and structure
 * token by token to its end. 0, or -EINVAL with fdt->fault set. `blob` must be aligned to 8 bytes (section 5.6).
 * Versions are accepted that say they are compatible with 16 or 17. size_dt_struct is only checked to lie inside the
 * blob: version 16 has none, and blobs are shipped in which it is 4 too small. FDT_END ends the block.
 */
int fdt_open(struct fdt *fdt, const void *blob, uint32_t size_available);

/* The memory reservation block's entry `index`. 0, -ENOENT past the last, -ERANGE if it wraps. */
int fdt_read_reservation(const struct fdt *fdt, uint32_t index, uint64_t *pa, uint64_t *size_bytes);

/*
 * Walking. fdt_next_node() goes on to the node that follows in the blob, children first. fdt_next_child() starts with
 * `child` a copy of `parent`, and goes on to parent's next child; in between `child` may be walked into its own
 * subtree. Both are false at the end, and `node` is then only good to be assigned to.
 */
void fdt_root(const struct fdt *fdt, struct fdt_node *root);
bool fdt_next_node(struct fdt_node *node);
bool fdt_next_child(const struct fdt_node *parent, struct fdt_node *child);

/*
 * The node at `path`, which ends at its null or at a ':'. A first component without '/' is an alias. A component
 * without unit address finds the first node that has one: "/soc/serial". 0 or -ENOENT.
 */
int fdt_find(const struct fdt *fdt, const char *path, struct fdt_node *node);

/* The node of /chosen's stdout-path (section 3.6), and what follows the ':' in it, or "". As fdt_find(), or -EINVAL. */
int fdt_find_stdout(const struct fdt *fdt, struct fdt_node *node, const char **options);

/* The node's name with its unit address; "" for the root. */
const char *fdt_name(const struct fdt_node *node);

/* Has the node this name, its unit address aside unless `name` has one? */
bool fdt_is_named(const struct fdt_node *node, const char *name);
bool fdt_is_compatible(const struct fdt_node *node, const char *compatible);

/* The properties in the blob's order; starts with a `property` that is all zero. False past the last. */
bool fdt_next_property(const struct fdt_node *node, struct fdt_property *property);
bool fdt_find_property(const struct fdt_node *node, const char *name, struct fdt_property *property);

/* A number of one or two cells, as its length says. 0, -ENOENT, -EINVAL for another length. */
int fdt_read_number(const struct fdt_node *node, const char *name, uint64_t *number);

/* A string, or the first of a list. 0, -ENOENT, -EINVAL if no null ends it. */
int fdt_read_string(const struct fdt_node *node, const char *name, const char **string);

/*
 * The `index`-th address and size of `reg` (section 2.3.6): as the parent bus sees it (a hart's id is one), or as the
 * CPU sees it, translated through `ranges` of all buses above. 0; -ENOENT past the last; -EINVAL for a malformed
 * property, #address-cells, #size-cells or ranges; -ERANGE if the value does not fit 64 bits, its end wraps, or a bus
 * does not map all of it to its parent.
 */
int fdt_read_reg(const struct fdt_node *node, uint32_t index, uint64_t *address, uint64_t *size_bytes);
int fdt_read_reg_pa(const struct fdt_node *node, uint32_t index, uint64_t *pa, uint64_t *size_bytes);
