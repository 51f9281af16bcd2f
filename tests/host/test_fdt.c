/* SPDX-License-Identifier: 0BSD */
/*
 * lib/fdt against libfdt and against hostile blobs. The blobs are those that scripts/make-dtbs has written into the
 * directory OSSA_DTBS, and some built here token by token. Every blob under test ends where an unreadable page begins,
 * or less than 8 bytes before, so that a read past its end kills the test.
 */
#include "host_test.h"
#include <dirent.h>
#include <libfdt.h>
#include <sys/mman.h>

LIBC(fdt_next_node);

#include "prefix.h"
#define fdt_property ossa_fdt_property /* libfdt's header has a structure of that name, too */
#include <ossa/errno.h>
#include <ossa/fdt.h>
#include <ossa/format.h>
#include <ossa/string.h>

#define ROOM 0x200000u

static uint8_t *guard; /* the unreadable page */
static uint8_t *good[64];
static uint32_t good_size[64];
static char good_name[64][64];
static unsigned good_count;

/* Places bytes so that they end at the unreadable page, as far as alignment lets them. */
static void *place(const void *bytes, uint32_t size)
{
    if (!guard) {
        guard = (uint8_t *)mmap(NULL, ROOM + 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + ROOM;
        mprotect(guard, 0x1000, PROT_NONE);
    }
    return memcpy(guard - (size + 7) / 8 * 8, bytes, size);
}

/* Reads all blobs once, packed: QEMU's are 1 MiB, nearly all of it free space. */
static bool load_blobs(void)
{
    static uint8_t bytes[ROOM];
    const char *directory = getenv("OSSA_DTBS");
    struct dirent **entries = NULL;
    int count = directory && !good_count ? scandir(directory, &entries, NULL, alphasort) : 0;

    for (int i = 0; i < count; i++) {
        char path[512], *suffix;
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        suffix = strrchr(path, '.');
        file = good_count < 64 && suffix && strcmp(suffix, ".dtb") == 0 ? fopen(path, "rb") : NULL;
        if (file && fread(bytes, 1, ROOM, file) && fdt_pack(bytes) == 0) {
            snprintf(good_name[good_count], 64, "%s", entries[i]->d_name);
            good_size[good_count] = fdt_totalsize(bytes);
            good[good_count] = malloc(good_size[good_count]);
            memcpy(good[good_count], bytes, good_size[good_count]);
            good_count++;
        }
        if (file)
            fclose(file);
        free(entries[i]);
    }
    free(entries);
    return good_count > 0;
}

static const uint8_t *named_blob(const char *name, uint32_t *size)
{
    for (unsigned i = 0; load_blobs() && i < good_count; i++)
        if (strcmp(good_name[i], name) == 0) {
            *size = good_size[i];
            return good[i];
        }
    return NULL;
}

static int offset_of(const struct fdt_node *node)
{
    return (int)(4 * node->at[node->depth] - fdt_off_dt_struct(node->fdt->cells));
}

/* The oracle for reg: bytes to numbers and up through ranges, by libfdt's offsets and in 128 bits. */
static bool oracle_number(const uint8_t *bytes, int cells, unsigned __int128 *number)
{
    *number = 0;
    for (int i = 0; i < 4 * cells; i++)
        *number = *number << 8 | bytes[i];
    return *number >> 64 == 0;
}

static int oracle_cells(const void *blob, int offset, const char *name, int absent)
{
    int size;
    const uint8_t *value = fdt_getprop(blob, offset, name, &size);
    unsigned __int128 number;

    if (!value)
        return absent;
    if (size != 4 && size != 8)
        return -1;
    return oracle_number(value, size / 4, &number) && number <= 4 ? (int)number : -1;
}

static int oracle_reg(const void *blob, int offset, uint32_t index, bool translated, uint64_t *address, uint64_t *size)
{
    int bus = fdt_parent_offset(blob, offset), bytes, entry;
    const uint8_t *value = fdt_getprop(blob, offset, "reg", &bytes);
    int a = bus < 0 ? 0 : oracle_cells(blob, bus, "#address-cells", 2), s = oracle_cells(blob, bus, "#size-cells", 1);
    unsigned __int128 at, length, from, to, extent, top = (unsigned __int128)1 << 64;

    if (bus < 0)
        return -ENOENT;
    if (a < 0 || s < 0)
        return -EINVAL;
    if (!value)
        return -ENOENT;
    entry = 4 * (a + s);
    if (!entry || bytes % entry)
        return -EINVAL;
    if (index >= (uint32_t)(bytes / entry))
        return -ENOENT;
    value += index * (uint32_t)entry;
    if (!oracle_number(value, a, &at) || !oracle_number(value + 4 * a, s, &length) || at + length > top)
        return -ERANGE;
    for (int above; translated && (above = fdt_parent_offset(blob, bus)) >= 0; bus = above) {
        const uint8_t *ranges = fdt_getprop(blob, bus, "ranges", &bytes), *end = ranges + (ranges ? bytes : 0);
        int p = oracle_cells(blob, above, "#address-cells", 2);

        a = oracle_cells(blob, bus, "#address-cells", 2);
        s = oracle_cells(blob, bus, "#size-cells", 1);
        if (a < 0 || s < 0 || p < 0 || oracle_cells(blob, above, "#size-cells", 1) < 0)
            return -EINVAL;
        if (!ranges)
            return -ERANGE;
        entry = 4 * (a + p + s);
        if (!entry || bytes % entry)
            return -EINVAL;
        if (!bytes)
            continue;
        for (; ranges < end; ranges += entry)
            if (oracle_number(ranges, a, &from) && oracle_number(ranges + 4 * a, p, &to) &&
                oracle_number(ranges + 4 * (a + p), s, &extent) && at >= from && at < from + extent &&
                at + length <= from + extent)
                break;
        if (ranges == end)
            return -ERANGE;
        at = at - from + to;
        if (at >= top || at + length > top)
            return -ERANGE;
    }
    *address = (uint64_t)at;
    *size = (uint64_t)length;
    return 0;
}

static bool same_reg(const struct fdt_node *node)
{
    const void *blob = node->fdt->cells;
    bool same = true;

    for (int translated = 0; translated < 2; translated++)
        for (uint32_t index = 0; index < 4; index++) {
            uint64_t address = 0, size = 0, want_address = 0, want_size = 0;
            int want = oracle_reg(blob, offset_of(node), index, translated, &want_address, &want_size);
            int got =
                translated ? fdt_read_reg_pa(node, index, &address, &size) : fdt_read_reg(node, index, &address, &size);

            same &= CHECK_EQ(got, want);
            if (want == 0)
                same &= CHECK_EQ(address, want_address) && CHECK_EQ(size, want_size);
        }
    return same;
}

static bool same_properties(const struct fdt_node *node)
{
    const void *blob = node->fdt->cells;
    struct fdt_property property = {0}, found;
    int offset, size;
    const char *name;
    bool same = true;

    fdt_for_each_property_offset(offset, blob, offset_of(node))
    {
        const void *value = fdt_getprop_by_offset(blob, offset, &name, &size);

        if (!CHECK(value) || !CHECK(fdt_next_property(node, &property)))
            return false;
        same &= CHECK_STR(property.name, name) && CHECK_EQ((uintptr_t)property.value, (uintptr_t)value) &&
                CHECK_EQ(property.size_bytes, size);
        same &= CHECK(fdt_find_property(node, name, &found)) &&
                CHECK_EQ((uintptr_t)found.value, (uintptr_t)fdt_getprop(blob, offset_of(node), name, &size));
    }
    return same & CHECK(!fdt_next_property(node, &property));
}

static bool same_lookups(const struct fdt_node *node)
{
    const void *blob = node->fdt->cells;
    struct fdt_node found;
    char path[512];
    const char *compatible, *end;
    int size, want;
    bool same = true;

    if (fdt_get_path(blob, offset_of(node), path, sizeof path - 4) == 0) {
        want = fdt_path_offset(blob, path);
        if (CHECK_EQ(fdt_find(node->fdt, path, &found), want < 0 ? -ENOENT : 0) && want >= 0)
            same &= CHECK_EQ(offset_of(&found), want);
        if (strrchr(path, '@'))
            *strrchr(path, '@') = '\0';
        want = fdt_path_offset(blob, path);
        if (CHECK_EQ(fdt_find(node->fdt, path, &found), want < 0 ? -ENOENT : 0) && want >= 0)
            same &= CHECK_EQ(offset_of(&found), want);
        strcat(path, "/?");
        same &= CHECK_EQ(fdt_find(node->fdt, path, &found), -ENOENT);
    }
    compatible = fdt_getprop(blob, offset_of(node), "compatible", &size);
    for (end = compatible + (compatible ? size : 0);
         compatible && compatible < end && memchr(compatible, 0, (size_t)(end - compatible));
         compatible += strlen(compatible) + 1)
        same &= CHECK(fdt_is_compatible(node, compatible));
    return same & CHECK(!fdt_is_compatible(node, "nobody,nothing"));
}

static bool same_children(const struct fdt_node *node)
{
    struct fdt_node child = *node;
    int offset;

    fdt_for_each_subnode(offset, node->fdt->cells,
                         offset_of(node)) if (!CHECK(fdt_next_child(node, &child)) ||
                                              !CHECK_EQ(offset_of(&child), offset)) return false;
    return CHECK(!fdt_next_child(node, &child));
}

static bool same_reservations(const struct fdt *fdt)
{
    int count = fdt_num_mem_rsv(fdt->cells);
    uint64_t pa = 0, size = 0, want_pa, want_size;
    bool same = true;

    for (int i = 0; i < count; i++) {
        fdt_get_mem_rsv(fdt->cells, i, &want_pa, &want_size);
        fdt_read_reservation(fdt, (uint32_t)i, &pa, &size);
        same &= CHECK_EQ(pa, want_pa) && CHECK_EQ(size, want_size);
    }
    return same;
}

/* Everything there is to be said of an open blob, node by node as libfdt says it. */
static bool same_tree(const struct fdt *fdt, bool thorough)
{
    const void *blob = fdt->cells;
    struct fdt_node node;
    int offset = 0, depth = 0;
    bool same = same_reservations(fdt), more = true;

    fdt_root(fdt, &node);
    for (; offset >= 0 && depth >= 0; offset = libc_fdt_next_node(blob, offset, &depth), more = fdt_next_node(&node)) {
        if (!CHECK(more) || !CHECK_EQ(offset_of(&node), offset))
            return false;
        same &= CHECK_EQ(node.depth, depth) && CHECK_STR(fdt_name(&node), fdt_get_name(blob, offset, NULL));
        same &= same_properties(&node) && same_reg(&node);
        if (thorough)
            same &= same_lookups(&node) & same_children(&node);
    }
    return same & CHECK(!more);
}

/* Asks all questions, whatever the answers: to be called where only survival counts. */
static uint64_t use_all(const struct fdt *fdt)
{
    struct fdt_node node, found;
    uint64_t sum = 0, first, second;
    const char *text;

    for (uint32_t i = 0; fdt_read_reservation(fdt, i, &first, &second) != -ENOENT; i++)
        sum += first + second;
    fdt_root(fdt, &node);
    do {
        struct fdt_property property = {0};

        while (fdt_next_property(&node, &property))
            for (uint32_t i = 0; i < property.size_bytes; i++)
                sum += ((const uint8_t *)property.value)[i] + (uint64_t)strlen(property.name);
        for (uint32_t i = 0; i < 3 && fdt_read_reg_pa(&node, i, &first, &second) == 0; i++)
            sum += first + second;
        sum += fdt_is_compatible(&node, "ns16550a") + fdt_is_named(&node, "memory") + strlen(fdt_name(&node));
        sum += fdt_read_number(&node, "linux,initrd-start", &first) == 0 ? first : 0;
        sum += fdt_read_string(&node, "bootargs", &text) == 0 ? strlen(text) : 0;
    } while (fdt_next_node(&node));
    sum += fdt_find(fdt, "/soc/serial", &found) == 0;
    sum += fdt_find(fdt, "serial1:", &found) == 0;
    sum += fdt_find(fdt, "/values/nest/nest/nest/nest", &found) == 0;
    return sum + (fdt_find_stdout(fdt, &found, &text) == 0 ? strlen(text) : 0);
}

HOST_TEST(fdt_equals_libfdt)
{
    struct fdt fdt;

    if (!load_blobs())
        SKIP("OSSA_DTBS names no directory with .dtb files");
    for (unsigned i = 0; i < good_count; i++) {
        const void *blob = place(good[i], good_size[i]);

        if (!CHECK_EQ(fdt_open(&fdt, blob, good_size[i]), 0) || !same_tree(&fdt, true))
            printf("# in %s: %s\n", good_name[i], fdt.fault.what ? fdt.fault.what : "");
        CHECK_EQ(fdt.size_bytes, good_size[i]);
        CHECK(!fdt.fault.what);
    }
}

HOST_TEST(fdt_aliases)
{
    struct fdt fdt;
    struct fdt_node aliases, node;
    unsigned count = 0;

    if (!load_blobs())
        SKIP("OSSA_DTBS names no directory with .dtb files");
    for (unsigned i = 0; i < good_count; i++) {
        struct fdt_property alias = {0};
        const void *blob = place(good[i], good_size[i]);

        REQUIRE(fdt_open(&fdt, blob, good_size[i]) == 0);
        if (fdt_find(&fdt, "/aliases", &aliases))
            continue;
        while (fdt_next_property(&aliases, &alias)) {
            const char *path = fdt_get_alias(blob, alias.name);
            int want = path && *path == '/' && strncmp(alias.name, "open", 5) && !strchr(path, ':')
                           ? fdt_path_offset(blob, alias.name)
                           : -FDT_ERR_NOTFOUND;
            int got = fdt_find(&fdt, alias.name, &node);

            if (strcmp(alias.name, "text") == 0) /* libfdt takes the ':' for a part of the name */
                CHECK_EQ(got, 0);
            else if (CHECK_EQ(got, want < 0 ? -ENOENT : 0) && got == 0)
                CHECK_EQ(offset_of(&node), want);
            count++;
        }
    }
    CHECK_EQ(count, 11);
}

static bool open_named(struct fdt *fdt, const char *name)
{
    uint32_t size = 0;
    const uint8_t *bytes = named_blob(name, &size);

    return bytes && fdt_open(fdt, place(bytes, size), size) == 0;
}

HOST_TEST(fdt_boot_questions)
{
    struct fdt fdt;
    struct fdt_node root, node, child;
    struct fdt_property seed;
    const char *text;
    uint64_t pa, size, number = 0;
    unsigned memories = 0, reserved = 0;

    if (!open_named(&fdt, "buses.dtb"))
        SKIP("OSSA_DTBS names no directory with buses.dtb");
    CHECK_EQ(fdt_find_stdout(&fdt, &node, &text), 0);
    CHECK_STR(fdt_name(&node), "serial@200");
    CHECK_STR(text, "115200n8");
    CHECK(fdt_is_compatible(&node, "ns16550a") && !fdt_is_compatible(&node, "ns16550"));
    CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), 0);
    CHECK_EQ(pa, 0x40000200);
    CHECK_EQ(size, 0x100);
    CHECK_EQ(fdt_read_reg_pa(&node, 1, &pa, &size), -ENOENT);
    REQUIRE(fdt_find(&fdt, "/soc/bridge/serial@8100", &node) == 0 && fdt_read_reg_pa(&node, 0, &pa, &size) == 0);
    CHECK_EQ(pa, 0x1250000100);
    REQUIRE(fdt_find(&fdt, "/soc/bridge/inner/device", &node) == 0 && fdt_read_reg_pa(&node, 0, &pa, &size) == 0);
    CHECK_EQ(pa, 0x1250000810);
    REQUIRE(fdt_find(&fdt, "/soc/wide/device", &node) == 0 && fdt_read_reg_pa(&node, 0, &pa, &size) == 0);
    CHECK_EQ(pa, 0x60000100);
    REQUIRE(fdt_find(&fdt, "/soc/wide/flagged", &node) == 0);
    CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), -ERANGE);
    REQUIRE(fdt_find(&fdt, "/nowhere/device", &node) == 0);
    CHECK_EQ(fdt_read_reg(&node, 0, &pa, &size), 0);
    CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), -ERANGE);

    fdt_root(&fdt, &root);
    for (node = root; fdt_next_child(&root, &node);) {
        for (uint32_t i = 0; fdt_is_named(&node, "memory") && fdt_read_reg_pa(&node, i, &pa, &size) == 0; i++)
            memories++;
        if (fdt_is_named(&node, "reserved-memory"))
            for (child = node; fdt_next_child(&node, &child);)
                reserved += fdt_read_reg_pa(&child, 0, &pa, &size) == 0 && pa == 0x80000000u + 0x40000u * reserved;
    }
    CHECK_EQ(memories, 3);
    CHECK_EQ(reserved, 2);
    REQUIRE(fdt_read_reservation(&fdt, 1, &pa, &size) == 0);
    CHECK_EQ(pa, 0xfffffffffffff000);
    CHECK_EQ(fdt_read_reservation(&fdt, 2, &pa, &size), -ENOENT);
    CHECK_EQ(fdt_read_reservation(&fdt, UINT32_MAX, &pa, &size), -ENOENT);

    REQUIRE(fdt_find(&fdt, "/chosen", &node) == 0);
    CHECK(fdt_read_string(&node, "bootargs", &text) == 0 && CHECK_STR(text, "loglevel=7 name=\"a b\""));
    CHECK(fdt_read_number(&node, "linux,initrd-start", &number) == 0 && CHECK_EQ(number, 0x84000000));
    CHECK(fdt_read_number(&node, "linux,initrd-end", &number) == 0 && CHECK_EQ(number, 0x84123456));
    CHECK(fdt_find_property(&node, "rng-seed", &seed) && CHECK_EQ(seed.size_bytes, 7));
    CHECK_EQ(fdt_read_number(&node, "rng-seed", &number), -EINVAL);
    CHECK_EQ(fdt_read_number(&node, "rng", &number), -ENOENT);
    REQUIRE(fdt_find(&fdt, "/cpus", &node) == 0 && fdt_read_number(&node, "timebase-frequency", &number) == 0);
    CHECK_EQ(number, 10000000);
    REQUIRE(fdt_find(&fdt, "/cpus/cpu@3", &node) == 0 && fdt_read_reg(&node, 0, &pa, &size) == 0);
    CHECK(pa == 3 && size == 0);
}

HOST_TEST(fdt_odd_properties)
{
    static const struct {
        const char *path;
        int reg, reg_pa;
    } rows[] = {
        {"/", -ENOENT, -ENOENT},
        {"/wraps", -ERANGE, -ERANGE},
        {"/short", -EINVAL, -EINVAL},
        {"/empty", -ENOENT, -ENOENT},
        {"/zero/device", -EINVAL, -EINVAL},
        {"/many/device", -EINVAL, -EINVAL},
        {"/cells/device", -EINVAL, -EINVAL},
        {"/top/fits", 0, 0},
        {"/top/wraps", 0, -ERANGE},
        {"/top/beyond", 0, -ERANGE},
        {"/short-ranges/device", 0, -EINVAL},
    };
    struct fdt fdt;
    struct fdt_node node;
    const char *text = NULL;
    uint64_t pa, size;

    if (!open_named(&fdt, "odd.dtb"))
        SKIP("OSSA_DTBS names no directory with odd.dtb");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        REQUIRE(fdt_find(&fdt, rows[i].path, &node) == 0);
        if (!CHECK_EQ(fdt_read_reg(&node, 0, &pa, &size), rows[i].reg) ||
            !CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), rows[i].reg_pa))
            printf("# %s\n", rows[i].path);
    }
    CHECK_EQ(fdt_find_stdout(&fdt, &node, &text), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "ring0", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "open", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "roo", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "roots", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "relative", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, ":", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "root/top//fits/", &node), 0);
    CHECK_EQ(fdt_find(&fdt, "/:x", &node), 0);
    CHECK_EQ(node.depth, 0);
    REQUIRE(fdt_find(&fdt, "/chosen", &node) == 0);
    CHECK_EQ(fdt_read_string(&node, "bootargs", &text), -EINVAL);
    CHECK_EQ(fdt_read_string(&node, "linux,initrd-end", &text), -EINVAL);
    CHECK_EQ(fdt_read_number(&node, "linux,initrd-start", &pa), -EINVAL);
    CHECK_EQ(fdt_read_number(&node, "linux,initrd-end", &pa), -EINVAL);
    REQUIRE(fdt_find(&fdt, "/unterminated", &node) == 0);
    CHECK(!fdt_is_compatible(&node, "ab"));
    REQUIRE(fdt_find(&fdt, "/half", &node) == 0);
    CHECK(fdt_is_compatible(&node, "ab") && !fdt_is_compatible(&node, "c"));
    REQUIRE(open_named(&fdt, "minimal.dtb"));
    CHECK_EQ(fdt_find_stdout(&fdt, &node, &text), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "serial0", &node), -ENOENT);
}

/* Blobs built here: header, one reservation slot, strings "a" and "chosen", then the tokens. */
enum { BEGIN = 1, END_NODE, PROP, NOP, END = 9, TOKENS = 18 };

static uint32_t built[4096], built_cells;

static void put(uint32_t value)
{
    built[built_cells++] = cpu_to_fdt32(value);
}

static void build_start(void)
{
    static const uint32_t header[] = {0xd00dfeed, 0, 4 * TOKENS, 56, 40, 17, 16, 0, 9, 0, 0, 0, 0, 0};

    built_cells = 0;
    for (unsigned i = 0; i < sizeof header / sizeof *header; i++)
        put(header[i]);
    memcpy(built + 14, "a\0chosen\0\0\0\0\0\0\0", 16);
    built_cells = TOKENS;
}

/* Ends the blob and opens it. True if the fault is as expected: NULL for none. */
static bool build_open(const char *fault)
{
    struct fdt fdt;

    built[1] = cpu_to_fdt32(4 * built_cells);
    built[9] = cpu_to_fdt32(4 * (built_cells - TOKENS));
    if (built_cells % 2)
        built[built_cells] = 0x5a5a5a5a;
    fdt_open(&fdt, place(built, 4 * built_cells), 4 * built_cells);
    if (!fdt.fault.what)
        use_all(&fdt);
    return CHECK_STR(fdt.fault.what, fault);
}

static void build(const char *fault, unsigned count, const uint32_t *tokens)
{
    build_start();
    for (unsigned i = 0; i < count; i++)
        put(tokens[i]);
    if (!build_open(fault))
        printf("# of %u tokens, the first %u %u\n", count, tokens[0], tokens[1]);
}
#define BUILD(fault, ...) build(fault, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

HOST_TEST(fdt_hostile_structure)
{
    BUILD(NULL, BEGIN, 0, END_NODE, END);
    BUILD(NULL, NOP, BEGIN, 0, NOP, PROP, 1, 0, 0, NOP, END_NODE, NOP, END);
    BUILD(NULL, BEGIN, 0, END_NODE, END, 0, 0, 0);
    BUILD("fdt token", END_NODE, BEGIN, 0, END_NODE, END);
    BUILD("fdt token", PROP, 0, 0, BEGIN, 0, END_NODE, END);
    BUILD("fdt token", END, 0);
    BUILD("fdt token", BEGIN, 0, END);
    BUILD("fdt token", BEGIN, 0, END_NODE, END_NODE, END);
    BUILD("fdt token", BEGIN, 0, END_NODE, BEGIN, 0, END_NODE, END);
    BUILD("fdt token", BEGIN, 0, END_NODE, END_NODE, BEGIN, 0, END);
    BUILD("fdt token", BEGIN, 0, END_NODE, PROP, 0, 0, END);
    BUILD("fdt token", BEGIN, 0, BEGIN, 0, END_NODE, PROP, 0, 0, END_NODE, END);
    BUILD("fdt token", BEGIN, 0, 5, END_NODE, END);
    BUILD("fdt token", BEGIN, 0, 0, END_NODE, END);
    BUILD("fdt structure past the end", BEGIN, 0);
    BUILD("fdt structure past the end", BEGIN, 0, END_NODE);
    BUILD("fdt structure past the end", BEGIN, 0, END_NODE, NOP);
    BUILD("fdt node name past the end", BEGIN, 0x61616161);
    BUILD("fdt node name past the end", BEGIN, 0, BEGIN, 0x61616161, 0x61616161);
    BUILD("fdt property name", BEGIN, 0, PROP, 0, 9, END_NODE, END);
    BUILD("fdt property name", BEGIN, 0, PROP, 0, 0xffffffff, END_NODE, END);
    BUILD(NULL, BEGIN, 0, PROP, 0, 8, END_NODE, END);
    BUILD("fdt property length", BEGIN, 0, PROP, 9, 0, END_NODE, END);
    BUILD("fdt property length", BEGIN, 0, PROP, 0xffffffff, 0, END_NODE, END);
    BUILD("fdt property length", BEGIN, 0, PROP, 0xfffffffd, 0, END_NODE, END);
    BUILD("fdt property length", BEGIN, 0, PROP, 0xfffffff0, 0, END_NODE, END);
    BUILD("fdt property length", BEGIN, 0, PROP, 0x7fffffff, 0, END_NODE, END);
    BUILD("fdt structure past the end", BEGIN, 0, PROP, 8, 0, END_NODE, END);
    BUILD("fdt token", BEGIN, 0, PROP);
    BUILD("fdt token", BEGIN, 0, PROP, 0);
    BUILD("fdt structure past the end", BEGIN, 0, PROP, 0, 0);
}

HOST_TEST(fdt_hostile_depth)
{
    for (uint32_t depth = 1; depth <= 1000; depth = depth < 70 ? depth + 1 : depth * 2) {
        build_start();
        for (uint32_t i = 0; i < depth; i++) {
            put(BEGIN);
            put(0);
        }
        for (uint32_t i = 0; i < depth; i++)
            put(END_NODE);
        put(END);
        if (!build_open(depth > FDT_DEPTH_MAX ? "fdt depth" : NULL))
            printf("# depth %u\n", depth);
    }
}

HOST_TEST(fdt_many_top_nodes)
{
    struct fdt fdt;
    struct fdt_node root, node;

    for (uint32_t count = FDT_TOP_MAX - 2; count < FDT_TOP_MAX + 3; count++) {
        build_start();
        put(BEGIN);
        put(0);
        for (uint32_t i = 0; i < count; i++) {
            put(BEGIN);
            put(0x61000000 | (0x30 + i / 10) << 16 | (0x30 + i % 10) << 8);
            put(BEGIN);
            put(0x62000000);
            put(END_NODE);
            put(END_NODE);
        }
        put(END_NODE);
        put(END);
        REQUIRE(build_open(NULL));
        REQUIRE(fdt_open(&fdt, place(built, 4 * built_cells), 4 * built_cells) == 0);
        fdt_root(&fdt, &root);
        same_children(&root);
        node = root;
        for (uint32_t i = 0; i < count; i++) { /* in every other child the cursor goes down before it goes on */
            CHECK(fdt_next_child(&root, &node));
            CHECK_EQ(fdt_name(&node)[1] * 10 + fdt_name(&node)[2], '0' * 11 + i);
            if (i % 2)
                CHECK(fdt_next_node(&node) && node.depth == 2);
        }
        CHECK(!fdt_next_child(&root, &node));
        node = root;
        REQUIRE(fdt_next_node(&node) && fdt_next_child(&root, &node));
        CHECK_STR(fdt_name(&node), "a01");
    }
}

HOST_TEST(fdt_unit_addresses)
{
    struct fdt fdt;
    struct fdt_node node;

    BUILD(NULL, BEGIN, 0, BEGIN, 0x61406240, 0x63000000, END_NODE, END_NODE, END); /* a@b@c */
    REQUIRE(fdt_open(&fdt, place(built, 4 * built_cells), 4 * built_cells) == 0);
    CHECK_EQ(fdt_find(&fdt, "/a", &node), 0);
    CHECK_EQ(fdt_find(&fdt, "/a@b@c", &node), 0);
    CHECK_EQ(fdt_find(&fdt, "/a@b", &node), -ENOENT);
    CHECK_EQ(fdt_find(&fdt, "/a@b@", &node), -ENOENT);
}

HOST_TEST(fdt_hostile_header)
{
    static const struct {
        uint32_t field, value;
        const char *fault;
    } rows[] = {
        {0, 0xedfe0dd0, "fdt magic"},
        {0, 0, "fdt magic"},
        {1, 0, "fdt totalsize"},
        {1, 39, "fdt totalsize"},
        {1, 40, "fdt off_mem_rsvmap"},
        {1, 2566, "fdt totalsize"},
        {1, UINT32_MAX, "fdt totalsize"},
        {2, 0, "fdt off_dt_struct"},
        {2, 32, "fdt off_dt_struct"},
        {2, 1, "fdt off_dt_struct"},
        {2, 90, "fdt off_dt_struct"},
        {2, 2564, "fdt off_dt_struct"},
        {2, UINT32_MAX, "fdt off_dt_struct"},
        {2, 0xfffffffc, "fdt off_dt_struct"},
        {3, 0, "fdt off_dt_strings"},
        {3, 2565, "fdt off_dt_strings"},
        {3, UINT32_MAX, "fdt off_dt_strings"},
        {4, 0, "fdt off_mem_rsvmap"},
        {4, 44, "fdt off_mem_rsvmap"},
        {4, 2560, "fdt off_mem_rsvmap"},
        {4, 0xfffffff8, "fdt off_mem_rsvmap"},
        {5, 0, "fdt version"},
        {5, 15, "fdt version"},
        {5, 16, NULL},
        {5, 18, NULL},
        {5, 99, NULL},
        {6, 0, NULL},
        {6, 17, NULL},
        {6, 18, "fdt last_comp_version"},
        {6, 99, "fdt last_comp_version"},
        {7, UINT32_MAX, NULL},
        {8, UINT32_MAX, "fdt size_dt_strings"},
        {8, 2565, "fdt off_dt_strings"},
        {8, 0, "fdt property name"},
        {9, UINT32_MAX, "fdt size_dt_struct"},
        {9, 2565, "fdt size_dt_struct"},
        {9, 0, NULL},
    };
    uint32_t size = 0;
    const uint8_t *bytes = named_blob("buses.dtb", &size);
    struct fdt fdt;

    if (!bytes)
        SKIP("OSSA_DTBS names no directory with buses.dtb");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t *blob = place(bytes, size), value = rows[i].value;

        if (value >= 2560 && value < 2570) /* written for the size that dtc 1.6.1 makes */
            value += size - 2565;
        if (rows[i].field == 2 && value == size - 1)
            value = size & ~3u;
        blob[rows[i].field] = cpu_to_fdt32(value);
        if (!CHECK_EQ(fdt_open(&fdt, blob, size), rows[i].fault ? -EINVAL : 0) ||
            !CHECK_STR(fdt.fault.what, rows[i].fault))
            printf("# header field %u = %#x\n", rows[i].field, value);
        if (rows[i].fault) {
            CHECK(fdt.fault.got != fdt.fault.want || rows[i].field == 8);
            CHECK(fdt.fault.offset < size);
        } else {
            use_all(&fdt);
        }
    }
    CHECK_EQ(fdt_open(&fdt, (uint8_t *)place(bytes, size) + 4, size), -EINVAL);
    CHECK_STR(fdt.fault.what, "fdt address");
}

/* No prefix of a blob is taken for a whole one, whether totalsize or the space says so. */
HOST_TEST(fdt_truncated)
{
    uint32_t size = 0;
    const uint8_t *bytes = named_blob("buses.dtb", &size);
    struct fdt fdt;

    if (!bytes)
        SKIP("OSSA_DTBS names no directory with buses.dtb");
    for (uint32_t kept = 0; kept < size; kept++) {
        uint32_t *blob = place(bytes, kept);

        CHECK_EQ(fdt_open(&fdt, blob, kept), -EINVAL);
        if (kept < 8)
            continue;
        blob[1] = cpu_to_fdt32(kept);
        CHECK_EQ(fdt_open(&fdt, blob, kept), -EINVAL);
    }
    for (uint32_t kept = 40; kept < size; kept += 8) { /* strings cut, not the header */
        uint32_t *blob = place(bytes, kept), strings = fdt_off_dt_strings(bytes);

        blob[1] = cpu_to_fdt32(kept);
        blob[9] = 0;
        blob[8] = kept > strings ? cpu_to_fdt32(kept - strings) : 0;
        blob[3] = kept > strings ? cpu_to_fdt32(strings) : cpu_to_fdt32(40);
        CHECK_EQ(fdt_open(&fdt, blob, kept), -EINVAL);
    }
}

HOST_TEST(fdt_hostile_reservations)
{
    uint32_t size = 0;
    const uint8_t *bytes = named_blob("buses.dtb", &size);
    struct fdt fdt;
    uint64_t pa, length;
    uint32_t *blob;

    if (!bytes)
        SKIP("OSSA_DTBS names no directory with buses.dtb");
    blob = place(bytes, size);
    blob[fdt_off_mem_rsvmap(bytes) / 4 + 7] = cpu_to_fdt32(0x1001);
    REQUIRE(fdt_open(&fdt, blob, size) == 0);
    CHECK_EQ(fdt_read_reservation(&fdt, 0, &pa, &length), 0);
    CHECK_EQ(fdt_read_reservation(&fdt, 1, &pa, &length), -ERANGE);
    CHECK_EQ(fdt_read_reservation(&fdt, 2, &pa, &length), -ENOENT);
    memset(blob + fdt_off_mem_rsvmap(bytes) / 4, 0xff, size - fdt_off_mem_rsvmap(bytes));
    CHECK_EQ(fdt_open(&fdt, blob, size), -EINVAL);
    CHECK_STR(fdt.fault.what, "fdt memory reservations past the end");
}

static void mutate(uint8_t *blob, uint32_t size)
{
    static const uint32_t values[] = {0, 1,          2,          3,          4,          9,         5,
                                      8, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffd, UINT32_MAX};
    uint64_t random = host_random();
    uint32_t at = (uint32_t)(random >> 32) % size, structure = fdt_off_dt_struct(blob);

    switch (random % 8) {
    case 0:
        blob[at] ^= 1 << (random >> 8) % 8;
        break;
    case 1:
        blob[at] = (uint8_t)(random >> 8);
        break;
    case 2: /* the header, often by little */
        at = (uint32_t)(random >> 32) % 10 * 4;
        memcpy(&structure, blob + at, 4);
        structure = cpu_to_fdt32(fdt32_to_cpu(structure) + (random & 16 ? values[(random >> 8) % 13] : 4));
        memcpy(blob + at, &structure, 4);
        break;
    case 3: /* a cell moved */
        memmove(blob + at / 4 * 4, blob + (uint32_t)(random >> 40) % size / 4 * 4, at + 4 < size ? 4 : 0);
        break;
    default:
        structure = cpu_to_fdt32(values[(random >> 8) % 13]);
        if (at + 8 < size)
            memcpy(blob + at / 4 * 4, &structure, 4);
    }
}

HOST_TEST(fdt_mutations)
{
    static const char *const names[] = {"buses.dtb", "odd.dtb", "minimal.dtb", "buses.dtb", "riscv64-1-64M.dtb"};
    unsigned opened = 0, compared = 0;
    struct fdt fdt;

    if (!load_blobs())
        SKIP("OSSA_DTBS names no directory with .dtb files");
    for (unsigned round = 0; round < 100000; round++) {
        uint32_t size = 0;
        const uint8_t *bytes = named_blob(names[round % 100 == 99 ? 4 : round % 4], &size);
        uint8_t *blob;

        REQUIRE(bytes);
        blob = place(bytes, size);
        for (uint64_t count = host_random() % 3 + 1; count > 0; count--)
            mutate(blob, size);
        if (fdt_open(&fdt, blob, size) != 0)
            continue;
        use_all(&fdt);
        opened++;
        if (fdt_version(blob) < 17 ||
            fdt_check_full(blob, size) != 0) /* which itself dies of some that are refused here */
            continue;
        if (compared++ % 32 == 0 && !same_tree(&fdt, false)) {
            printf("# after mutation %u of %s\n", round, names[round % 4]);
            break;
        }
    }
    printf("# %u of 100000 opened, %u by libfdt as well\n", opened, compared);
    CHECK(opened > 10000 && compared > 10000);
}
