/* SPDX-License-Identifier: 0BSD */
/*
 * ACPI tables from arbitrary bytes. The input is cut into tables whose headers are mostly right, so that what lies
 * behind a checksum is reached, too; then every question is asked. What is mapped is a copy of its own, exactly as long
 * as was asked for and freed at the next call: AddressSanitizer sees every byte read beside it or too late. For
 * libFuzzer and, included by tests/host/test_acpi.c, for a host test.
 */
#include <ossa/acpi.h>
#include <ossa/errno.h>
#include <ossa/string.h>
#include <stdlib.h>

enum { RSDP_PA = 0xe0000, ROOT_PA = 0xf0000, TABLES_PA = 0x100000, TABLE_STEP = 0x100000, PIECES_MAX = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Physical memory: pieces, and nothing between them. */
static struct piece {
    uint64_t pa;
    size_t size_bytes;
    uint8_t *bytes;
    bool in_root;
} pieces[PIECES_MAX];
static unsigned piece_count, map_calls;
static uint8_t *window; /* what was mapped last */
static bool asked_wrongly;
static unsigned fuzz_opened, fuzz_entries, fuzz_s5; /* successes, to see that the inputs are any good */

static const void *world_map(void *context, uint64_t pa, size_t size_bytes)
{
    (void)context;
    map_calls++;
    free(window);
    window = NULL;
    asked_wrongly |= pa == 0 || size_bytes == 0 || size_bytes > ACPI_TABLE_BYTES_MAX || pa + (size_bytes - 1) < pa;
    for (struct piece *p = pieces; p < pieces + piece_count && !window; p++)
        if (pa >= p->pa && pa - p->pa <= p->size_bytes && size_bytes <= p->size_bytes - (pa - p->pa)) {
            window = malloc(size_bytes);
            memcpy(window, p->bytes + (pa - p->pa), size_bytes);
        }
    return window;
}

static void put(uint8_t *bytes, unsigned count, uint64_t number)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static void fix_sum(uint8_t *bytes, size_t size, uint8_t *sum)
{
    *sum = 0;
    uint8_t all = 0;
    for (size_t i = 0; i < size; i++)
        all = (uint8_t)(all + bytes[i]);
    *sum = (uint8_t)-all;
}

static void world_start(void)
{
    while (piece_count > 0)
        free(pieces[--piece_count].bytes);
    map_calls = 0;
}

static struct piece *world_add(uint64_t pa, size_t size_bytes, bool in_root)
{
    struct piece *piece = &pieces[piece_count++];
    *piece = (struct piece){pa, size_bytes, calloc(1, size_bytes + 1), in_root};
    return piece;
}

/* Adds a table with this body, or zeroes for it, and a right header. */
static struct piece *world_table(const char *signature, uint8_t revision, const void *body, size_t body_bytes)
{
    uint64_t pa = TABLES_PA + (uint64_t)piece_count * TABLE_STEP;
    struct piece *table = world_add(pa, 36 + body_bytes, memcmp(signature, "DSDT", 4) != 0);
    memcpy(table->bytes, signature, 4);
    put(table->bytes + 4, 4, table->size_bytes);
    table->bytes[8] = revision;
    if (body)
        memcpy(table->bytes + 36, body, body_bytes);
    fix_sum(table->bytes, table->size_bytes, table->bytes + 9);
    return table;
}

/* Adds the root table, of the tables there are, and an RSDP: ACPI 1.0's leads to an RSDT, 2.0's to an XSDT. */
static void world_finish(uint8_t revision)
{
    unsigned entry_bytes = revision >= 2 ? 8 : 4, count = 0;
    for (unsigned i = 0; i < piece_count; i++)
        count += pieces[i].in_root;
    struct piece *root = world_add(ROOT_PA, 36 + count * entry_bytes, false);
    struct piece *rsdp = world_add(RSDP_PA, revision >= 2 ? 36 : 20, false);
    memcpy(root->bytes, revision >= 2 ? "XSDT" : "RSDT", 4);
    put(root->bytes + 4, 4, root->size_bytes);
    uint8_t *entry = root->bytes + 36;
    for (struct piece *piece = pieces; piece < root; piece++)
        if (piece->in_root) {
            put(entry, entry_bytes, piece->pa);
            entry += entry_bytes;
        }
    fix_sum(root->bytes, root->size_bytes, root->bytes + 9);
    memcpy(rsdp->bytes, "RSD PTR ", 8);
    rsdp->bytes[15] = revision;
    put(rsdp->bytes + 16, 4, revision >= 2 ? 0 : ROOT_PA);
    fix_sum(rsdp->bytes, 20, rsdp->bytes + 8);
    if (revision < 2)
        return;
    put(rsdp->bytes + 20, 4, 36);
    put(rsdp->bytes + 24, 8, ROOT_PA);
    fix_sum(rsdp->bytes, 36, rsdp->bytes + 32);
}

/* An error that contracts name, and a fault with it. */
static bool is_known(const struct acpi *acpi, int error)
{
    return error == 0 || error == -ENOENT || ((error == -EINVAL || error == -EFAULT) && acpi->fault.what);
}

static bool is_register(const struct acpi_register *reg)
{
    uint8_t width = reg->access_bytes;
    return (width == 1 || width == 2 || width == 4 || width == 8) &&
           (reg->space != ACPI_SPACE_IO || reg->place <= UINT16_MAX);
}

static bool use_fadt(struct acpi *acpi)
{
    struct acpi_fadt fadt;
    struct acpi_s5 s5;
    int error = acpi_read_fadt(acpi, &fadt);
    bool sound = is_known(acpi, error);
    if (error)
        return sound;
    sound = is_register(&fadt.sleep_control) && is_register(&fadt.sleep_status) &&
            (fadt.reset.place == 0 || is_register(&fadt.reset)) &&
            (fadt.hardware_reduced ||
             (is_register(&fadt.pm_timer) && is_register(&fadt.pm1a_control) && is_register(&fadt.pm1b_control)));
    error = acpi_find_s5(acpi, &fadt, &s5);
    fuzz_s5 += error == 0;
    return sound && is_known(acpi, error) && (error || (s5.type_a <= 7 && s5.type_b <= 7));
}

static bool use_madt(struct acpi *acpi)
{
    struct acpi_madt madt;
    struct acpi_madt_entry entry;
    int error = acpi_open_madt(acpi, &madt);
    for (unsigned count = 0; error == 0; count++) {
        error = acpi_next_madt(&madt, &entry);
        fuzz_entries += error == 0;
        if (madt.at > madt.table.size_bytes || count > madt.table.size_bytes / 2 ||
            (error == 0 && entry.kind > ACPI_MADT_LOCAL_NMI))
            return false;
    }
    return is_known(acpi, error);
}

/* Asks all questions, whatever the answers. */
static bool use_all(struct acpi *acpi)
{
    static const char *const names[] = {"FACP", "APIC", "HPET", "SPCR", "SSDT", "XSDT", "RSDT"};
    struct acpi_table table;
    struct acpi_hpet hpet;
    struct acpi_spcr spcr;
    bool sound = true;
    for (unsigned name = 0; name < sizeof(names) / sizeof(*names); name++) {
        int error = 0;
        for (uint32_t index = 0; error != -ENOENT && sound; index++) {
            error = acpi_find_table(acpi, names[name], index, &table);
            sound = is_known(acpi, error) && index <= 1024 && (error || table.size_bytes >= 36);
        }
    }
    int error = acpi_read_hpet(acpi, &hpet);
    sound = sound && is_known(acpi, error) && (error || hpet.pa != 0);
    error = acpi_read_spcr(acpi, &spcr);
    sound = sound && is_known(acpi, error) && (error || is_register(&spcr.uart));
    return sound && use_fadt(acpi) && use_madt(acpi) && !asked_wrongly;
}

/* One byte of flags, then tables: kind, length in two bytes, revision, body. */
static bool fuzz_run(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"APIC", "FACP", "DSDT", "HPET", "SPCR", "SSDT", "APIC", "XSDT"};
    enum { POINT = 0x10, LONGER = 0x20, RAW_SUM = 0x40, REVISION_1 = 0x80, RAW_RSDP = 0x0f };
    struct acpi acpi;
    uint64_t dsdt_pa = 0;
    world_start();
    uint8_t flags = size > 0 ? *data++ : 0;
    size -= size > 0;
    while (size >= 4 && piece_count < 16) {
        size_t length = data[1] | (size_t)data[2] << 8, body = length < size - 4 ? length : size - 4;
        struct piece *table = world_table(names[data[0] % 8], data[3], data + 4, body);
        if (data[0] & LONGER)
            put(table->bytes + 4, 4, 36 + length);
        if (data[0] % 8 == 2)
            dsdt_pa = table->pa;
        if (data[0] % 8 == 1 && table->size_bytes >= 44 && (data[0] & POINT))
            put(table->bytes + 40, 4, dsdt_pa);
        if (!(data[0] & RAW_SUM))
            fix_sum(table->bytes, table->size_bytes, table->bytes + 9);
        data += 4 + body;
        size -= 4 + body;
    }
    world_finish(flags & REVISION_1 ? 0 : 2);
    struct piece *rsdp = &pieces[piece_count - 1], *root = rsdp - 1;
    if ((flags & RAW_RSDP) == RAW_RSDP)
        memcpy(rsdp->bytes, data, size < rsdp->size_bytes ? size : rsdp->size_bytes);
    if (flags & LONGER && size > 0 && root->size_bytes > 36) {
        root->bytes[data[0] % root->size_bytes] ^= data[size - 1];
        fix_sum(root->bytes, root->size_bytes, root->bytes + 9);
    }
    int error = acpi_open(&acpi, world_map, NULL, RSDP_PA);
    fuzz_opened += error == 0;
    return is_known(&acpi, error) && error != -ENOENT && use_all(&acpi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!fuzz_run(data, size))
        abort();
    return 0;
}
