/* SPDX-License-Identifier: 0BSD */
/*
 * Flattened devicetrees: the check of the whole blob, and the walks over it, along the structure block's tokens
 * (Devicetree Specification v0.4, section 5.4). What nodes mean is their readers' business. Invariant: only fdt_open()
 * meets unchecked tokens; after it, every node ends inside the blob, every property lies in it before any child node,
 * and every name ends with a null. Places are counted in cells of 4 bytes, so that their sums cannot wrap.
 */
#include <ossa/errno.h>
#include <ossa/fdt.h>
#include <ossa/string.h>
#include <stddef.h>

/* Cells of the header, section 5.2; the last is there since version 17. */
enum { MAGIC, TOTALSIZE, OFF_STRUCT, OFF_STRINGS, OFF_RSVMAP, VERSION, LAST_COMP, CPU, SIZE_STRINGS, SIZE_STRUCT };

/* Shifts, because a builtin would call libgcc where the CPU has no instruction for it. */
#define SWAP(cell)       ((cell) << 24 | ((cell)&0xff00) << 8 | ((cell) >> 8 & 0xff00) | (cell) >> 24)
#define BE(cell)         (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? (cell) : SWAP(cell))
#define TOKEN_BEGIN_NODE BE(1u)
#define TOKEN_END_NODE   BE(2u)
#define TOKEN_PROP       BE(3u)
#define TOKEN_NOP        BE(4u)
#define TOKEN_END        BE(9u)

#define CELLS_MAX 4 /* of an address or a size */

struct bus {
    uint64_t address_cells, size_cells;
};

static inline uint32_t read_cell(const struct fdt *fdt, size_t at)
{
    return BE(fdt->cells[at]);
}

static inline bool has_null(uint32_t cell)
{
    return (cell - 0x01010101) & ~cell & 0x80808080;
}

static inline bool equal(const char *left, const char *right)
{
    return *left == *right && strcmp(left, right) == 0;
}

/* Returns 0: false, and no place. */
static size_t fail(struct fdt *fdt, const char *what, size_t at, uint64_t got, uint64_t want)
{
    fdt->fault = (struct fdt_fault){what, (uint32_t)(4 * at), got, want};
    return 0;
}

static bool check_field(struct fdt *fdt, size_t field, const char *what, uint32_t least, uint32_t most,
                        uint32_t multiple)
{
    uint32_t got = read_cell(fdt, field), want = got < least ? least : got > most ? most : got;

    return got == want && got % multiple == 0 ? true : fail(fdt, what, field, got, want - want % multiple);
}

static bool check_header(struct fdt *fdt, uint32_t size_available)
{
    if ((uintptr_t)fdt->cells % 8 != 0)
        return fail(fdt, "fdt address", 0, (uintptr_t)fdt->cells, (uintptr_t)fdt->cells & ~(uintptr_t)7);
    if (size_available <= 4 * SIZE_STRUCT)
        return fail(fdt, "fdt header's size", 0, size_available, 4 * SIZE_STRUCT + 4);
    fdt->size_bytes = read_cell(fdt, TOTALSIZE);
    fdt->end = fdt->size_bytes / 4;
    fdt->reservations = read_cell(fdt, OFF_RSVMAP) / 4;
    fdt->strings = (const char *)fdt->cells + read_cell(fdt, OFF_STRINGS);
    fdt->strings_bytes = read_cell(fdt, SIZE_STRINGS);
    return check_field(fdt, MAGIC, "fdt magic", 0xd00dfeed, 0xd00dfeed, 1) &&
           check_field(fdt, TOTALSIZE, "fdt totalsize", 4 * SIZE_STRUCT + 4, size_available, 1) &&
           check_field(fdt, VERSION, "fdt version", 16, UINT32_MAX, 1) &&
           check_field(fdt, LAST_COMP, "fdt last_comp_version", 0, 17, 1) &&
           check_field(fdt, OFF_RSVMAP, "fdt off_mem_rsvmap", 4 * SIZE_STRUCT, fdt->size_bytes - 16, 8) &&
           check_field(fdt, OFF_STRUCT, "fdt off_dt_struct", 4 * SIZE_STRUCT, fdt->size_bytes - 4, 4) &&
           check_field(fdt, SIZE_STRINGS, "fdt size_dt_strings", 0, fdt->size_bytes, 1) &&
           check_field(fdt, OFF_STRINGS, "fdt off_dt_strings", 4 * SIZE_STRUCT, fdt->size_bytes - fdt->strings_bytes,
                       1) &&
           (read_cell(fdt, VERSION) == 16 ||
            check_field(fdt, SIZE_STRUCT, "fdt size_dt_struct", 0, fdt->size_bytes - read_cell(fdt, OFF_STRUCT), 1));
}

static bool check_reservations(struct fdt *fdt)
{
    const uint32_t *entry = fdt->cells + fdt->reservations, *end = fdt->cells + fdt->end;

    for (; end - entry >= 4; entry += 4, fdt->reservation_count++)
        if (!(entry[0] | entry[1] | entry[2] | entry[3]))
            return true;
    return fail(fdt, "fdt memory reservations past the end", fdt->reservations, fdt->reservation_count, 0);
}

/* Notes the node at `at`, which has `depth` nodes above it. Returns the place behind its name. */
static size_t check_node(struct fdt *fdt, size_t at, uint32_t depth)
{
    size_t next = at + 1, end = fdt->end;

    if (depth == FDT_DEPTH_MAX)
        return fail(fdt, "fdt depth", at, depth + 1, FDT_DEPTH_MAX);
    while (next < end && !has_null(fdt->cells[next]))
        next++;
    if (next == end)
        return fail(fdt, "fdt node name past the end", at, 4 * (next - at), 0);
    if (depth == 0)
        fdt->root = (uint32_t)at;
    else if (depth == 1 && fdt->top_count < FDT_TOP_MAX)
        fdt->top[fdt->top_count++] = (uint32_t)at;
    return next + 1;
}

/* Returns the place behind the properties at `at`. */
static size_t check_properties(struct fdt *fdt, size_t at)
{
    const uint32_t *cells = fdt->cells;
    size_t end = fdt->end, last = end - 3, strings_bytes = fdt->strings_bytes;

    while (at <= last && cells[at] == TOKEN_PROP) {
        size_t size = BE(cells[at + 1]), name = BE(cells[at + 2]), next = at + 3 + (size + 3) / 4;

        if (name >= strings_bytes)
            return fail(fdt, "fdt property name", at + 2, name, strings_bytes);
        if (next > end)
            return fail(fdt, "fdt property length", at + 1, size, 4 * (end - at - 3));
        at = next;
    }
    return at;
}

static bool check_structure(struct fdt *fdt, size_t at)
{
    bool in_properties = false; /* which come before child nodes, section 5.4.2 */
    uint32_t depth = 0;

    while (at > 0 && at < fdt->end) {
        uint32_t token = fdt->cells[at];

        if (token == TOKEN_BEGIN_NODE && (depth > 0 || !fdt->root)) {
            at = check_node(fdt, at, depth++);
            in_properties = true;
        } else if (token == TOKEN_END_NODE && depth > 0) {
            at++;
            depth--;
            in_properties = false;
        } else if (token == TOKEN_END && depth == 0 && fdt->root) {
            return true;
        } else if (token == TOKEN_NOP) {
            at++;
        } else {
            return fail(fdt, "fdt token", at, BE(token), depth ? 2 : fdt->root ? 9 : 1);
        }
        if (at > 0 && in_properties)
            at = check_properties(fdt, at);
    }
    return at > 0 && fail(fdt, "fdt structure past the end", at, depth, 0);
}

int fdt_open(struct fdt *fdt, const void *blob, uint32_t size_available)
{
    *fdt = (struct fdt){.cells = blob};
    if (!check_header(fdt, size_available) || !check_reservations(fdt))
        return -EINVAL;
    while (fdt->strings_bytes > 0 && fdt->strings[fdt->strings_bytes - 1])
        fdt->strings_bytes--; /* what no null ends is no string */
    return check_structure(fdt, read_cell(fdt, OFF_STRUCT) / 4) ? 0 : -EINVAL;
}

void fdt_root(const struct fdt *fdt, struct fdt_node *root)
{
    root->fdt = fdt;
    root->depth = root->top = 0;
    root->at[0] = fdt->root;
}

/* The place behind the name of the node at `at`. */
static inline size_t skip_name(const uint32_t *cells, size_t at)
{
    while (!has_null(cells[++at]))
        ;
    return at + 1;
}

static inline size_t skip_property(const uint32_t *cells, size_t at)
{
    return at + 3 + ((size_t)BE(cells[at + 1]) + 3) / 4;
}

bool fdt_next_node(struct fdt_node *node)
{
    const uint32_t *cells = node->fdt->cells;
    size_t depth = node->depth, at = skip_name(cells, node->at[depth]);

    while (cells[at] != TOKEN_BEGIN_NODE)
        if (cells[at] == TOKEN_PROP)
            at = skip_property(cells, at);
        else if (cells[at++] == TOKEN_END_NODE && depth-- == 0)
            return false;
    node->depth = (uint32_t)++depth;
    node->at[depth] = (uint32_t)at;
    node->top += depth == 1;
    return true;
}

bool fdt_next_child(const struct fdt_node *parent, struct fdt_node *child)
{
    if (parent->depth == 0 && child->top < child->fdt->top_count) {
        child->depth = 1;
        child->at[1] = child->fdt->top[child->top++];
        return true;
    }
    do
        if (!fdt_next_node(child))
            return false;
    while (child->depth > parent->depth + 1);
    return child->depth > parent->depth;
}

const char *fdt_name(const struct fdt_node *node)
{
    return (const char *)(node->fdt->cells + node->at[node->depth] + 1);
}

static inline bool ends_component(char character)
{
    return !character || character == '/' || character == ':';
}

/* What follows in `text` if it begins with the path's first component; else NULL. */
static const char *match_component(const char *text, const char *path)
{
    for (; !ends_component(*path); text++, path++)
        if (*text != *path)
            return NULL;
    return text;
}

bool fdt_is_named(const struct fdt_node *node, const char *name)
{
    const char *own = fdt_name(node), *rest;

    if (*own != *name)
        return false;
    rest = match_component(own, name);
    return rest && (!*rest || (*rest == '@' && !memchr(own, '@', (size_t)(rest - own))));
}

bool fdt_next_property(const struct fdt_node *node, struct fdt_property *property)
{
    const struct fdt *fdt = node->fdt;
    size_t at = property->next ? property->next : skip_name(fdt->cells, node->at[node->depth]);

    while (fdt->cells[at] == TOKEN_NOP)
        at++;
    if (fdt->cells[at] != TOKEN_PROP)
        return false;
    property->size_bytes = read_cell(fdt, at + 1);
    property->name = fdt->strings + read_cell(fdt, at + 2);
    property->value = fdt->cells + at + 3;
    property->next = (uint32_t)skip_property(fdt->cells, at);
    return true;
}

bool fdt_find_property(const struct fdt_node *node, const char *name, struct fdt_property *property)
{
    property->next = 0;
    while (fdt_next_property(node, property))
        if (equal(property->name, name))
            return true;
    return false;
}

/* Goes down from `node` along `path`; empty components are ignored. */
static int descend(struct fdt_node *node, const char *path)
{
    for (;;) {
        struct fdt_node parent = *node;

        while (*path == '/')
            path++;
        if (ends_component(*path))
            return 0;
        do
            if (!fdt_next_child(&parent, node))
                return -ENOENT;
        while (!fdt_is_named(node, path));
        while (!ends_component(*path))
            path++;
    }
}

int fdt_find(const struct fdt *fdt, const char *path, struct fdt_node *node)
{
    struct fdt_property alias = {0};
    const char *rest;

    if (*path != '/') {
        if (fdt_find(fdt, "/aliases", node))
            return -ENOENT;
        do
            if (!fdt_next_property(node, &alias))
                return -ENOENT;
        while (rest = match_component(alias.name, path), !rest || *rest);
        if (!memchr(alias.value, 0, alias.size_bytes) || *(const char *)alias.value != '/')
            return -ENOENT;
        path += rest - alias.name;
    }
    fdt_root(fdt, node);
    return alias.value && descend(node, alias.value) ? -ENOENT : descend(node, path);
}

int fdt_find_stdout(const struct fdt *fdt, struct fdt_node *node, const char **options)
{
    const char *path, *colon;
    int error = fdt_find(fdt, "/chosen", node);

    if (!error)
        error = fdt_read_string(node, "stdout-path", &path);
    if (error)
        return error;
    colon = strchr(path, ':');
    *options = colon ? colon + 1 : "";
    return fdt_find(fdt, path, node);
}

bool fdt_is_compatible(const struct fdt_node *node, const char *compatible)
{
    struct fdt_property list;

    if (!fdt_find_property(node, "compatible", &list))
        return false;
    for (const char *next = list.value, *end = next + list.size_bytes; memchr(next, 0, (size_t)(end - next));
         next += strlen(next) + 1)
        if (equal(next, compatible))
            return true;
    return false;
}

/* Reads a number of `count` cells; -ERANGE if it takes more than 64 bits. */
static int read_cells(const uint32_t *cells, uint64_t count, uint64_t *number)
{
    for (*number = 0; count > 0; count--, cells++) {
        if (*number >> 32)
            return -ERANGE;
        *number = *number << 32 | BE(*cells);
    }
    return 0;
}

static bool wraps(uint64_t start, uint64_t size)
{
    return size > 0 && start + (size - 1) < start;
}

int fdt_read_reservation(const struct fdt *fdt, uint32_t index, uint64_t *pa, uint64_t *size_bytes)
{
    const uint32_t *entry = fdt->cells + fdt->reservations + 4 * index;

    if (index >= fdt->reservation_count)
        return -ENOENT;
    read_cells(entry, 2, pa);
    read_cells(entry + 2, 2, size_bytes);
    return wraps(*pa, *size_bytes) ? -ERANGE : 0;
}

int fdt_read_number(const struct fdt_node *node, const char *name, uint64_t *number)
{
    struct fdt_property property;

    if (!fdt_find_property(node, name, &property))
        return -ENOENT;
    if (property.size_bytes != 4 && property.size_bytes != 8)
        return -EINVAL;
    return read_cells(property.value, property.size_bytes / 4, number);
}

int fdt_read_string(const struct fdt_node *node, const char *name, const char **string)
{
    struct fdt_property property;

    if (!fdt_find_property(node, name, &property))
        return -ENOENT;
    if (!memchr(property.value, 0, property.size_bytes))
        return -EINVAL;
    *string = property.value;
    return 0;
}

/* How the node's children write addresses and sizes, section 2.3.5. */
static bool read_bus(const struct fdt_node *node, struct bus *bus)
{
    *bus = (struct bus){2, 1};
    return fdt_read_number(node, "#address-cells", &bus->address_cells) != -EINVAL &&
           fdt_read_number(node, "#size-cells", &bus->size_cells) != -EINVAL && bus->address_cells <= CELLS_MAX &&
           bus->size_cells <= CELLS_MAX;
}

/* Finds an array of entries of that many cells. */
static int find_array(const struct fdt_node *node, const char *name, uint64_t entry_cells, struct fdt_property *array)
{
    if (!fdt_find_property(node, name, array))
        return -ENOENT;
    return entry_cells > 0 && array->size_bytes % (4 * entry_cells) == 0 ? 0 : -EINVAL;
}

int fdt_read_reg(const struct fdt_node *node, uint32_t index, uint64_t *address, uint64_t *size_bytes)
{
    struct fdt_node parent = *node;
    struct fdt_property reg;
    struct bus bus;
    const uint32_t *cells;
    int error;

    if (parent.depth-- == 0)
        return -ENOENT;
    if (!read_bus(&parent, &bus))
        return -EINVAL;
    error = find_array(node, "reg", bus.address_cells + bus.size_cells, &reg);
    if (error)
        return error;
    if (index >= reg.size_bytes / (4 * (bus.address_cells + bus.size_cells)))
        return -ENOENT;
    cells = (const uint32_t *)reg.value + index * (bus.address_cells + bus.size_cells);
    if (read_cells(cells, bus.address_cells, address) ||
        read_cells(cells + bus.address_cells, bus.size_cells, size_bytes) || wraps(*address, *size_bytes))
        return -ERANGE;
    return 0;
}

/* Translates the start of a range on `bus` to the bus above it, section 2.3.8. */
static int translate(const struct fdt_node *bus, uint64_t *address, uint64_t size_bytes)
{
    struct fdt_node parent = *bus;
    struct fdt_property ranges;
    struct bus here, above;
    uint64_t from, to, length, entry;
    int error;

    parent.depth--;
    if (!read_bus(bus, &here) || !read_bus(&parent, &above))
        return -EINVAL;
    entry = here.address_cells + above.address_cells + here.size_cells;
    error = find_array(bus, "ranges", entry, &ranges);
    if (error)
        return error == -ENOENT ? -ERANGE : error; /* none: the CPU cannot get there */
    for (const uint32_t *cells = ranges.value, *end = cells + ranges.size_bytes / 4; cells < end; cells += entry) {
        if (read_cells(cells, here.address_cells, &from) ||
            read_cells(cells + here.address_cells, above.address_cells, &to) ||
            read_cells(cells + entry - here.size_cells, here.size_cells, &length))
            continue; /* beyond 64 bits: the flags in PCI's addresses, for one */
        if (*address >= from && *address - from < length && size_bytes <= length - (*address - from)) {
            *address += to - from;
            return *address < to || wraps(*address, size_bytes) ? -ERANGE : 0;
        }
    }
    return ranges.size_bytes ? -ERANGE : 0; /* empty: the same addresses */
}

int fdt_read_reg_pa(const struct fdt_node *node, uint32_t index, uint64_t *pa, uint64_t *size_bytes)
{
    struct fdt_node bus = *node;
    int error = fdt_read_reg(node, index, pa, size_bytes);

    while (!error && --bus.depth > 0)
        error = translate(&bus, pa, *size_bytes);
    return error;
}
