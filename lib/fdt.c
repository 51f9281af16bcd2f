/* SPDX-License-Identifier: 0BSD */
/*
 * Flattened devicetrees: one walk along the structure block's tokens (Devicetree Specification v0.4, section 5.4) makes
 * an index of the nodes. What they mean is their readers' business. Invariant: every step of that walk is skip()'s,
 * which goes on before the blob's last cell or not at all; and what is not before `end`, where it stopped, is not read.
 */
#include <ossa/errno.h>
#include <ossa/fdt.h>
#include <ossa/string.h>
#include <stddef.h>

/* Shifts, because a builtin would call libgcc where the CPU has no instruction for it. */
#define SWAP(cell) ((cell) << 24 | ((cell)&0xff00) << 8 | ((cell) >> 8 & 0xff00) | (cell) >> 24)
#define BE(cell)   (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? (cell) : SWAP(cell))

/* Cells of the header, section 5.2, and tokens as they lie in memory, section 5.4.1. */
enum { MAGIC, TOTALSIZE, OFF_STRUCT, OFF_STRINGS, OFF_RSVMAP, VERSION, LAST_COMP, CPU, SIZE_STRINGS };
enum { BEGIN_NODE = BE(1u), END_NODE = BE(2u), PROP = BE(3u), NOP = BE(4u) };

/* A number of up to two cells. */
static uint64_t read_cells(const uint32_t *cells, uint64_t count)
{
    uint64_t number = 0;
    for (; count > 0; count--, cells++)
        number = number << 32 | BE(*cells);
    return number;
}

/* Names asked for may be a part of a path: they end at a null, a '/' or a ':'. */
static inline bool ends_name(char character)
{
    return !character || character == '/' || character == ':';
}

/* The character behind `name` in `own`; '/' if own does not begin with it. */
static inline char follows(const char *own, const char *name)
{
    while (*own == *name && (*name > ':' || !ends_name(*name)))
        own++, name++;
    return ends_name(*name) ? *own : '/';
}

/* The token so many cells behind this one; NULL if that is not before `last`, the blob's last cell. */
static inline const uint32_t *skip(const uint32_t *token, size_t cells, const uint32_t *last)
{
    return cells < (size_t)(last - token) ? token + cells : NULL;
}

static inline size_t property_cells(const uint32_t *token)
{
    return 3 + ((size_t)BE(token[1]) + 3) / 4;
}

static bool check(struct fdt *fdt, const char *what, uint64_t got, uint64_t least, uint64_t most)
{
    if (got >= least && got <= most)
        return true;
    fdt->fault = (struct fdt_fault){what, got, got < least ? least : most};
    return false;
}

uint32_t fdt_read_size(struct fdt *fdt, const void *blob)
{
    *fdt = (struct fdt){.cells = blob, .size_bytes = BE(((const uint32_t *)blob)[TOTALSIZE])};
    bool sound = check(fdt, "fdt magic", BE(fdt->cells[MAGIC]), 0xd00dfeed, 0xd00dfeed) &&
                 check(fdt, "fdt totalsize", fdt->size_bytes, FDT_HEADER_BYTES, UINT32_MAX);
    return sound ? fdt->size_bytes : 0;
}

/* From the root's token to its end, or to what is malformed. */
static void enter_nodes(struct fdt *fdt, const uint32_t *token, const uint32_t *last, uint32_t index_size)
{
    uint32_t inside = 0, depth = 0;
    while (token) {
        fdt->end = token;
        if (*token == PROP) {
            token = skip(token, property_cells(token), last);
        } else if (*token == BEGIN_NODE) {
            while (++token < last && ((const char *)token)[3] != '\0')
                ; /* a name's last cell is filled up with zeroes, section 5.4.1: so the last byte of a cell tells */
            token = skip(token, 1, last);
            if (!token || fdt->node_count == index_size)
                return;
            fdt->index[fdt->node_count] =
                (struct fdt_entry){fdt->end - fdt->cells, token - fdt->cells, inside, depth++};
            inside = fdt->node_count++;
        } else {
            bool ends = *token == END_NODE;
            fdt->is_whole = ends && --depth == 0;
            inside = ends ? fdt->index[inside].parent : inside;
            token = (ends || *token == NOP) && !fdt->is_whole ? skip(token, 1, last) : NULL;
        }
    }
}

int fdt_open(struct fdt *fdt, const void *blob, struct fdt_entry *index, uint32_t index_size)
{
    if (fdt_read_size(fdt, blob) == 0)
        return -EINVAL;
    const uint32_t *cells = fdt->cells;
    uint32_t size = fdt->size_bytes, reservations = BE(cells[OFF_RSVMAP]), root = BE(cells[OFF_STRUCT]);
    uint32_t strings = BE(cells[OFF_STRINGS]), strings_bytes = BE(cells[SIZE_STRINGS]);
    /* Not size_dt_struct: version 16 has none, and blobs are shipped in which it is 4 too small. */
    if (!check(fdt, "fdt version", BE(cells[VERSION]), 16, UINT32_MAX) ||
        !check(fdt, "fdt last_comp_version", BE(cells[LAST_COMP]), 0, 17) ||
        !check(fdt, "fdt offsets' misalignment", reservations % 8 + root % 4, 0, 0) ||
        !check(fdt, "fdt off_mem_rsvmap", reservations, FDT_HEADER_BYTES, size - 4) ||
        !check(fdt, "fdt off_dt_struct", root, FDT_HEADER_BYTES, size - 8) ||
        !check(fdt, "fdt first token", BE(cells[root / 4]), 1, 1) ||
        !check(fdt, "fdt off_dt_strings", strings, FDT_HEADER_BYTES, size) ||
        !check(fdt, "fdt size_dt_strings", strings_bytes, 0, size - strings))
        return -EINVAL;
    fdt->reservations = cells + reservations / 4;
    fdt->strings = (const char *)blob + strings;
    fdt->strings_bytes = strings_bytes;
    fdt->index = index;
    enter_nodes(fdt, cells + root / 4, cells + size / 4 - 1, index_size);
    bool sound = check(fdt, "fdt root's name in it", fdt->node_count > 0, 1, 1) &&
                 check(fdt, "fdt strings' last byte", strings_bytes > 0 ? fdt->strings[strings_bytes - 1] : 0, 0, 0);
    return sound ? 0 : -EINVAL;
}

int fdt_read_reservation(const struct fdt *fdt, uint32_t index, uint64_t *pa, uint64_t *size_bytes)
{
    if (index >= (fdt->cells + fdt->size_bytes / 4 - fdt->reservations) / 4)
        return -EINVAL;
    *pa = read_cells(fdt->reservations + 4 * index, 2);
    *size_bytes = read_cells(fdt->reservations + 4 * index + 2, 2);
    return (*pa | *size_bytes) == 0 ? -ENOENT : 0;
}

static bool go_to(struct fdt_node *node, const struct fdt *fdt, uint32_t number)
{
    const struct fdt_entry *entry = &fdt->index[number];
    if (number >= fdt->node_count)
        return false;
    *node = (struct fdt_node){fdt, (const char *)(fdt->cells + entry->token + 1), number, entry->depth};
    return true;
}

bool fdt_next_node(struct fdt_node *node)
{
    return go_to(node, node->fdt, node->number + 1);
}

bool fdt_parent_node(struct fdt_node *node)
{
    return node->number > 0 && go_to(node, node->fdt, node->fdt->index[node->number].parent);
}

bool fdt_is_named(const char *own, const char *name)
{
    char next = follows(own, name);
    return next == '\0' || next == '@';
}

bool fdt_find(const struct fdt *fdt, const char *path, struct fdt_node *node)
{
    go_to(node, fdt, 0);
    for (uint32_t parent = 0; *path == '/'; parent = node->number) {
        path++;
        do
            if (!fdt_next_node(node))
                return false;
        while (fdt->index[node->number].parent != parent || !fdt_is_named(node->name, path));
        while (!ends_name(*path))
            path++;
    }
    return true;
}

const void *fdt_find_property(const struct fdt_node *node, const char *name, uint32_t *size_bytes)
{
    const struct fdt *fdt = node->fdt;
    const uint32_t *token = fdt->cells + fdt->index[node->number].properties;
    for (; token < fdt->end && (*token == PROP || *token == NOP); token += *token == NOP ? 1 : property_cells(token)) {
        uint32_t own = *token == NOP ? UINT32_MAX : BE(token[2]);
        if (own < fdt->strings_bytes && fdt->strings[own] == *name && follows(fdt->strings + own, name) == '\0') {
            *size_bytes = BE(token[1]);
            return token + 3;
        }
    }
    return NULL;
}

const char *fdt_find_string(const struct fdt_node *node, const char *name)
{
    uint32_t size;
    const char *string = fdt_find_property(node, name, &size);
    return string && strnlen(string, size) < size ? string : NULL;
}

int fdt_read_number(const struct fdt_node *node, const char *name, uint64_t *number)
{
    uint32_t size;
    const uint32_t *cells = fdt_find_property(node, name, &size);
    if (!cells)
        return -ENOENT;
    if (size != 4 && size != 8)
        return -EINVAL;
    *number = read_cells(cells, size / 4);
    return 0;
}

bool fdt_is_compatible(const struct fdt_node *node, const char *compatible)
{
    uint32_t size, length;
    const char *next = fdt_find_property(node, "compatible", &size);
    for (; next && (length = strnlen(next, size)) < size; next += length + 1, size -= length + 1)
        if (strcmp(next, compatible) == 0)
            return true;
    return false;
}

/* Cells of an address or a size on the bus, section 2.3.5; if malformed or above two, more than any property has. */
static uint64_t count_cells(const struct fdt_node *bus, const char *name, uint64_t count)
{
    return fdt_read_number(bus, name, &count) == -EINVAL || count > 2 ? 1 << 30 : count;
}

/* Goes on to the bus above and translates the range's start to what it is there, section 2.3.8. */
static bool translate(struct fdt_node *bus, uint64_t *start, uint64_t size_bytes)
{
    uint32_t bytes;
    const uint32_t *range = fdt_find_property(bus, "ranges", &bytes);
    if (!range || bytes == 0)
        return fdt_parent_node(bus) && range; /* the same addresses; without `ranges` the CPU cannot get there */
    uint64_t from_cells = count_cells(bus, "#address-cells", 2), length_cells = count_cells(bus, "#size-cells", 1);
    fdt_parent_node(bus);
    uint64_t to_cells = count_cells(bus, "#address-cells", 2), cells = from_cells + to_cells + length_cells;
    if (cells == 0 || bytes % (4 * cells) != 0)
        return false;
    for (const uint32_t *end = range + bytes / 4; range < end; range += cells) {
        uint64_t from = read_cells(range, from_cells), to = read_cells(range + from_cells, to_cells);
        uint64_t length = read_cells(range + from_cells + to_cells, length_cells), offset = *start - from;
        if (*start >= from && offset < length && size_bytes <= length - offset) {
            *start = to + offset;
            return *start >= to;
        }
    }
    return false;
}

int fdt_read_reg_pa(const struct fdt_node *node, uint32_t index, uint64_t *pa, uint64_t *size_bytes)
{
    struct fdt_node bus = *node;
    uint32_t bytes;
    const uint32_t *reg = fdt_find_property(node, "reg", &bytes);
    if (!reg || !fdt_parent_node(&bus))
        return -ENOENT;
    uint64_t start_cells = count_cells(&bus, "#address-cells", 2), size_cells = count_cells(&bus, "#size-cells", 1);
    uint64_t cells = start_cells + size_cells;
    if (cells == 0 || bytes % (4 * cells) != 0)
        return -EINVAL;
    if (index >= bytes / (4 * cells))
        return -ENOENT;
    uint64_t start = read_cells(reg + index * cells, start_cells);
    uint64_t size = read_cells(reg + index * cells + start_cells, size_cells);
    while (bus.depth > 0)
        if (!translate(&bus, &start, size))
            return -ERANGE;
    if (size > 0 && start + (size - 1) < start)
        return -ERANGE;
    *pa = start;
    *size_bytes = size;
    return 0;
}
