/* SPDX-License-Identifier: 0BSD */
/*
 * lib/acpi against tables built here, hostile ones for the most part, and against iasl: scripts/make-acpi has written
 * into the directory OSSA_ACPI the tables of QEMU's machines and those of tests/host/acpi/, each beside what iasl says
 * of it. Memory is tests/fuzz/fuzz_acpi.c's, whose generator of tables is run here, too.
 */
#include "host_test.h"
#include <dirent.h>

#include "prefix.h"
#include <ossa/format.h>

#include "../fuzz/fuzz_acpi.c"

static struct acpi acpi;

static int open_world(uint8_t revision)
{
    world_finish(revision);
    return acpi_open(&acpi, world_map, NULL, RSDP_PA);
}

/* A world of one table. */
static struct piece *one_table(const char *signature, uint8_t revision, const void *body, size_t body_bytes)
{
    world_start();
    struct piece *table = world_table(signature, revision, body, body_bytes);
    CHECK_EQ(open_world(2), 0);
    return table;
}

static void check_fault(const char *what)
{
    CHECK_STR(acpi.fault.what, what);
    CHECK(acpi.fault.got != acpi.fault.want);
}

static void check_register(const struct acpi_register *reg, unsigned space, uint64_t place, unsigned width_bits,
                           unsigned access_bytes)
{
    CHECK_EQ(reg->space, space);
    CHECK_EQ(reg->place, place);
    CHECK_EQ(reg->width_bits, width_bits);
    CHECK_EQ(reg->access_bytes, access_bytes);
}

/* == RSDP and root table =========================================================================================== */

HOST_TEST(acpi_opens_every_revision)
{
    struct acpi_table table;
    for (unsigned revision = 0; revision <= 3; revision++) {
        world_start();
        world_table("APIC", 3, NULL, 8);
        struct piece *hpet = world_table("HPET", 1, NULL, 20);
        REQUIRE(open_world((uint8_t)revision) == 0);
        CHECK_EQ(acpi.entry_bytes, revision >= 2 ? 8 : 4);
        CHECK(!acpi.fault.what);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 0, &table), 0);
        CHECK_EQ(table.pa, hpet->pa);
        CHECK_EQ(table.size_bytes, 56);
        CHECK_EQ(table.revision, 1);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 1, &table), -ENOENT);
        CHECK_EQ(acpi_find_table(&acpi, "FACP", 0, &table), -ENOENT);
        CHECK(!acpi.fault.what);
    }
}

/* Revision 2 without an XSDT, as early firmware has it. */
HOST_TEST(acpi_falls_back_to_rsdt)
{
    world_start();
    world_table("APIC", 3, NULL, 8);
    world_finish(0);
    struct piece *rsdp = &pieces[piece_count - 1];
    uint8_t bytes[36] = {0};
    memcpy(bytes, rsdp->bytes, 20);
    bytes[15] = 2;
    bytes[20] = 36;
    fix_sum(bytes, 20, bytes + 8);
    fix_sum(bytes, 36, bytes + 32);
    free(rsdp->bytes);
    rsdp->bytes = memcpy(malloc(36), bytes, 36);
    rsdp->size_bytes = 36;
    struct acpi_table table;
    CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), 0);
    CHECK_EQ(acpi.entry_bytes, 4);
    CHECK_EQ(acpi_find_table(&acpi, "APIC", 0, &table), 0);
}

HOST_TEST(acpi_rsdp_hostile)
{
    for (unsigned revision = 0; revision <= 2; revision += 2) {
        world_start();
        world_finish((uint8_t)revision);
        struct piece *rsdp = &pieces[piece_count - 1];
        size_t size = rsdp->size_bytes;
        for (size_t at = 0; at < size; at++) {
            rsdp->bytes[at] ^= 0x20;
            CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), -EINVAL);
            check_fault(at < 8                ? "acpi rsdp signature"
                        : at < 20             ? "acpi rsdp checksum"
                        : at >= 20 && at < 24 ? "acpi rsdp length"
                                              : "acpi rsdp extended checksum");
            rsdp->bytes[at] ^= 0x20;
        }
        for (size_t kept = 0; kept < size; kept++) {
            rsdp->size_bytes = kept;
            CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), -EFAULT);
            CHECK_STR(acpi.fault.what, "acpi memory");
            CHECK_EQ(acpi.fault.got, RSDP_PA);
        }
        rsdp->size_bytes = size;
        CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), 0);
    }
    CHECK_EQ(acpi_open(&acpi, world_map, NULL, 0), -EFAULT);
    CHECK_EQ(acpi_open(&acpi, world_map, NULL, UINT64_MAX - 18), -EFAULT);
    CHECK_EQ(acpi_open(&acpi, world_map, NULL, UINT64_MAX), -EFAULT);
    CHECK(!asked_wrongly);
    CHECK(use_all(&acpi)); /* there are no tables */
}

/* Whatever length the RSDP claims, with every byte of it readable, and with the right sum over them if `summed`. */
static int open_length(uint32_t length, bool summed)
{
    world_start();
    world_finish(2);
    struct piece *rsdp = &pieces[piece_count - 1];
    uint8_t *bytes = calloc(1, 8192);
    memcpy(bytes, rsdp->bytes, 36);
    free(rsdp->bytes);
    *rsdp = (struct piece){RSDP_PA, 8192, bytes, false};
    put(bytes + 20, 4, length);
    bytes[40] = 1; /* matters only if the sum reaches it */
    if (summed)
        fix_sum(bytes, length < 8192 ? length : 8192, bytes + 32);
    return acpi_open(&acpi, world_map, NULL, RSDP_PA);
}

HOST_TEST(acpi_rsdp_lengths)
{
    CHECK_EQ(open_length(36, true), 0);
    CHECK_EQ(open_length(41, true), 0);
    CHECK_EQ(open_length(4096, true), 0);
    CHECK_EQ(open_length(37, false), -EINVAL);
    check_fault("acpi rsdp extended checksum");
    static const uint32_t wrong[] = {0, 1, 20, 35, 4097, 0x7fffffff, UINT32_MAX};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        CHECK_EQ(open_length(wrong[i], true), -EINVAL);
        check_fault("acpi rsdp length");
        CHECK_EQ(acpi.fault.got, wrong[i]);
        CHECK_EQ(acpi.fault.want, wrong[i] < 36 ? 36 : 4096);
    }
}

/* A root table of `count` entries, all of them `pa`. */
static int open_root(uint8_t revision, unsigned count, uint64_t pa)
{
    unsigned entry_bytes = revision >= 2 ? 8 : 4;
    world_start();
    struct piece *table = world_table("HPET", 1, NULL, 20);
    world_finish(revision);
    struct piece *root = &pieces[piece_count - 2];
    root->size_bytes = 36 + (size_t)count * entry_bytes;
    root->bytes = realloc(root->bytes, root->size_bytes);
    put(root->bytes + 4, 4, root->size_bytes);
    for (unsigned i = 0; i < count; i++)
        put(root->bytes + 36 + i * entry_bytes, entry_bytes, pa ? pa : table->pa);
    fix_sum(root->bytes, root->size_bytes, root->bytes + 9);
    return acpi_open(&acpi, world_map, NULL, RSDP_PA);
}

HOST_TEST(acpi_root_sizes)
{
    struct acpi_table table;
    for (unsigned revision = 0; revision <= 2; revision += 2) {
        CHECK_EQ(open_root((uint8_t)revision, 0, 0), 0);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 0, &table), -ENOENT);
        CHECK_EQ(open_root((uint8_t)revision, 1024, 0), 0);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 1023, &table), 0);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 1024, &table), -ENOENT);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", UINT32_MAX, &table), -ENOENT);
        CHECK_EQ(open_root((uint8_t)revision, 10000, 0), -EINVAL);
        check_fault("acpi root table length");
        CHECK_EQ(acpi.fault.want, 36 + 1024 * (revision >= 2 ? 8 : 4));
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 0, &table), -ENOENT);
    }
}

HOST_TEST(acpi_root_hostile)
{
    struct acpi_table table;
    CHECK_EQ(open_root(2, 3, ROOT_PA), 0); /* itself */
    CHECK_EQ(acpi_find_table(&acpi, "HPET", 0, &table), -ENOENT);
    CHECK(use_all(&acpi));
    static const uint64_t nowhere[] = {1, 0xdead0000, UINT64_MAX, UINT64_MAX - 34, UINT64_MAX - 35, TABLES_PA + 21};
    for (unsigned i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
        CHECK_EQ(open_root(2, 2, nowhere[i]), 0);
        CHECK_EQ(acpi_find_table(&acpi, "HPET", 0, &table), -ENOENT);
        CHECK_STR(acpi.fault.what, "acpi memory");
        CHECK_EQ(acpi.fault.got, nowhere[i]);
    }
    CHECK(!asked_wrongly);
    /* An entry that is empty or leads nowhere hides none behind it, nor does half an entry at the end. */
    open_root(2, 4, 0);
    struct piece *root = &pieces[piece_count - 2];
    put(root->bytes + 36, 8, 0);
    put(root->bytes + 44, 8, 0xdead0000);
    put(root->bytes + 4, 4, 36 + 3 * 8 + 5);
    fix_sum(root->bytes, 36 + 3 * 8 + 5, root->bytes + 9);
    CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), 0);
    CHECK_EQ(acpi_find_table(&acpi, "HPET", 0, &table), 0);
    CHECK_EQ(acpi_find_table(&acpi, "HPET", 1, &table), -ENOENT);
    /* The root is checked as any table. */
    for (size_t at = 0; at < 36; at++) {
        root->bytes[at] ^= 0x40;
        CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), at == 5 ? -EFAULT : -EINVAL);
        root->bytes[at] ^= 0x40;
    }
    memcpy(root->bytes, "RSDT", 4);
    CHECK_EQ(acpi_open(&acpi, world_map, NULL, RSDP_PA), -EINVAL);
    check_fault("acpi table signature");
}

/* == Any table ===================================================================================================== */

static int read_as(const char *signature)
{
    struct acpi_fadt fadt;
    struct acpi_madt madt;
    struct acpi_hpet hpet;
    struct acpi_spcr spcr;
    switch (signature[0]) {
    case 'F':
        return acpi_read_fadt(&acpi, &fadt);
    case 'A':
        return acpi_open_madt(&acpi, &madt);
    case 'H':
        return acpi_read_hpet(&acpi, &hpet);
    default:
        return acpi_read_spcr(&acpi, &spcr);
    }
}

static const struct {
    const char *signature;
    unsigned least, most; /* the bodies of the first and of the newest revision */
} kinds[] = {{"FACP", 116 - 36, 276 - 36}, {"APIC", 8, 8}, {"HPET", 20, 20}, {"SPCR", 80 - 36, 88 - 36}};

HOST_TEST(acpi_table_lengths)
{
    for (unsigned kind = 0; kind < 4; kind++)
        for (unsigned body = 0; body <= kinds[kind].most + 20; body++) {
            const char *signature = kinds[kind].signature;
            uint8_t bytes[300] = {0};
            bytes[44 - 36] = 0x80; /* the HPET's address */
            one_table(signature, 1, bytes, body);
            CHECK_EQ(read_as(signature), body >= kinds[kind].least ? 0 : -EINVAL);
            CHECK(use_all(&acpi));
        }
}

HOST_TEST(acpi_table_hostile)
{
    static const uint32_t lengths[] = {0, 1, 35, ACPI_TABLE_BYTES_MAX + 1, 0x7fffffff, UINT32_MAX};
    for (unsigned kind = 0; kind < 4; kind++) {
        const char *signature = kinds[kind].signature;
        uint8_t bytes[300] = {0};
        bytes[44 - 36] = 0x80;
        struct piece *table = one_table(signature, 6, bytes, kinds[kind].most);
        size_t size = table->size_bytes;
        CHECK_EQ(read_as(signature), 0);
        for (size_t at = 8; at < size; at++) {
            table->bytes[at] ^= 1;
            CHECK_EQ(read_as(signature), -EINVAL);
            check_fault("acpi table checksum");
            table->bytes[at] ^= 1;
        }
        for (size_t kept = 0; kept < size; kept++) {
            table->size_bytes = kept;
            CHECK_EQ(read_as(signature), kept < 36 ? -ENOENT : -EFAULT);
            CHECK_STR(acpi.fault.what, "acpi memory");
        }
        table->size_bytes = size;
        for (unsigned i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
            put(table->bytes + 4, 4, lengths[i]);
            CHECK_EQ(read_as(signature), -EINVAL);
            check_fault("acpi table length");
        }
        put(table->bytes + 4, 4, ACPI_TABLE_BYTES_MAX);
        CHECK_EQ(read_as(signature), -EFAULT);
        table->bytes[0] = '?';
        CHECK_EQ(read_as(signature), -ENOENT);
    }
    CHECK(!asked_wrongly);
}

HOST_TEST(acpi_broken_has_index)
{
    struct acpi_table table;
    world_start();
    world_table("SSDT", 1, NULL, 8)->bytes[9] ^= 1;
    struct piece *second = world_table("SSDT", 2, NULL, 8);
    REQUIRE(open_world(2) == 0);
    CHECK_EQ(acpi_find_table(&acpi, "SSDT", 0, &table), -EINVAL);
    CHECK_EQ(acpi_find_table(&acpi, "SSDT", 1, &table), 0);
    CHECK_EQ(table.pa, second->pa);
    CHECK_EQ(acpi_find_table(&acpi, "SSDT", 2, &table), -ENOENT);
}

/* == FADT ========================================================================================================== */

static uint8_t body[276];

/* A number at its offset in the table. */
static void set(unsigned offset, unsigned count, uint64_t number)
{
    put(body + offset - 36, count, number);
}

static void set_register(unsigned offset, unsigned space, unsigned width, unsigned access, uint64_t place)
{
    put(body + offset - 36, 4, space | width << 8 | access << 24);
    put(body + offset - 32, 8, place);
}

static void start_fadt(void)
{
    memset(body, 0, sizeof(body));
    set(40, 4, 0x7fe0040);
    set(46, 2, 9);
    set(48, 4, 0xb2);
    set(52, 1, 2);
    set(64, 4, 0x604);
    set(76, 4, 0x608);
    set(89, 1, 2);
    set(91, 1, 4);
    set(108, 1, 0x32);
}

static int read_fadt(uint8_t revision, unsigned size_bytes, struct acpi_fadt *fadt)
{
    one_table("FACP", revision, body, size_bytes - 36);
    return acpi_read_fadt(&acpi, fadt);
}

HOST_TEST(acpi_fadt_of_1_0)
{
    struct acpi_fadt fadt;
    start_fadt();
    set(109, 2, 0xffff); /* reserved in revision 1 */
    REQUIRE(read_fadt(1, 116, &fadt) == 0);
    CHECK_EQ(fadt.dsdt_pa, 0x7fe0040);
    CHECK(!fadt.hardware_reduced && fadt.has_i8042 && fadt.has_cmos);
    CHECK_EQ(fadt.century, 0x32);
    CHECK_EQ(fadt.sci, 9);
    CHECK_EQ(fadt.smi_command, 0xb2);
    CHECK_EQ(fadt.acpi_enable, 2);
    CHECK_EQ(fadt.timer_bits, 24);
    check_register(&fadt.pm_timer, ACPI_SPACE_IO, 0x608, 32, 4);
    check_register(&fadt.pm1a_control, ACPI_SPACE_IO, 0x604, 16, 2);
    CHECK_EQ(fadt.pm1b_control.place, 0);
    CHECK_EQ(fadt.reset.place, 0);
    CHECK_EQ(fadt.sleep_control.place, 0);
}

HOST_TEST(acpi_fadt_of_6)
{
    struct acpi_fadt fadt;
    start_fadt();
    set(112, 4, 1 << 8 | 1 << 10);
    set_register(116, ACPI_SPACE_IO, 8, 0, 0xcf9);
    set(128, 1, 0xf);
    set(140, 8, 0x123456789a);
    set_register(172, ACPI_SPACE_IO, 16, 2, 0x1804);
    set_register(184, ACPI_SPACE_IO, 16, 0, 0x1904);
    set_register(208, ACPI_SPACE_MEMORY, 32, 3, 0xfed40008);
    REQUIRE(read_fadt(6, 276, &fadt) == 0);
    CHECK_EQ(fadt.dsdt_pa, 0x123456789a);
    CHECK(!fadt.has_i8042 && fadt.has_cmos);
    CHECK_EQ(fadt.timer_bits, 32);
    check_register(&fadt.pm_timer, ACPI_SPACE_MEMORY, 0xfed40008, 32, 4);
    check_register(&fadt.pm1a_control, ACPI_SPACE_IO, 0x1804, 16, 2);
    check_register(&fadt.pm1b_control, ACPI_SPACE_IO, 0x1904, 16, 2);
    check_register(&fadt.reset, ACPI_SPACE_IO, 0xcf9, 8, 1);
    CHECK_EQ(fadt.reset_value, 0xf);
    set(109, 2, 1 << 1 | 1 << 5);
    set(112, 4, 0); /* no reset register, whatever it holds */
    REQUIRE(read_fadt(6, 276, &fadt) == 0);
    CHECK(fadt.has_i8042 && !fadt.has_cmos);
    CHECK_EQ(fadt.reset.place, 0);
    CHECK_EQ(fadt.timer_bits, 24);
}

HOST_TEST(acpi_fadt_reduced)
{
    struct acpi_fadt fadt;
    start_fadt();
    set(112, 4, 1 << 20 | 1 << 10);
    set_register(116, ACPI_SPACE_MEMORY, 8, 1, 0xfea00202);
    set(128, 1, 0x42);
    set_register(208, ACPI_SPACE_IO, 32, 3, 0x99999); /* not looked at */
    set_register(244, ACPI_SPACE_MEMORY, 8, 0, 0xfea00200);
    set_register(256, ACPI_SPACE_MEMORY, 8, 0, 0xfea00201);
    REQUIRE(read_fadt(5, 276, &fadt) == 0);
    CHECK(fadt.hardware_reduced && fadt.has_cmos);
    CHECK_EQ(fadt.pm_timer.place | fadt.pm1a_control.place | fadt.pm1b_control.place, 0);
    check_register(&fadt.sleep_control, ACPI_SPACE_MEMORY, 0xfea00200, 8, 1);
    check_register(&fadt.sleep_status, ACPI_SPACE_MEMORY, 0xfea00201, 8, 1);
    check_register(&fadt.reset, ACPI_SPACE_MEMORY, 0xfea00202, 8, 1);
    set_register(208, ACPI_SPACE_IO, 32, 3, 0x608);
    REQUIRE(read_fadt(4, 256, &fadt) == 0); /* the flag is ACPI 5.0's */
    CHECK(!fadt.hardware_reduced);
    CHECK_EQ(fadt.sleep_status.place, 0); /* the table ends before it */
}

HOST_TEST(acpi_fadt_ports)
{
    static const unsigned blocks[] = {48, 64, 68, 76}, extended[] = {116, 172, 184, 208, 244, 256};
    struct acpi_fadt fadt;
    for (unsigned i = 0; i < 4; i++) {
        start_fadt();
        set(blocks[i], 4, 0x10000);
        CHECK_EQ(read_fadt(1, 116, &fadt), -EINVAL);
        check_fault("acpi I/O port");
        set(blocks[i], 4, 0xffff);
        CHECK_EQ(read_fadt(1, 116, &fadt), 0);
    }
    for (unsigned i = 0; i < 6; i++) {
        start_fadt();
        set(112, 4, 1 << 10);
        set_register(extended[i], ACPI_SPACE_IO, 8, 1, 0x100000000);
        CHECK_EQ(read_fadt(6, 276, &fadt), -EINVAL);
        check_fault("acpi I/O port");
    }
    start_fadt();
    for (unsigned access = 0; access < 256; access++)
        for (unsigned width = 0; width < 256; width += 8) {
            set_register(208, ACPI_SPACE_MEMORY, width, access, 0x1000);
            REQUIRE(read_fadt(6, 276, &fadt) == 0);
            unsigned want = width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : 8;
            CHECK_EQ(fadt.pm_timer.access_bytes, access >= 1 && access <= 4 ? 1u << (access - 1) : want);
        }
}

/* == _S5_ ========================================================================================================== */

static int find_s5(const char *dsdt, size_t size_bytes, struct acpi_s5 *s5)
{
    world_start();
    struct acpi_fadt fadt = {.dsdt_pa = world_table("DSDT", 2, dsdt, size_bytes)->pa};
    CHECK_EQ(open_world(2), 0);
    return acpi_find_s5(&acpi, &fadt, s5);
}

#define S5(aml, want, a, b)                                                   \
    do {                                                                      \
        struct acpi_s5 s5 = {0xee, 0xee};                                     \
        CHECK_EQ(find_s5(aml, sizeof(aml) - 1, &s5), want);                   \
        if (want == 0 && !(CHECK_EQ(s5.type_a, a) && CHECK_EQ(s5.type_b, b))) \
            printf("# in line %d\n", __LINE__);                               \
    } while (0)

HOST_TEST(acpi_s5_forms)
{
    S5("\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07", 0, 5, 7);
    S5("\x08\\_S5_\x12\x06\x04\x0a\x05\x0a\x07", 0, 5, 7);
    S5("\x08_S5_\x12\x04\x02\x00\x01", 0, 0, 1);
    S5("junk\x08_S5_\x12\x08\x04\x0a\x05\x0a\x06\x00\x00junk", 0, 5, 6);
    S5("\x08_S5_\x12\x47\x00\x04\x0a\x05\x0a\x07", 0, 5, 7); /* lengths of two, three and four bytes */
    S5("\x08_S5_\x12\x88\x00\x00\x04\x0a\x05\x0a\x07", 0, 5, 7);
    S5("\x08_S5_\x12\xc9\x00\x00\x00\x04\x0a\x05\x0a\x07", 0, 5, 7);
    S5("\x08_S5_\x12\x14\x04\x0a\x05\x0a\x07--------------", 0, 5, 7); /* longer ones */
    S5("\x08_S5_\x12\x44\x01\x04\x0a\x05\x0a\x07-------------", 0, 5, 7);
    S5("\x08_S5\x08_S5_\x12\x04\x02\x01\x01", 0, 1, 1);
    S5("\x08_S5_\x14\x08_S5_\x12\x04\x02\x01\x01", 0, 1, 1); /* a malformed one hides none behind it */
}

HOST_TEST(acpi_s5_absent)
{
    S5("", -ENOENT, 0, 0);
    S5("\x08", -ENOENT, 0, 0);
    S5("\x08_S5", -ENOENT, 0, 0);
    S5("\x5c_S5_\x12\x04\x02\x00\x00", -ENOENT, 0, 0); /* a reference */
    S5("\x08_S4_\x12\x04\x02\x00\x00", -ENOENT, 0, 0);
    S5("_S5_\x12\x04\x02\x00\x00", -ENOENT, 0, 0);
    S5("\\_S5_\x12\x04\x02\x00\x00", -ENOENT, 0, 0);
}

HOST_TEST(acpi_s5_malformed)
{
    S5("\x08_S5_", -EINVAL, 0, 0);
    S5("\x08_S5_\x12", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x00\x02\x00\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x01\x02\x00\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x03\x02\x00\x00", -EINVAL, 0, 0); /* b lies behind the package */
    S5("\x08_S5_\x12\x05\x02\x00\x00", -EINVAL, 0, 0); /* the package behind the table */
    S5("\x08_S5_\x12\x3f\x02\x00\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\xcf\xff\xff\xff\x02\x00\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\xc5\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x04\x01\x00\x00", -EINVAL, 0, 0);     /* one element */
    S5("\x08_S5_\x12\x05\x02\x0a\x08\x00", -EINVAL, 0, 0); /* no SLP_TYP */
    S5("\x08_S5_\x12\x05\x02\x00\x0a\x08", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x04\x02\xff\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x04\x02\x00\xff", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x06\x02\x0b\x05\x00\x00", -EINVAL, 0, 0); /* a word, a method's local */
    S5("\x08_S5_\x12\x04\x02\x60\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x04\x02\x02\x00", -EINVAL, 0, 0);
    S5("\x08_S5_\x13\x04\x02\x00\x00", -EINVAL, 0, 0); /* another kind of package */
    S5("\x08_S5_\x12\x44\x01\x04\x0a\x05\x0a\x07------------", -EINVAL, 0, 0);
    S5("\x08_S5_\x12\x04\x02\x00\x0a", -EINVAL, 0, 0);
    CHECK_STR(acpi.fault.what, "acpi _S5_ package");
    CHECK_EQ(acpi.fault.got, 37);
}

/* A name whose op would be the header's last byte is not in the table. */
HOST_TEST(acpi_s5_behind_header)
{
    struct acpi_s5 s5;
    world_start();
    struct piece *dsdt = world_table("DSDT", 2, "\\_S5_\x12\x04\x02\x00\x00", 10);
    dsdt->bytes[35] = 0x08;
    fix_sum(dsdt->bytes, dsdt->size_bytes, dsdt->bytes + 9);
    struct acpi_fadt fadt = {.dsdt_pa = dsdt->pa};
    REQUIRE(open_world(2) == 0);
    CHECK_EQ(acpi_find_s5(&acpi, &fadt, &s5), -ENOENT);
}

static const void *map_nothing(void *context, uint64_t pa, size_t size_bytes)
{
    (void)context, (void)pa, (void)size_bytes;
    return NULL;
}

HOST_TEST(acpi_s5_in_ssdt)
{
    static const char aml[] = "\x08_S5_\x12\x04\x02\x01\x00";
    struct acpi_fadt fadt = {0};
    struct acpi_s5 s5 = {0};
    world_start();
    struct piece *broken = world_table("SSDT", 2, aml, sizeof(aml) - 1), *sound;
    broken->bytes[9] ^= 1;
    world_table("SSDT", 2, "nothing", 7);
    sound = world_table("SSDT", 2, aml, sizeof(aml) - 1);
    REQUIRE(open_world(2) == 0);
    CHECK_EQ(acpi_find_s5(&acpi, &fadt, &s5), 0);
    CHECK_EQ(s5.type_a, 1);
    sound->bytes[36] = 0; /* nor is its checksum right then */
    CHECK_EQ(acpi_find_s5(&acpi, &fadt, &s5), -EINVAL);
    world_start();
    CHECK_EQ(open_world(2), 0);
    CHECK_EQ(acpi_find_s5(&acpi, &fadt, &s5), -EFAULT);
    acpi.map = map_nothing; /* not even the root is there any more */
    acpi.mapped = NULL;
    acpi.root_bytes += 8;
    CHECK_EQ(acpi_find_s5(&acpi, &fadt, &s5), -EFAULT);
}

/* == MADT ========================================================================================================== */

static struct acpi_madt madt;

static int open_entries(const char *entries, size_t size_bytes)
{
    uint8_t *bytes = calloc(1, 8 + size_bytes);
    put(bytes, 4, 0xfee00000);
    bytes[4] = 1;
    memcpy(bytes + 8, entries, size_bytes);
    one_table("APIC", 3, bytes, 8 + size_bytes);
    free(bytes);
    return acpi_open_madt(&acpi, &madt);
}

#define OPEN_ENTRIES(entries) open_entries(entries, sizeof(entries) - 1)

HOST_TEST(acpi_madt_kinds)
{
    struct acpi_madt_entry e;
    REQUIRE(OPEN_ENTRIES("\x00\x08\x07\x21\x01\x00\x00\x00"
                         "\x00\x08\x08\x22\x02\x00\x00\x00"
                         "\x00\x08\x09\x23\x00\x00\x00\x00"
                         "\x09\x10\x00\x00\x04\x03\x02\x01\x03\x00\x00\x00\x44\x33\x22\x11"
                         "\x7f\x05xyz"
                         "\x01\x0c\x02\x00\x00\x00\xc0\xfe\x18\x00\x00\x00"
                         "\x02\x0a\x00\x00\x02\x00\x00\x00\x00\x00"
                         "\x02\x0a\x00\x09\x09\x01\x00\x00\x0d\x00"
                         "\x02\x0a\x00\x0a\x0a\x00\x00\x00\x0f\x00"
                         "\x03\x08\x0d\x00\x17\x00\x00\x00"
                         "\x04\x06\xff\x05\x00\x01"
                         "\x04\x06\x03\x0f\x00\x00"
                         "\x0a\x0c\x0f\x00\x05\x04\x03\x02\x01\x00\x00\x00"
                         "\x0a\x0c\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00"
                         "\x0b\x04zz"
                         "\x00\x0a\x01\x02\x03\x00\x00\x00??") == 0); /* longer than it is known here */
    CHECK_EQ(madt.lapic_pa, 0xfee00000);
    CHECK(madt.has_8259);
    static const struct {
        uint32_t uid, apic_id;
        bool enabled, online_capable;
    } cpus[] = {
        {7, 0x21, true, false}, {8, 0x22, false, true}, {9, 0x23, false, false}, {0x11223344, 0x1020304, true, false}};
    for (unsigned i = 0; i < 4; i++) {
        REQUIRE(acpi_next_madt(&madt, &e) == 0 && e.kind == ACPI_MADT_CPU);
        CHECK_EQ(e.uid, cpus[i].uid);
        CHECK_EQ(e.cpu.apic_id, cpus[i].apic_id);
        CHECK(e.cpu.enabled == cpus[i].enabled && e.cpu.online_capable == cpus[i].online_capable);
    }
    REQUIRE(acpi_next_madt(&madt, &e) == 0 && e.kind == ACPI_MADT_IOAPIC);
    CHECK(e.ioapic.pa == 0xfec00000 && e.ioapic.gsi_base == 0x18 && e.ioapic.id == 2);
    static const struct {
        enum acpi_madt_kind kind;
        uint32_t gsi;
        uint8_t isa_irq;
        bool level, low;
    } interrupts[] = {{ACPI_MADT_OVERRIDE, 2, 0, false, false},
                      {ACPI_MADT_OVERRIDE, 0x109, 9, true, false},
                      {ACPI_MADT_OVERRIDE, 10, 10, true, true},
                      {ACPI_MADT_IOAPIC_NMI, 0x17, 0, true, false}};
    for (unsigned i = 0; i < 4; i++) {
        REQUIRE(acpi_next_madt(&madt, &e) == 0 && e.kind == interrupts[i].kind);
        CHECK_EQ(e.interrupt.gsi, interrupts[i].gsi);
        CHECK_EQ(e.interrupt.isa_irq, interrupts[i].isa_irq);
        CHECK(e.interrupt.level == interrupts[i].level && e.interrupt.low == interrupts[i].low);
    }
    static const struct {
        uint32_t uid;
        uint8_t pin;
        bool level, low;
    } nmis[] = {{ACPI_ALL_CPUS, 1, false, false},
                {3, 0, true, true},
                {0x2030405, 1, true, true},
                {ACPI_ALL_CPUS, 1, false, false}};
    for (unsigned i = 0; i < 4; i++) {
        REQUIRE(acpi_next_madt(&madt, &e) == 0 && e.kind == ACPI_MADT_LOCAL_NMI);
        CHECK_EQ(e.uid, nmis[i].uid);
        CHECK_EQ(e.local_nmi.pin, nmis[i].pin);
        CHECK(e.local_nmi.level == nmis[i].level && e.local_nmi.low == nmis[i].low);
    }
    REQUIRE(acpi_next_madt(&madt, &e) == 0 && e.kind == ACPI_MADT_CPU);
    CHECK(e.uid == 1 && e.cpu.apic_id == 2 && e.cpu.enabled && !e.cpu.online_capable);
    CHECK_EQ(acpi_next_madt(&madt, &e), -ENOENT);
    CHECK_EQ(acpi_next_madt(&madt, &e), -ENOENT);
}

HOST_TEST(acpi_madt_lapic_override)
{
    REQUIRE(OPEN_ENTRIES("\x00\x08\x00\x00\x01\x00\x00\x00\x05\x0c\x00\x00\x00\x10\xe0\xfe\x01\x00\x00\x00") == 0);
    CHECK_EQ(madt.lapic_pa, 0x1fee01000);
}

/* Behind one good entry. */
static void check_broken(const char *entries, size_t size_bytes, const char *fault)
{
    char bytes[64] = "\x00\x08\x00\x00\x01\x00\x00\x00";
    struct acpi_madt_entry entry;
    memcpy(bytes + 8, entries, size_bytes);
    REQUIRE(open_entries(bytes, 8 + size_bytes) == 0);
    CHECK_EQ(acpi_next_madt(&madt, &entry), 0);
    for (unsigned again = 0; again < 2; again++) {
        CHECK_EQ(acpi_next_madt(&madt, &entry), -EINVAL);
        check_fault(fault);
    }
}

HOST_TEST(acpi_madt_hostile)
{
    static const uint8_t lengths[] = {8, 12, 10, 8, 6, 12, 2, 2, 2, 16, 12, 2};
    check_broken("\x00", 1, "acpi madt entry's room");
    check_broken("\x7f", 1, "acpi madt entry's room");
    for (unsigned type = 0; type <= 255; type++) {
        unsigned least = type < sizeof(lengths) ? lengths[type] : 2;
        for (unsigned length = 0; length < 256; length++) {
            char bytes[32] = {(char)type, (char)length};
            if (length < least || length > sizeof(bytes))
                check_broken(bytes, sizeof(bytes), "acpi madt entry's length");
        }
    }
    for (unsigned kept = 2; kept < 8; kept++)
        check_broken("\x00\x08\x00\x00\x01\x00\x00\x00", kept, "acpi madt entry's length");
}

HOST_TEST(acpi_madt_many)
{
    static char bytes[80000];
    struct acpi_madt_entry entry;
    unsigned count = 0;
    for (unsigned i = 0; i < 10000; i++)
        memcpy(bytes + 8 * i, "\x00\x08\x00\x00\x01\x00\x00\x00", 8);
    REQUIRE(open_entries(bytes, sizeof(bytes)) == 0);
    map_calls = 0;
    while (acpi_next_madt(&madt, &entry) == 0)
        count++;
    CHECK_EQ(count, 10000);
    CHECK_EQ(map_calls, 0); /* it stays mapped */
}

/* == HPET, SPCR ==================================================================================================== */

HOST_TEST(acpi_hpet)
{
    struct acpi_hpet hpet;
    memset(body, 0, sizeof(body));
    set(36, 4, 0x8086a201);
    set_register(40, ACPI_SPACE_MEMORY, 64, 0, 0xfed00000);
    set(52, 1, 3);
    set(53, 2, 0x1234);
    one_table("HPET", 1, body, 20);
    REQUIRE(acpi_read_hpet(&acpi, &hpet) == 0);
    CHECK_EQ(hpet.pa, 0xfed00000);
    CHECK_EQ(hpet.block_id, 0x8086a201);
    CHECK_EQ(hpet.number, 3);
    CHECK_EQ(hpet.minimum_ticks, 0x1234);
    set_register(40, ACPI_SPACE_IO, 64, 0, 0xfed0);
    one_table("HPET", 1, body, 20);
    CHECK_EQ(acpi_read_hpet(&acpi, &hpet), -EINVAL);
    check_fault("acpi hpet address space");
    for (unsigned i = 0; i < 2; i++) {
        set_register(40, ACPI_SPACE_MEMORY, 64, 0, i ? UINT64_MAX - 1022 : 0);
        one_table("HPET", 1, body, 20);
        CHECK_EQ(acpi_read_hpet(&acpi, &hpet), -EINVAL);
        check_fault("acpi hpet address");
    }
}

HOST_TEST(acpi_spcr)
{
    static const uint32_t bauds[] = {0, 0, 0, 9600, 19200, 0, 57600, 115200, 0, 0};
    struct acpi_spcr spcr;
    memset(body, 0, sizeof(body));
    set(36, 1, ACPI_UART_PL011);
    set_register(40, ACPI_SPACE_MEMORY, 32, 3, 0x9000000);
    set(52, 1, 8);
    set(54, 4, 33);
    set(76, 4, 24000000);
    set(80, 4, 1500000);
    for (unsigned code = 0; code < 256; code++) {
        set(58, 1, code);
        one_table("SPCR", 2, body, 44);
        REQUIRE(acpi_read_spcr(&acpi, &spcr) == 0);
        CHECK_EQ(spcr.baud, code < 10 ? bauds[code] : 0);
    }
    CHECK_EQ(spcr.type, ACPI_UART_PL011);
    check_register(&spcr.uart, ACPI_SPACE_MEMORY, 0x9000000, 32, 4);
    CHECK(!spcr.has_irq && spcr.has_gsi && spcr.gsi == 33);
    CHECK_EQ(spcr.clock_hz, 0); /* reserved in revision 2 */
    set(58, 1, 7);
    set(52, 1, 1);
    set(53, 1, 4);
    one_table("SPCR", 3, body, 52);
    REQUIRE(acpi_read_spcr(&acpi, &spcr) == 0);
    CHECK(spcr.has_irq && spcr.irq == 4 && !spcr.has_gsi);
    CHECK_EQ(spcr.clock_hz, 24000000);
    CHECK_EQ(spcr.baud, 115200);
    one_table("SPCR", 4, body, 52);
    REQUIRE(acpi_read_spcr(&acpi, &spcr) == 0);
    CHECK_EQ(spcr.baud, 1500000);
    set_register(40, ACPI_SPACE_IO, 8, 1, 0x103f8);
    one_table("SPCR", 2, body, 44);
    CHECK_EQ(acpi_read_spcr(&acpi, &spcr), -EINVAL);
    check_fault("acpi I/O port");
}

/* == iasl ========================================================================================================== */

static uint64_t rsdp_pa;
static char *dsl[8]; /* what iasl says of each table of the machine */
static unsigned dsl_count;

static char *read_file(const char *path, size_t *size_bytes)
{
    FILE *file = fopen(path, "rb");
    char *bytes = calloc(1, 1 << 20);
    *size_bytes = file ? fread(bytes, 1, (1 << 20) - 1, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}

/* Loads <pa>.dat and .dsl of a machine. */
static bool load_machine(const char *directory)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);
    world_start();
    while (dsl_count > 0)
        free(dsl[--dsl_count]);
    for (int i = 0; i < count; i++) {
        char path[768];
        const char *name = entries[i]->d_name, *suffix = strchr(name, '.');
        bool is_rsdp = strncmp(name, "rsdp-", 5) == 0;
        size_t size;
        snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (strcmp(suffix, ".dsl") == 0 && dsl_count < 8)
            dsl[dsl_count++] = read_file(path, &size);
        if (strcmp(suffix, ".dat") == 0 && piece_count < PIECES_MAX) {
            char *bytes = read_file(path, &size);
            struct piece *piece = world_add(strtoull(name + (is_rsdp ? 5 : 0), NULL, 16), size, false);
            memcpy(piece->bytes, bytes, size);
            rsdp_pa = is_rsdp ? piece->pa : rsdp_pa;
            free(bytes);
        }
        free(entries[i]);
    }
    free(entries);
    return dsl_count > 0;
}

static const char *dsl_of(const char *signature)
{
    char text[32], definition[32];
    snprintf(text, sizeof(text), "Signature : \"%s\"", signature);
    snprintf(definition, sizeof(definition), "DefinitionBlock (\"\", \"%s\"", signature);
    for (unsigned i = 0; i < dsl_count; i++)
        if (strstr(dsl[i], text) || strstr(dsl[i], definition))
            return dsl[i];
    return NULL;
}

/* The number that the first field of that name has; 0 if the table is too short for it. */
static uint64_t dsl_number(const char *text, const char *field)
{
    char name[80];
    snprintf(name, sizeof(name), " %s : ", field);
    const char *found = strstr(text, name);
    return found ? strtoull(found + strlen(name), NULL, 16) : 0;
}

static struct acpi_register dsl_register(const char *text, const char *field)
{
    char name[80];
    snprintf(name, sizeof(name), " %s : [Generic", field);
    const char *found = strstr(text, name);
    if (!found)
        return (struct acpi_register){.access_bytes = 1};
    unsigned width = (unsigned)dsl_number(found, "Bit Width");
    unsigned encoded = (unsigned)dsl_number(found, "Encoded Access Width");
    unsigned access = encoded ? 1u << (encoded - 1) : width <= 8 ? 1 : width <= 16 ? 2 : width <= 32 ? 4 : 8;
    return (struct acpi_register){dsl_number(found, "Address"), (unsigned)dsl_number(found, "Space ID"), (uint8_t)width,
                                  (uint8_t)dsl_number(found, "Bit Offset"), (uint8_t)access};
}

/* A block of the FADT by its two names. */
static struct acpi_register dsl_block(const char *text, const char *name, const char *length)
{
    char old[80];
    struct acpi_register reg = dsl_register(text, name);
    if (reg.place)
        return reg;
    snprintf(old, sizeof(old), "%s Address", name);
    unsigned bytes = (unsigned)dsl_number(text, length);
    uint8_t access = bytes <= 2 ? (uint8_t)(bytes ? bytes : 1) : 4;
    return (struct acpi_register){dsl_number(text, old), ACPI_SPACE_IO, (uint8_t)(bytes * 8), 0, access};
}

static bool same_register(const struct acpi_register *got, struct acpi_register want)
{
    return CHECK_EQ(got->place, want.place) & CHECK_EQ(got->space, want.space) &
           CHECK_EQ(got->width_bits, want.width_bits) & CHECK_EQ(got->offset_bits, want.offset_bits) &
           CHECK_EQ(got->access_bytes, want.access_bytes);
}

static bool same_fadt(const char *text, const struct acpi_fadt *fadt)
{
    const char *second = strstr(strstr(text, "DSDT Address") + 1, "DSDT Address");
    uint64_t x_dsdt = second ? dsl_number(second - 1, "DSDT Address") : 0;
    bool revision_3 = dsl_number(text, "Revision") >= 3, same = true;
    same &= CHECK_EQ(fadt->dsdt_pa, x_dsdt ? x_dsdt : dsl_number(text, "DSDT Address"));
    same &= CHECK_EQ(fadt->hardware_reduced, dsl_number(text, "Hardware Reduced (V5)"));
    same &= CHECK_EQ(fadt->has_i8042, revision_3 ? dsl_number(text, "8042 Present on ports 60/64 (V2)") : 1);
    same &= CHECK_EQ(fadt->has_cmos, !dsl_number(text, "CMOS RTC Not Present (V5)"));
    same &= CHECK_EQ(fadt->century, dsl_number(text, "RTC Century Index"));
    same &= CHECK_EQ(fadt->sci, dsl_number(text, "SCI Interrupt"));
    same &= CHECK_EQ(fadt->smi_command, dsl_number(text, "SMI Command Port"));
    same &= CHECK_EQ(fadt->acpi_enable, dsl_number(text, "ACPI Enable Value"));
    same &= CHECK_EQ(fadt->timer_bits, dsl_number(text, "32-bit PM Timer (V1)") ? 32 : 24);
    same &= CHECK_EQ(fadt->reset_value, dsl_number(text, "Value to cause reset"));
    if (dsl_number(text, "Reset Register Supported (V2)"))
        same &= same_register(&fadt->reset, dsl_register(text, "Reset Register"));
    if (!fadt->hardware_reduced) {
        same &= same_register(&fadt->pm_timer, dsl_block(text, "PM Timer Block", "PM Timer Block Length"));
        same &= same_register(&fadt->pm1a_control, dsl_block(text, "PM1A Control Block", "PM1 Control Block Length"));
        same &= same_register(&fadt->pm1b_control, dsl_block(text, "PM1B Control Block", "PM1 Control Block Length"));
    }
    same &= same_register(&fadt->sleep_control, dsl_register(text, "Sleep Control Register"));
    return same & same_register(&fadt->sleep_status, dsl_register(text, "Sleep Status Register"));
}

/* "Name (_S5, Package (..) {" and a constant: "0x05," "One," "Zero,". */
static bool same_s5(const char *text, const struct acpi_s5 *s5)
{
    const char *found = strstr(text, "Name (_S5"), *at = found ? strchr(found, '{') : NULL;
    unsigned types[2] = {99, 99};
    for (unsigned i = 0; at && i < 2; i++) {
        at += strcspn(at, "0ZO");
        types[i] = *at == '0' ? (unsigned)strtoul(at, NULL, 16) : *at == 'O';
        at = strchr(at, ',');
        at = at ? at + 1 : NULL;
    }
    return CHECK_EQ(s5->type_a, types[0]) & CHECK_EQ(s5->type_b, types[1]);
}

static bool same_entry(const char *text, unsigned type, const struct acpi_madt_entry *e)
{
    bool low = dsl_number(text, "Polarity") == 3, level = dsl_number(text, "Trigger Mode") == 3;
    uint64_t uid = dsl_number(text, type == 9 || type == 10 ? "Processor UID" : "Processor ID"), flags;
    switch (type) {
    case 0:
    case 9:
        flags = dsl_number(text, "Flags (decoded below)");
        return CHECK_EQ(e->kind, ACPI_MADT_CPU) & CHECK_EQ(e->uid, uid) & CHECK_EQ(e->cpu.enabled, flags & 1) &
               CHECK_EQ(e->cpu.online_capable, flags == 2) &
               CHECK_EQ(e->cpu.apic_id, dsl_number(text, type == 0 ? "Local Apic ID" : "Processor x2Apic ID"));
    case 1:
        return CHECK_EQ(e->kind, ACPI_MADT_IOAPIC) & CHECK_EQ(e->ioapic.id, dsl_number(text, "I/O Apic ID")) &
               CHECK_EQ(e->ioapic.pa, dsl_number(text, "Address")) &
               CHECK_EQ(e->ioapic.gsi_base, dsl_number(text, "Interrupt"));
    case 2:
    case 3:
        return CHECK_EQ(e->kind, type == 2 ? ACPI_MADT_OVERRIDE : ACPI_MADT_IOAPIC_NMI) &
               CHECK_EQ(e->interrupt.gsi, dsl_number(text, "Interrupt")) &
               CHECK_EQ(e->interrupt.isa_irq, type == 2 ? dsl_number(text, "Source") : 0) &
               CHECK_EQ(e->interrupt.low, low) & CHECK_EQ(e->interrupt.level, level);
    default:
        uid = type == 4 && uid == 0xff ? ACPI_ALL_CPUS : uid;
        return CHECK_EQ(e->kind, ACPI_MADT_LOCAL_NMI) & CHECK_EQ(e->uid, uid) &
               CHECK_EQ(e->local_nmi.pin, dsl_number(text, "Interrupt Input LINT")) & CHECK_EQ(e->local_nmi.low, low) &
               CHECK_EQ(e->local_nmi.level, level);
    }
}

/* Subtable by subtable, each taken for itself. */
static bool same_madt(char *text)
{
    static const char begin[] = "Subtable Type : ";
    struct acpi_madt_entry entry;
    bool same = CHECK_EQ(madt.has_8259, dsl_number(text, "PC-AT Compatibility"));
    char *at = strstr(text, begin), *next = NULL;
    uint64_t address = dsl_number(text, "Local Apic Address"), override = dsl_number(text, "APIC Address");
    same &= CHECK_EQ(madt.lapic_pa, override ? override : address);
    for (; at; at = next) {
        unsigned type = (unsigned)strtoul(at + strlen(begin), NULL, 16);
        next = strstr(at + 1, begin);
        if (next)
            next[-1] = '\0';
        if (type <= 4 || type == 9 || type == 10)
            same &= CHECK_EQ(acpi_next_madt(&madt, &entry), 0) && same_entry(at, type, &entry);
    }
    return same & CHECK_EQ(acpi_next_madt(&madt, &entry), -ENOENT);
}

static bool same_devices(void)
{
    struct acpi_hpet hpet;
    struct acpi_spcr spcr;
    const char *text = dsl_of("HPET");
    bool same = CHECK_EQ(acpi_read_hpet(&acpi, &hpet), text ? 0 : -ENOENT);
    if (text)
        same &= CHECK_EQ(hpet.pa, dsl_number(text, "Address")) &
                CHECK_EQ(hpet.number, dsl_number(text, "Sequence Number")) &
                CHECK_EQ(hpet.block_id, dsl_number(text, "Hardware Block ID")) &
                CHECK_EQ(hpet.minimum_ticks, dsl_number(text, "Minimum Clock Ticks"));
    text = dsl_of("SPCR");
    same &= CHECK_EQ(acpi_read_spcr(&acpi, &spcr), text ? 0 : -ENOENT);
    if (text)
        same &= CHECK_EQ(spcr.type, dsl_number(text, "Interface Type")) & CHECK_EQ(spcr.baud, 115200) &
                same_register(&spcr.uart, dsl_register(text, "Serial Port Register")) &
                CHECK_EQ(spcr.has_irq, dsl_number(text, "Interrupt Type") & 1) &
                CHECK_EQ(spcr.has_gsi, (dsl_number(text, "Interrupt Type") & 0x1e) != 0) &
                CHECK_EQ(spcr.irq, dsl_number(text, "PCAT-compatible IRQ")) &
                CHECK_EQ(spcr.gsi, dsl_number(text, "Interrupt"));
    return same;
}

static bool same_machine(void)
{
    struct acpi_fadt fadt;
    struct acpi_s5 s5;
    if (!CHECK_EQ(acpi_open(&acpi, world_map, NULL, rsdp_pa), 0) || !CHECK_EQ(acpi_read_fadt(&acpi, &fadt), 0) ||
        !CHECK_EQ(acpi_find_s5(&acpi, &fadt, &s5), 0) || !CHECK_EQ(acpi_open_madt(&acpi, &madt), 0) ||
        !CHECK(dsl_of("FACP") && dsl_of("APIC") && dsl_of("DSDT")))
        return false;
    return same_fadt(dsl_of("FACP"), &fadt) & same_s5(dsl_of("DSDT"), &s5) & same_madt((char *)dsl_of("APIC")) &
           same_devices();
}

HOST_TEST(acpi_equals_iasl)
{
    const char *directory = getenv("OSSA_ACPI");
    struct dirent **entries = NULL;
    int count = directory ? scandir(directory, &entries, NULL, alphasort) : 0;
    unsigned compared = 0;
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && load_machine(path)) {
            compared++;
            if (!same_machine())
                printf("# in %s: %s\n", path, acpi.fault.what ? acpi.fault.what : "");
        }
        free(entries[i]);
    }
    free(entries);
    if (!compared)
        SKIP("OSSA_ACPI names no directory with tables that scripts/make-acpi has made, which needs iasl");
    CHECK(compared >= 6);
}

/* == Arbitrary tables ============================================================================================== */

/* Entries of an MADT: of types that there are and of their length, mostly. */
static void fill_entries(uint8_t *bytes, size_t size)
{
    static const uint8_t lengths[] = {8, 12, 10, 8, 6, 12, 7, 7, 7, 16, 12, 7};
    for (size_t at = 0; at + 2 <= size; at += lengths[bytes[at]]) {
        bytes[at] = (uint8_t)(host_random() % sizeof(lengths));
        bytes[at + 1] = lengths[bytes[at]];
    }
    if (size > 0 && host_random() % 2)
        bytes[host_random() % size] = (uint8_t)host_random();
}

/* The input of one table, as fuzz_run() takes it apart. Returns how long it is. */
static size_t fill_table(uint8_t *data, size_t room)
{
    static const char aml[] = "\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07";
    uint64_t random = host_random();
    size_t body_bytes = random % (room < 304 ? room - 3 : 300), s5 = sizeof(aml) - 1;
    for (size_t i = 0; i < body_bytes; i++)
        data[4 + i] = (uint8_t)(host_random() % 4 ? 0 : host_random());
    data[0] = (uint8_t)((random >> 20) & 0x17); /* LONGER and RAW_SUM seldom */
    data[0] |= random >> 32 & 15 ? 0 : (uint8_t)(random >> 40) & 0x60;
    put(data + 1, 2, body_bytes);
    data[3] = (uint8_t)(random >> 48) % 8;
    if ((data[0] % 8 == 2 || data[0] % 8 == 5) && body_bytes > 40) {
        memcpy(data + 4 + host_random() % (body_bytes - s5), aml, s5);
        data[4 + host_random() % body_bytes] ^= (uint8_t)(random >> 56);
    }
    if (data[0] % 8 == 0 && body_bytes > 8)
        fill_entries(data + 12, body_bytes - 8);
    return 4 + body_bytes;
}

HOST_TEST(acpi_random)
{
    uint8_t data[2048];
    fuzz_opened = fuzz_entries = fuzz_s5 = 0;
    for (unsigned round = 0; round < 10000; round++) {
        size_t size = 1, end = host_random() % sizeof(data);
        data[0] = (uint8_t)host_random();
        while (size + 4 < end)
            size += fill_table(data + size, end - size);
        if (!CHECK(fuzz_run(data, size))) {
            printf("# round %u\n", round);
            break;
        }
    }
    printf("# opened %u, entries %u, _S5_ %u\n", fuzz_opened, fuzz_entries, fuzz_s5);
    CHECK(fuzz_opened > 5000 && fuzz_entries > 10000 && fuzz_s5 > 500);
}
