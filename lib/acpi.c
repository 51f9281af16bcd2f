/* SPDX-License-Identifier: 0BSD */
/*
 * ACPI's tables: finds and checks them, and scans those in AML for _S5_. acpi_tables.c decodes those of fixed layout.
 * Invariant: memory is looked at only through acpi_map_bytes(), no further than what was mapped, and a table is given
 * out only once all of it could be mapped and its checksum is right.
 */
#include "acpi_parts.h"
#include <ossa/errno.h>
#include <ossa/string.h>

#define HEADER_BYTES 36   /* section 5.2.6 */
#define TABLES_MAX   1024 /* in the XSDT or RSDT: all of them are looked through for each table asked for */

bool acpi_check(struct acpi *acpi, const char *what, uint64_t got, uint64_t least, uint64_t most)
{
    if (got >= least && got <= most)
        return true;
    acpi->fault = (struct acpi_fault){what, got, got < least ? least : most};
    return false;
}

static bool check_name(struct acpi *acpi, const char *what, const uint8_t *name, const char *want, unsigned count)
{
    uint64_t wanted = acpi_number((const uint8_t *)want, count);
    return acpi_check(acpi, what, acpi_number(name, count), wanted, wanted);
}

static bool check_sum(struct acpi *acpi, const char *what, const uint8_t *bytes, uint32_t size)
{
    const uint64_t low = 0x00ff00ff00ff00ff; /* four bytes, each with room for a carry */
    uint64_t sums = 0, rest = 0;
    for (; size >= 8; size -= 8, bytes += 8) {
        uint64_t eight;
        __builtin_memcpy(&eight, bytes, 8);
        sums = ((sums + (eight & low)) & low) + (eight >> 8 & low);
    }
    while (size-- > 0)
        rest += *bytes++;
    rest += sums + (sums >> 16) + (sums >> 32) + (sums >> 48);
    return acpi_check(acpi, what, (uint8_t)rest, 0, 0);
}

const uint8_t *acpi_map_bytes(struct acpi *acpi, uint64_t pa, size_t size_bytes)
{
    if (acpi->mapped && pa == acpi->mapped_pa && size_bytes == acpi->mapped_bytes)
        return acpi->mapped;
    acpi->mapped_pa = pa;
    acpi->mapped_bytes = size_bytes;
    acpi->mapped = pa > 0 && pa + (size_bytes - 1) >= pa ? acpi->map(acpi->context, pa, size_bytes) : NULL;
    if (!acpi->mapped)
        acpi->fault = (struct acpi_fault){"acpi memory", pa, 0};
    return acpi->mapped;
}

static int open_table(struct acpi *acpi, uint64_t pa, const char *signature, struct acpi_table *table)
{
    const uint8_t *bytes = acpi_map_bytes(acpi, pa, HEADER_BYTES);
    if (!bytes)
        return -EFAULT;
    *table = (struct acpi_table){pa, (uint32_t)acpi_number(bytes + 4, 4), bytes[8]};
    if (!check_name(acpi, "acpi table signature", bytes, signature, 4) ||
        !acpi_check(acpi, "acpi table length", table->size_bytes, HEADER_BYTES, ACPI_TABLE_BYTES_MAX))
        return -EINVAL;
    bytes = acpi_map_bytes(acpi, pa, table->size_bytes);
    if (!bytes)
        return -EFAULT;
    return check_sum(acpi, "acpi table checksum", bytes, table->size_bytes) ? 0 : -EINVAL;
}

/* The RSDP, section 5.2.5.3: 20 bytes of ACPI 1.0, and from revision 2 on more with a checksum of their own. */
static int read_rsdp(struct acpi *acpi, uint64_t rsdp_pa, uint64_t *rsdt_pa, uint64_t *xsdt_pa)
{
    const uint8_t *rsdp = acpi_map_bytes(acpi, rsdp_pa, 20);
    if (!rsdp)
        return -EFAULT;
    *rsdt_pa = acpi_number(rsdp + 16, 4);
    *xsdt_pa = 0;
    if (!check_name(acpi, "acpi rsdp signature", rsdp, "RSD PTR ", 8) ||
        !check_sum(acpi, "acpi rsdp checksum", rsdp, 20))
        return -EINVAL;
    if (rsdp[15] < 2)
        return 0;
    rsdp = acpi_map_bytes(acpi, rsdp_pa, 36);
    if (!rsdp)
        return -EFAULT;
    *xsdt_pa = acpi_number(rsdp + 24, 8);
    uint32_t length = (uint32_t)acpi_number(rsdp + 20, 4);
    if (!acpi_check(acpi, "acpi rsdp length", length, 36, 4096))
        return -EINVAL;
    rsdp = acpi_map_bytes(acpi, rsdp_pa, length);
    if (!rsdp)
        return -EFAULT;
    return check_sum(acpi, "acpi rsdp extended checksum", rsdp, length) ? 0 : -EINVAL;
}

int acpi_open(struct acpi *acpi, acpi_map *map_pa, void *context, uint64_t rsdp_pa)
{
    *acpi = (struct acpi){.map = map_pa, .context = context, .root_bytes = HEADER_BYTES, .entry_bytes = 4};
    struct acpi_table root;
    uint64_t rsdt_pa, xsdt_pa;
    int error = read_rsdp(acpi, rsdp_pa, &rsdt_pa, &xsdt_pa);
    if (!error)
        error = open_table(acpi, xsdt_pa ? xsdt_pa : rsdt_pa, xsdt_pa ? "XSDT" : "RSDT", &root);
    if (error)
        return error;
    uint32_t entry_bytes = xsdt_pa ? 8 : 4, most = HEADER_BYTES + TABLES_MAX * entry_bytes;
    if (!acpi_check(acpi, "acpi root table length", root.size_bytes, HEADER_BYTES, most))
        return -EINVAL;
    acpi->root_pa = root.pa;
    acpi->root_bytes = root.size_bytes;
    acpi->entry_bytes = entry_bytes;
    return 0;
}

int acpi_find_table(struct acpi *acpi, const char *signature, uint32_t index, struct acpi_table *table)
{
    uint32_t count = (acpi->root_bytes - HEADER_BYTES) / acpi->entry_bytes;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *root = acpi_map_bytes(acpi, acpi->root_pa, acpi->root_bytes);
        if (!root)
            return -EFAULT;
        uint64_t pa = acpi_number(root + HEADER_BYTES + i * acpi->entry_bytes, acpi->entry_bytes);
        const uint8_t *header = acpi_map_bytes(acpi, pa, HEADER_BYTES);
        if (header && memcmp(header, signature, 4) == 0 && index-- == 0)
            return open_table(acpi, pa, signature, table);
    }
    return -ENOENT;
}

int acpi_copy_table(struct acpi *acpi, const char *signature, uint32_t least, uint8_t *copy, uint32_t size_bytes)
{
    struct acpi_table table;
    int error = acpi_find_table(acpi, signature, 0, &table);
    if (error)
        return error;
    if (!acpi_check(acpi, "acpi table length", table.size_bytes, least, ACPI_TABLE_BYTES_MAX))
        return -EINVAL;
    const uint8_t *bytes = acpi_map_bytes(acpi, table.pa, table.size_bytes);
    if (!bytes)
        return -EFAULT;
    memset(copy, 0, size_bytes);
    memcpy(copy, bytes, table.size_bytes < size_bytes ? table.size_bytes : size_bytes);
    return 0;
}

/* == _S5_ ========================================================================================================== */

struct aml {
    const uint8_t *at, *end;
};

static int take(struct aml *aml)
{
    return aml->at < aml->end ? *aml->at++ : -EINVAL;
}

/* PkgLength, section 20.2.4: the package, that length included, then is all there is. */
static bool enter_package(struct aml *aml)
{
    const uint8_t *start = aml->at;
    int lead = take(aml), byte = lead;
    uint32_t length = lead >> 6 ? lead & 0xf : lead;
    for (int i = 0; i < lead >> 6 && byte >= 0; i++) {
        byte = take(aml);
        length |= (uint32_t)byte << (4 + 8 * i);
    }
    if (byte < 0 || length > (size_t)(aml->end - start))
        return false;
    aml->end = start + length;
    return true;
}

/* ZeroOp, OneOp or a ByteConst, section 20.2.3; OnesOp is no SLP_TYP, nor is anything above 7. */
static int take_slp_typ(struct aml *aml)
{
    int byte = take(aml);
    if (byte == 0x0a)
        byte = take(aml);
    else if (byte > 1)
        return -EINVAL;
    return byte > 7 ? -EINVAL : byte;
}

/* Is a sound package, PackageOp PkgLength NumElements a b ..., what follows? */
static bool parse_s5(struct aml aml, struct acpi_s5 *s5)
{
    if (take(&aml) != 0x12 || !enter_package(&aml) || take(&aml) < 2)
        return false;
    int type_a = take_slp_typ(&aml), type_b = take_slp_typ(&aml);
    *s5 = (struct acpi_s5){(uint8_t)type_a, (uint8_t)type_b};
    return type_a >= 0 && type_b >= 0;
}

/* How far on "_S5_" may begin at the earliest, if this is its last byte and it is not here. */
static unsigned distance(uint8_t last)
{
    return last == '_' ? 3 : last == 'S' ? 2 : last == '5' ? 1 : 4;
}

/* NameOp is the byte in front of the name, or of the root's character there, section 20.2.2. */
static int scan_s5(struct acpi *acpi, const struct acpi_table *table, struct acpi_s5 *s5)
{
    const uint8_t *bytes = acpi_map_bytes(acpi, table->pa, table->size_bytes);
    if (!bytes)
        return -EFAULT;
    const uint8_t *end = bytes + table->size_bytes;
    int error = -ENOENT;
    for (const uint8_t *first = bytes + HEADER_BYTES + 1, *at = first; end - at >= 4; at += distance(at[3])) {
        if (at[3] != '_' || at[2] != '5' || memcmp(at, "_S5_", 4) != 0)
            continue;
        const uint8_t *op = at > first && at[-1] == '\\' ? at - 2 : at - 1;
        if (*op != 0x08)
            continue;
        if (parse_s5((struct aml){at + 4, end}, s5))
            return 0;
        acpi->fault = (struct acpi_fault){"acpi _S5_ package", (uint64_t)(at - bytes), 0};
        error = -EINVAL;
    }
    return error;
}

int acpi_find_s5(struct acpi *acpi, const struct acpi_fadt *fadt, struct acpi_s5 *s5)
{
    struct acpi_table table;
    int error = open_table(acpi, fadt->dsdt_pa, "DSDT", &table), result = -ENOENT;
    for (uint32_t ssdt = 0; ssdt <= TABLES_MAX; ssdt++) {
        if (error == 0)
            error = scan_s5(acpi, &table, s5);
        if (error == 0)
            return 0;
        result = error == -ENOENT ? result : error;
        error = acpi_find_table(acpi, "SSDT", ssdt, &table);
        if (error == -ENOENT)
            break;
    }
    return result;
}
