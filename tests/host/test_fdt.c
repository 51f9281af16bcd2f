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
#include <ossa/fdt_more.h>
#include <ossa/format.h>
#include <ossa/string.h>

#define ROOM  0x200000u
#define NODES 4096u

static uint8_t *guard; /* the unreadable page */
static struct fdt_entry index_of_blob[NODES];
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

/* Where libfdt sees the node: it begins in front of its name, the root at the structure's first token. */
static int offset_of(const struct fdt_node *node)
{
    const char *structure = (const char *)node->fdt->cells + fdt_off_dt_struct(node->fdt->cells);

    return node->depth ? (int)(node->name - structure) - 4 : 0;
}

/* Opens a blob that `size` bytes have been found of. */
static int open_blob(struct fdt *fdt, const void *blob, uint32_t size)
{
    if (size < FDT_HEADER_BYTES)
        return -EINVAL;
    uint32_t want = fdt_read_size(fdt, blob);

    if (want > size)
        fdt->fault.what = "beyond";
    return want == 0 || want > size ? -EINVAL : fdt_open(fdt, blob, index_of_blob, NODES);
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
    return oracle_number(value, size / 4, &number) && number <= 2 ? (int)number : -1;
}

static int oracle_reg(const void *blob, int offset, uint32_t index, uint64_t *address, uint64_t *size)
{
    int bus = fdt_parent_offset(blob, offset), bytes, entry;
    const uint8_t *value = fdt_getprop(blob, offset, "reg", &bytes);
    int a = bus < 0 ? 0 : oracle_cells(blob, bus, "#address-cells", 2), s = oracle_cells(blob, bus, "#size-cells", 1);
    unsigned __int128 at, length, from, to, extent, top = (unsigned __int128)1 << 64;

    if (bus < 0 || !value)
        return -ENOENT;
    if (a < 0 || s < 0)
        return bytes ? -EINVAL : -ENOENT;
    entry = 4 * (a + s);
    if (!entry || bytes % entry)
        return -EINVAL;
    if (index >= (uint32_t)(bytes / entry))
        return -ENOENT;
    value += index * (uint32_t)entry;
    oracle_number(value, a, &at);
    oracle_number(value + 4 * a, s, &length);
    for (int above; (above = fdt_parent_offset(blob, bus)) >= 0; bus = above) {
        const uint8_t *ranges = fdt_getprop(blob, bus, "ranges", &bytes), *end = ranges + (ranges ? bytes : 0);
        int p = oracle_cells(blob, above, "#address-cells", 2);

        a = oracle_cells(blob, bus, "#address-cells", 2);
        s = oracle_cells(blob, bus, "#size-cells", 1);
        entry = 4 * (a + p + s);
        if (ranges && !bytes)
            continue;
        if (!ranges || a < 0 || s < 0 || p < 0 || !entry || bytes % entry)
            return -ERANGE;
        for (; ranges < end; ranges += entry) {
            oracle_number(ranges, a, &from);
            oracle_number(ranges + 4 * a, p, &to);
            oracle_number(ranges + 4 * (a + p), s, &extent);
            if (at >= from && at < from + extent && at + length <= from + extent)
                break;
        }
        if (ranges == end)
            return -ERANGE;
        at = at - from + to;
        if (at >= top)
            return -ERANGE;
    }
    if (at + length > top)
        return -ERANGE;
    *address = (uint64_t)at;
    *size = (uint64_t)length;
    return 0;
}

static bool same_reg(const struct fdt_node *node)
{
    bool same = true;

    for (uint32_t index = 0; index < 4; index++) {
        uint64_t pa = 0, size = 0, want_pa = 0, want_size = 0;
        int want = oracle_reg(node->fdt->cells, offset_of(node), index, &want_pa, &want_size);

        same &= CHECK_EQ(fdt_read_reg_pa(node, index, &pa, &size), want) && CHECK_EQ(pa, want_pa) &&
                CHECK_EQ(size, want_size);
    }
    return same;
}

static bool same_properties(const struct fdt_node *node)
{
    const void *blob = node->fdt->cells;
    int offset, size, want_size;
    uint32_t got_size = 0;
    const char *name;
    bool same = true;

    fdt_for_each_property_offset(offset, blob, offset_of(node))
    {
        if (!CHECK(fdt_getprop_by_offset(blob, offset, &name, &size)))
            return false;
        if (name[strcspn(name, "/:")]) /* ends a name that is asked for */
            continue;
        const void *want = fdt_getprop(blob, offset_of(node), name, &want_size);

        same &= CHECK_EQ((uintptr_t)fdt_find_property(node, name, &got_size), (uintptr_t)want) &&
                CHECK_EQ(got_size, want_size);
    }
    return same & CHECK(!fdt_find_property(node, "no-such-property", &got_size));
}

static bool same_lookups(const struct fdt_node *node)
{
    const void *blob = node->fdt->cells;
    struct fdt_node found;
    char path[512];
    const char *compatible, *end;
    int size, want;
    uint32_t phandle = fdt_get_phandle(blob, offset_of(node));
    bool same = true;

    if (phandle != 0 && CHECK(fdt_find_phandle(node->fdt, phandle, &found)))
        same &= CHECK_EQ(offset_of(&found), fdt_node_offset_by_phandle(blob, phandle));
    found = *node;
    if (CHECK_EQ(fdt_parent_node(&found), node->depth > 0) && node->depth > 0)
        same &= CHECK_EQ(offset_of(&found), fdt_parent_offset(blob, offset_of(node)));
    if (node->depth > 0 && fdt_get_path(blob, offset_of(node), path, sizeof path - 4) == 0) {
        want = fdt_path_offset(blob, path);
        if (CHECK_EQ(fdt_find(node->fdt, path, &found), want >= 0) && want >= 0)
            same &= CHECK_EQ(offset_of(&found), want);
        if (strrchr(path, '@'))
            *strrchr(path, '@') = '\0';
        want = fdt_path_offset(blob, path);
        if (CHECK_EQ(fdt_find(node->fdt, path, &found), want >= 0) && want >= 0)
            same &= CHECK_EQ(offset_of(&found), want);
        strcat(path, "/?");
        same &= CHECK(!fdt_find(node->fdt, path, &found));
    }
    compatible = fdt_getprop(blob, offset_of(node), "compatible", &size);
    for (end = compatible + (compatible ? size : 0);
         compatible && compatible < end && memchr(compatible, 0, (size_t)(end - compatible));
         compatible += strlen(compatible) + 1)
        same &= CHECK(fdt_is_compatible(node, compatible));
    return same & CHECK(!fdt_is_compatible(node, "nobody,nothing"));
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

    fdt_find(fdt, "", &node);
    for (; offset >= 0 && depth >= 0; offset = libc_fdt_next_node(blob, offset, &depth), more = fdt_next_node(&node)) {
        if (!CHECK(more) || !CHECK_EQ(offset_of(&node), offset))
            return false;
        same &= CHECK_EQ(node.depth, depth) && CHECK_STR(node.name, fdt_get_name(blob, offset, NULL));
        same &= same_properties(&node) && same_reg(&node);
        if (thorough)
            same &= same_lookups(&node);
    }
    return same & CHECK(!more) & CHECK(fdt->is_whole);
}

/* Asks all questions, whatever the answers: to be called where only survival counts. */
static uint64_t use_all(const struct fdt *fdt)
{
    static const char *const names[] = {"", "reg", "compatible", "bootargs", "status", "ranges", "rng-seed", "name"};
    struct fdt_node node, found;
    uint64_t sum = 0, first, second;
    const char *text;

    for (uint32_t i = 0; fdt_read_reservation(fdt, i, &first, &second) == 0; i++)
        sum += first + second;
    fdt_find(fdt, "", &node);
    do {
        for (unsigned name = 0; name < sizeof names / sizeof *names; name++) {
            uint32_t size = 0;
            const uint8_t *value = fdt_find_property(&node, names[name], &size);

            for (uint32_t i = 0; i < size; i++)
                sum += value[i];
        }
        for (uint32_t i = 0; i < 3 && fdt_read_reg_pa(&node, i, &first, &second) == 0; i++)
            sum += first + second;
        sum += fdt_match(&node, (const char *const[]){"sifive,test0", "ns16550a"}, 2) == 1;
        sum += fdt_is_compatible(&node, "ns16550a") + fdt_is_named(node.name, "memory") + strlen(node.name);
        sum += fdt_read_number(&node, "linux,initrd-start", &first) == 0 ? first : 0;
        text = fdt_find_string(&node, "bootargs");
        sum += text ? strlen(text) : 0;
        sum += fdt_find_stdout(&node, &found);
    } while (fdt_next_node(&node));
    return sum + fdt_find(fdt, "/soc/serial", &found) + fdt_find(fdt, "/values/nest/nest/nest/nest", &found);
}

HOST_TEST(fdt_equals_libfdt)
{
    struct fdt fdt;

    if (!load_blobs())
        SKIP("OSSA_DTBS names no directory with .dtb files");
    for (unsigned i = 0; i < good_count; i++) {
        const void *blob = place(good[i], good_size[i]);

        if (!CHECK_EQ(open_blob(&fdt, blob, good_size[i]), 0) || !same_tree(&fdt, true))
            printf("# in %s: %s\n", good_name[i], fdt.fault.what ? fdt.fault.what : "");
        CHECK_EQ(fdt.size_bytes, good_size[i]);
        CHECK(!fdt.fault.what);
    }
}

static bool open_named(struct fdt *fdt, const char *name)
{
    uint32_t size = 0;
    const uint8_t *bytes = named_blob(name, &size);

    return bytes && open_blob(fdt, place(bytes, size), size) == 0;
}

static uint64_t pa_of(const struct fdt *fdt, const char *path)
{
    struct fdt_node node;
    uint64_t pa = 0, size;

    return fdt_find(fdt, path, &node) && fdt_read_reg_pa(&node, 0, &pa, &size) == 0 ? pa : 0;
}

HOST_TEST(fdt_boot_questions)
{
    struct fdt fdt;
    struct fdt_node chosen, node;
    uint32_t bytes;
    uint64_t pa, size, number = 0;
    unsigned memories = 0, reserved = 0;
    bool in_reserved = false;

    if (!open_named(&fdt, "buses.dtb"))
        SKIP("OSSA_DTBS names no directory with buses.dtb");
    REQUIRE(fdt_find(&fdt, "/chosen", &chosen) && fdt_find_stdout(&chosen, &node));
    CHECK_STR(node.name, "serial@200");
    CHECK(fdt_is_compatible(&node, "ns16550a") && !fdt_is_compatible(&node, "ns16550"));
    CHECK_EQ(fdt_match(&node, (const char *const[]){"ns16550", "ns16550a"}, 2), 1);
    CHECK_EQ(fdt_match(&node, (const char *const[]){"ns16550a", "ns16550"}, 1), 0);
    CHECK_EQ(fdt_match(&chosen, (const char *const[]){"ns16550", "ns16550a"}, 2), -ENOENT);
    CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), 0);
    CHECK_EQ(pa, 0x40000200);
    CHECK_EQ(size, 0x100);
    CHECK_EQ(fdt_read_reg_pa(&node, 1, &pa, &size), -ENOENT);
    CHECK_EQ(pa_of(&fdt, "/soc/bridge/serial@8100"), 0x1250000100);
    CHECK_EQ(pa_of(&fdt, "/soc/bridge/inner/device"), 0x1250000810);
    REQUIRE(fdt_find(&fdt, "/soc/wide/device", &node));
    CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), -EINVAL);
    REQUIRE(fdt_find(&fdt, "/nowhere/device", &node));
    CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), -ERANGE);

    fdt_find(&fdt, "", &node);
    while (fdt_next_node(&node)) {
        if (node.depth == 1)
            in_reserved = fdt_is_named(node.name, "reserved-memory");
        for (uint32_t i = 0; fdt_is_named(node.name, "memory") && fdt_read_reg_pa(&node, i, &pa, &size) == 0; i++)
            memories++;
        if (in_reserved && node.depth == 2)
            reserved += fdt_read_reg_pa(&node, 0, &pa, &size) == 0 && pa == 0x80000000u + 0x40000u * reserved;
    }
    CHECK_EQ(memories, 3);
    CHECK_EQ(reserved, 2);
    REQUIRE(fdt_read_reservation(&fdt, 1, &pa, &size) == 0);
    CHECK_EQ(pa, 0xfffffffffffff000);
    CHECK_EQ(fdt_read_reservation(&fdt, 2, &pa, &size), -ENOENT);
    CHECK_EQ(fdt_read_reservation(&fdt, UINT32_MAX, &pa, &size), -EINVAL);

    CHECK_STR(fdt_find_string(&chosen, "bootargs"), "loglevel=7 name=\"a b\"");
    CHECK(fdt_read_number(&chosen, "linux,initrd-start", &number) == 0 && CHECK_EQ(number, 0x84000000));
    CHECK(fdt_read_number(&chosen, "linux,initrd-end", &number) == 0 && CHECK_EQ(number, 0x84123456));
    CHECK(fdt_find_property(&chosen, "rng-seed", &bytes) && CHECK_EQ(bytes, 7));
    CHECK_EQ(fdt_read_number(&chosen, "rng-seed", &number), -EINVAL);
    CHECK_EQ(fdt_read_number(&chosen, "rng", &number), -ENOENT);
    REQUIRE(fdt_find(&fdt, "/cpus", &node) && fdt_read_number(&node, "timebase-frequency", &number) == 0);
    CHECK_EQ(number, 10000000);
    CHECK(fdt_find(&fdt, "/values/same@2/same", &node) && !fdt_find(&fdt, "/values/same@1/same", &node));
    CHECK(!fdt_find(&fdt, "/", &node) && !fdt_find(&fdt, "/values/", &node) && !fdt_find(&fdt, "//values", &node));
}

/* stdout-path by path and by alias: the text is written over the one in the blob. */
HOST_TEST(fdt_stdout_path)
{
    static const struct {
        const char *path, *name;
    } rows[] = {
        {"serial0", "serial@10000000"},
        {"serial1:", "serial@200"},
        {"serial:9", NULL},
        {"serial11", NULL},
        {"bus", "soc"},
        {"text:9600", "serial@10000000"},
        {"/soc/serial:9", "serial@10000000"},
        {"/soc/serial@1", NULL},
        {"soc", NULL},
        {"", NULL},
        {":", NULL},
        {"bus/serial", NULL},
    };
    struct fdt fdt;
    struct fdt_node chosen, node;

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!open_named(&fdt, "buses.dtb"))
            SKIP("OSSA_DTBS names no directory with buses.dtb");
        REQUIRE(fdt_find(&fdt, "/chosen", &chosen) && strlen(rows[i].path) <= strlen("serial1:115200n8"));
        memcpy((char *)(uintptr_t)fdt_find_string(&chosen, "stdout-path"), rows[i].path, strlen(rows[i].path) + 1);
        bool found = fdt_find_stdout(&chosen, &node);

        if (!CHECK_EQ(found, rows[i].name != NULL) || (found && !CHECK(fdt_is_named(node.name, rows[i].name))))
            printf("# stdout-path \"%s\"\n", rows[i].path);
    }
}

HOST_TEST(fdt_odd_properties)
{
    static const struct {
        const char *path;
        int reg;
    } rows[] = {
        {"", -ENOENT},
        {"/wraps", -ERANGE},
        {"/short", -EINVAL},
        {"/empty", -ENOENT},
        {"/zero/device", -EINVAL},
        {"/many/device", -EINVAL},
        {"/cells/device", -EINVAL},
        {"/top/fits", 0},
        {"/top/wraps", -ERANGE},
        {"/top/beyond", -ERANGE},
        {"/short-ranges/device", -ERANGE},
    };
    struct fdt fdt;
    struct fdt_node chosen, node;
    uint64_t pa, size;

    if (!open_named(&fdt, "odd.dtb"))
        SKIP("OSSA_DTBS names no directory with odd.dtb");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        REQUIRE(fdt_find(&fdt, rows[i].path, &node));
        pa = 4711;
        if (!CHECK_EQ(fdt_read_reg_pa(&node, 0, &pa, &size), rows[i].reg) || !CHECK((pa == 4711) == (rows[i].reg != 0)))
            printf("# %s\n", rows[i].path);
    }
    REQUIRE(fdt_find(&fdt, "/chosen", &chosen));
    CHECK(!fdt_find_stdout(&chosen, &node));
    CHECK(!fdt_find_string(&chosen, "bootargs") && !fdt_find_string(&chosen, "linux,initrd-end"));
    CHECK_EQ(fdt_read_number(&chosen, "linux,initrd-start", &pa), -EINVAL);
    CHECK_EQ(fdt_read_number(&chosen, "linux,initrd-end", &pa), -EINVAL);
    REQUIRE(fdt_find(&fdt, "/unterminated", &node));
    CHECK(!fdt_is_compatible(&node, "ab"));
    REQUIRE(fdt_find(&fdt, "/half", &node));
    CHECK(fdt_is_compatible(&node, "ab") && !fdt_is_compatible(&node, "c"));
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

/* Ends the blob, opens it and walks. True if the fault is as expected: NULL for none, "walk" for one in the tree. */
static bool build_open(const char *fault)
{
    struct fdt fdt;
    int error;

    built[1] = cpu_to_fdt32(4 * built_cells);
    built[9] = cpu_to_fdt32(4 * (built_cells - TOKENS));
    if (built_cells % 2)
        built[built_cells] = 0x5a5a5a5a;
    error = open_blob(&fdt, place(built, 4 * built_cells), 4 * built_cells);
    if (!error)
        use_all(&fdt);
    return CHECK_STR(error ? fdt.fault.what : fdt.is_whole ? NULL : "walk", fault);
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
    BUILD(NULL, BEGIN, 0, NOP, PROP, 1, 0, 0, NOP, END_NODE, NOP, END);
    BUILD(NULL, BEGIN, 0, END_NODE, END, 0, 0, 0);
    BUILD("fdt first token", NOP, BEGIN, 0, END_NODE, END);
    BUILD("fdt first token", END_NODE, BEGIN, 0, END_NODE, END);
    BUILD("fdt first token", PROP, 0, 0, BEGIN, 0, END_NODE, END);
    BUILD("fdt first token", END, 0);
    BUILD("fdt root's name in it", BEGIN, 0, END);
    BUILD("walk", BEGIN, 0, BEGIN, 0, END_NODE, END);
    BUILD("walk", BEGIN, 0, 5, END_NODE, END);
    BUILD("walk", BEGIN, 0, 0, END_NODE, END);
    BUILD("fdt root's name in it", BEGIN, 0);
    BUILD("fdt root's name in it", BEGIN, 0, END_NODE);
    BUILD("fdt root's name in it", BEGIN, 0, NOP);
    BUILD("walk", BEGIN, 0, NOP, NOP, NOP);
    BUILD("fdt root's name in it", BEGIN, 0x61616161);
    BUILD("walk", BEGIN, 0, BEGIN, 0x61616161, 0x61616161);
    BUILD("walk", BEGIN, 0, BEGIN, 0x61616100, 0x61616161);
    BUILD("walk", BEGIN, 0, PROP, 9, 0, END_NODE, END);
    BUILD("walk", BEGIN, 0, PROP, 0xffffffff, 0, END_NODE, END);
    BUILD("walk", BEGIN, 0, PROP, 0xfffffffd, 0, END_NODE, END);
    BUILD("walk", BEGIN, 0, PROP, 0xfffffff0, 0, END_NODE, END);
    BUILD("walk", BEGIN, 0, PROP, 0x7fffffff, 0, END_NODE, END);
    BUILD("walk", BEGIN, 0, PROP, 8, 0, END_NODE, END);
    BUILD("fdt root's name in it", BEGIN, 0, PROP);
    BUILD("walk", BEGIN, 0, PROP, 0);
    BUILD("walk", BEGIN, 0, PROP, 0, 0);
    /* What has no name is never found, nor what does not come before the child nodes, nor what follows the root. */
    BUILD(NULL, BEGIN, 0, PROP, 0, 9, END_NODE, END);
    BUILD(NULL, BEGIN, 0, PROP, 0, 0xffffffff, END_NODE, END);
    BUILD(NULL, BEGIN, 0, PROP, 0, 8, END_NODE, END);
    BUILD(NULL, BEGIN, 0, BEGIN, 0, END_NODE, PROP, 0, 0, END_NODE, END);
    BUILD(NULL, BEGIN, 0, END_NODE, END_NODE, END);
    BUILD(NULL, BEGIN, 0, END_NODE, BEGIN, 0, END_NODE, END);
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
        if (!build_open(NULL))
            printf("# depth %u\n", depth);
    }
}

/* What does not fit into the index ends the tree. */
HOST_TEST(fdt_hostile_size)
{
    struct fdt fdt;
    static const uint32_t tree[] = {BEGIN, 0, BEGIN, 0x61000000, END_NODE, BEGIN, 0x62000000, END_NODE, END_NODE, END};
    struct fdt_node node;

    for (uint32_t size = 1; size <= 4; size++) {
        build_start();
        for (unsigned i = 0; i < sizeof tree / sizeof *tree; i++)
            put(tree[i]);
        built[1] = cpu_to_fdt32(4 * built_cells);
        REQUIRE(fdt_read_size(&fdt, place(built, 4 * built_cells)) == 4 * built_cells);
        CHECK_EQ(fdt_open(&fdt, guard - (4 * built_cells + 7) / 8 * 8, index_of_blob, size), 0);
        CHECK_EQ(fdt.is_whole, size >= 3);
        CHECK_EQ(fdt.node_count, size < 3 ? size : 3);
        CHECK_EQ(fdt_find(&fdt, "/b", &node), size >= 3);
    }
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
        {1, 2566, "beyond"},
        {1, UINT32_MAX, "beyond"},
        {2, 0, "fdt off_dt_struct"},
        {2, 32, "fdt off_dt_struct"},
        {2, 1, "fdt offsets' misalignment"},
        {2, 90, "fdt offsets' misalignment"},
        {2, 2564, "fdt off_dt_struct"},
        {2, UINT32_MAX, "fdt offsets' misalignment"},
        {2, 0xfffffffc, "fdt off_dt_struct"},
        {3, 0, "fdt off_dt_strings"},
        {3, 2565, "fdt size_dt_strings"},
        {3, UINT32_MAX, "fdt off_dt_strings"},
        {4, 0, "fdt off_mem_rsvmap"},
        {4, 44, "fdt offsets' misalignment"},
        {4, 2560, NULL},
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
        {8, 2565, "fdt size_dt_strings"},
        {8, 0, NULL},
        {9, UINT32_MAX, NULL},
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
        if (!CHECK_EQ(open_blob(&fdt, blob, size), rows[i].fault ? -EINVAL : 0) ||
            !CHECK_STR(fdt.fault.what, rows[i].fault))
            printf("# header field %u = %#x\n", rows[i].field, value);
        if (!rows[i].fault)
            use_all(&fdt);
        else if (strcmp(rows[i].fault, "beyond") != 0)
            CHECK(fdt.fault.got != fdt.fault.want);
    }
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

        CHECK_EQ(open_blob(&fdt, blob, kept), -EINVAL);
        if (kept < 8)
            continue;
        blob[1] = cpu_to_fdt32(kept);
        CHECK_EQ(open_blob(&fdt, blob, kept), -EINVAL);
    }
    for (uint32_t kept = 40; kept < fdt_off_dt_strings(bytes); kept += 4) { /* no strings, and the tree cut */
        uint32_t *blob = place(bytes, kept);

        blob[1] = cpu_to_fdt32(kept);
        blob[8] = 0;
        blob[3] = cpu_to_fdt32(40);
        CHECK(open_blob(&fdt, blob, kept) == -EINVAL || !fdt.is_whole);
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
    blob[4] = cpu_to_fdt32((fdt_off_dt_strings(bytes) + 7) & ~7u); /* text without 16 zeroes in a row */
    REQUIRE(open_blob(&fdt, blob, size) == 0);
    int error = 0;

    for (uint32_t i = 0; error == 0; i++)
        error = fdt_read_reservation(&fdt, i, &pa, &length);
    CHECK_EQ(error, -EINVAL);
}

/* Are all names filled up with zeroes, as the specification has it and libfdt does not ask? */
static bool names_padded(const void *blob)
{
    for (int offset = 0, depth = 0, length; offset >= 0 && depth >= 0;
         offset = libc_fdt_next_node(blob, offset, &depth)) {
        const char *name = fdt_get_name(blob, offset, &length);

        if (!name)
            return false;
        for (int i = length; i % 4 != 3; i++)
            if (name[i + 1] != '\0')
                return false;
    }
    return true;
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
    uint64_t rounds = host_times(30000), opened = 0, compared = 0;
    struct fdt fdt;

    if (!load_blobs())
        SKIP("OSSA_DTBS names no directory with .dtb files");
    for (uint64_t round = 0; round < rounds; round++) {
        uint32_t size = 0;
        const uint8_t *bytes = named_blob(names[round % 100 == 99 ? 4 : round % 4], &size);
        uint8_t *blob;

        REQUIRE(bytes);
        blob = place(bytes, size);
        for (uint64_t count = host_random() % 3 + 1; count > 0; count--)
            mutate(blob, size);
        if (open_blob(&fdt, blob, size) != 0)
            continue;
        use_all(&fdt);
        opened++;
        if (!fdt.is_whole || fdt_version(blob) < 17 || fdt_check_full(blob, size) != 0 ||
            !names_padded(blob)) /* which itself dies of some that are refused here */
            continue;
        if (compared++ % 32 == 0 && !same_tree(&fdt, false)) {
            printf("# after mutation %" PRIu64 " of %s\n", round, names[round % 4]);
            break;
        }
    }
    printf("# %" PRIu64 " of %" PRIu64 " opened, %" PRIu64 " by libfdt as well\n", opened, rounds, compared);
    CHECK(opened > rounds / 10 && compared > rounds / 10);
}
