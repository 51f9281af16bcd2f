/* SPDX-License-Identifier: 0BSD */
/*
 * The tables of fixed layout, and the MADT with its entries: decodes what a kernel needs to start. What is done with it
 * is the reader's business. Invariant: of tables and entries a copy is decoded that is as long as this file knows them,
 * filled up with zeroes, so that every offset is good for every revision.
 */
#include "acpi_parts.h"
#include <ossa/errno.h>
#include <ossa/string.h>

static uint8_t access_bytes(uint8_t access_size, uint8_t width_bits)
{
    if (access_size >= 1 && access_size <= 4)
        return (uint8_t)(1 << (access_size - 1));
    return width_bits <= 8 ? 1 : width_bits <= 16 ? 2 : width_bits <= 32 ? 4 : 8;
}

/* A generic address structure, section 5.2.3.2. Ports are of 16 bits. */
static bool decode_register(struct acpi *acpi, const uint8_t *bytes, struct acpi_register *reg)
{
    *reg = (struct acpi_register){acpi_number(bytes + 4, 8), bytes[0], bytes[1], bytes[2],
                                  access_bytes(bytes[3], bytes[1])};
    return acpi_check(acpi, "acpi I/O port", reg->space == ACPI_SPACE_IO ? reg->place : 0, 0, UINT16_MAX);
}

/* == Fixed ACPI Description Table: offsets and flags of tables 5.9 and 5.10 ======================================== */

/* A register block: what ACPI 2.0 says at `extended` goes before the port at `block`, whose length lies at `length`. */
static bool decode_block(struct acpi *acpi, const uint8_t *copy, unsigned extended, unsigned block, unsigned length,
                         struct acpi_register *reg)
{
    if (acpi_number(copy + extended + 4, 8) > 0)
        return decode_register(acpi, copy + extended, reg);
    uint8_t width_bits = copy[length] <= 8 ? (uint8_t)(copy[length] * 8) : 64;
    *reg =
        (struct acpi_register){acpi_number(copy + block, 4), ACPI_SPACE_IO, width_bits, 0, access_bytes(0, width_bits)};
    return acpi_check(acpi, "acpi I/O port", reg->place, 0, UINT16_MAX);
}

int acpi_read_fadt(struct acpi *acpi, struct acpi_fadt *fadt)
{
    enum { TMR_VAL_EXT = 1 << 8, RESET_REG_SUP = 1 << 10, HW_REDUCED_ACPI = 1 << 20 };
    enum { HAS_8042 = 1 << 1, NO_CMOS = 1 << 5 }; /* IAPC_BOOT_ARCH, reserved before ACPI 2.0's revision 3 */
    uint8_t copy[276];
    int error = acpi_copy_table(acpi, "FACP", 116, copy, sizeof(copy));
    if (error)
        return error;
    uint64_t flags = acpi_number(copy + 112, 4), boot_arch = copy[8] >= 3 ? acpi_number(copy + 109, 2) : HAS_8042;
    uint64_t smi_command = acpi_number(copy + 48, 4), x_dsdt = acpi_number(copy + 140, 8);
    bool reduced = (flags & HW_REDUCED_ACPI) && copy[8] >= 5;
    *fadt = (struct acpi_fadt){
        .dsdt_pa = x_dsdt ? x_dsdt : acpi_number(copy + 40, 4),
        .hardware_reduced = reduced,
        .has_i8042 = boot_arch & HAS_8042,
        .has_cmos = !(boot_arch & NO_CMOS),
        .century = copy[108],
        .sci = (uint16_t)acpi_number(copy + 46, 2),
        .smi_command = (uint16_t)smi_command,
        .acpi_enable = copy[52],
        .timer_bits = flags & TMR_VAL_EXT ? 32 : 24,
        .reset_value = copy[128],
    };
    if (!reduced && (!acpi_check(acpi, "acpi I/O port", smi_command, 0, UINT16_MAX) ||
                     !decode_block(acpi, copy, 208, 76, 91, &fadt->pm_timer) ||
                     !decode_block(acpi, copy, 172, 64, 89, &fadt->pm1a_control) ||
                     !decode_block(acpi, copy, 184, 68, 89, &fadt->pm1b_control)))
        return -EINVAL;
    if (!decode_register(acpi, copy + 244, &fadt->sleep_control) ||
        !decode_register(acpi, copy + 256, &fadt->sleep_status))
        return -EINVAL;
    return !(flags & RESET_REG_SUP) || decode_register(acpi, copy + 116, &fadt->reset) ? 0 : -EINVAL;
}

/* == Multiple APIC Description Table =============================================================================== */

/* Types of entries, table 5.21, and how long they are. */
enum { LAPIC, IOAPIC, OVERRIDE, NMI_SOURCE, LAPIC_NMI, LAPIC_PA, X2APIC = 9, X2APIC_NMI, TYPES };
static const uint8_t entry_bytes[TYPES] = {8, 12, 10, 8, 6, 12, 2, 2, 2, 16, 12};

/* Copies the next entry, as much of it as a type known here has. */
static int next_raw(struct acpi_madt *madt, uint8_t raw[16])
{
    struct acpi *acpi = madt->acpi;
    uint32_t left = madt->table.size_bytes - madt->at;
    if (left == 0)
        return -ENOENT;
    const uint8_t *bytes = acpi_map_bytes(acpi, madt->table.pa, madt->table.size_bytes);
    if (!bytes)
        return -EFAULT;
    bytes += madt->at;
    if (!acpi_check(acpi, "acpi madt entry's room", left, 2, UINT32_MAX) ||
        !acpi_check(acpi, "acpi madt entry's length", bytes[1], bytes[0] < TYPES ? entry_bytes[bytes[0]] : 2, left))
        return -EINVAL;
    memcpy(raw, bytes, bytes[1] < 16 ? bytes[1] : 16);
    madt->at += bytes[1];
    return 0;
}

int acpi_open_madt(struct acpi *acpi, struct acpi_madt *madt)
{
    uint8_t raw[16];
    *madt = (struct acpi_madt){.acpi = acpi, .at = 44};
    int error = acpi_find_table(acpi, "APIC", 0, &madt->table);
    if (error)
        return error;
    if (!acpi_check(acpi, "acpi madt length", madt->table.size_bytes, madt->at, ACPI_TABLE_BYTES_MAX))
        return -EINVAL;
    const uint8_t *bytes = acpi_map_bytes(acpi, madt->table.pa, madt->table.size_bytes);
    if (!bytes)
        return -EFAULT;
    madt->lapic_pa = acpi_number(bytes + 36, 4);
    madt->has_8259 = bytes[40] & 1;
    struct acpi_madt walk = *madt;
    while (next_raw(&walk, raw) == 0)
        if (raw[0] == LAPIC_PA)
            madt->lapic_pa = acpi_number(raw + 4, 8);
    return 0;
}

/* MPS INTI flags, table 5.26. */
static bool is_level(const uint8_t *flags)
{
    return (flags[0] >> 2 & 3) == 3;
}

static bool is_low(const uint8_t *flags)
{
    return (flags[0] & 3) == 3;
}

static struct acpi_madt_entry decode_cpu(uint32_t uid, uint64_t apic_id, uint8_t flags)
{
    return (struct acpi_madt_entry){ACPI_MADT_CPU, uid, .cpu = {(uint32_t)apic_id, flags & 1, (flags & 3) == 2}};
}

static struct acpi_madt_entry decode_nmi(uint64_t uid, uint8_t pin, const uint8_t *flags)
{
    return (struct acpi_madt_entry){ACPI_MADT_LOCAL_NMI, (uint32_t)uid,
                                    .local_nmi = {pin, is_level(flags), is_low(flags)}};
}

/* Offsets of sections 5.2.12.2 to .7, .12 and .13. */
static bool decode_entry(const uint8_t *raw, struct acpi_madt_entry *entry)
{
    switch (raw[0]) {
    case LAPIC:
        *entry = decode_cpu(raw[2], raw[3], raw[4]);
        return true;
    case X2APIC:
        *entry = decode_cpu((uint32_t)acpi_number(raw + 12, 4), acpi_number(raw + 4, 4), raw[8]);
        return true;
    case IOAPIC:
        *entry = (struct acpi_madt_entry){
            ACPI_MADT_IOAPIC, .ioapic = {acpi_number(raw + 4, 4), (uint32_t)acpi_number(raw + 8, 4), raw[2]}};
        return true;
    case OVERRIDE:
        *entry = (struct acpi_madt_entry){ACPI_MADT_OVERRIDE, .interrupt = {(uint32_t)acpi_number(raw + 4, 4), raw[3],
                                                                            is_level(raw + 8), is_low(raw + 8)}};
        return true;
    case NMI_SOURCE:
        *entry = (struct acpi_madt_entry){ACPI_MADT_IOAPIC_NMI, .interrupt = {(uint32_t)acpi_number(raw + 4, 4), 0,
                                                                              is_level(raw + 2), is_low(raw + 2)}};
        return true;
    case LAPIC_NMI:
        *entry = decode_nmi(raw[2] == UINT8_MAX ? ACPI_ALL_CPUS : raw[2], raw[5], raw + 3);
        return true;
    case X2APIC_NMI:
        *entry = decode_nmi(acpi_number(raw + 4, 4), raw[8], raw + 2);
        return true;
    }
    return false;
}

int acpi_next_madt(struct acpi_madt *madt, struct acpi_madt_entry *entry)
{
    uint8_t raw[16];
    int error;
    do
        error = next_raw(madt, raw);
    while (!error && !decode_entry(raw, entry));
    return error;
}

/* == Devices ======================================================================================================= */

/* HPET Specification 1.0a, table 3. */
int acpi_read_hpet(struct acpi *acpi, struct acpi_hpet *hpet)
{
    uint8_t copy[56];
    struct acpi_register block;
    int error = acpi_copy_table(acpi, "HPET", sizeof(copy), copy, sizeof(copy));
    if (error)
        return error;
    if (!decode_register(acpi, copy + 40, &block) || !acpi_check(acpi, "acpi hpet address space", block.space, 0, 0) ||
        !acpi_check(acpi, "acpi hpet address", block.place, 1, UINT64_MAX - 1023))
        return -EINVAL;
    *hpet = (struct acpi_hpet){block.place, (uint32_t)acpi_number(copy + 36, 4), (uint16_t)acpi_number(copy + 53, 2),
                               copy[52]};
    return 0;
}

int acpi_read_spcr(struct acpi *acpi, struct acpi_spcr *spcr)
{
    static const uint32_t bauds[] = {[3] = 9600, [4] = 19200, [6] = 57600, [7] = 115200};
    uint8_t copy[88];
    int error = acpi_copy_table(acpi, "SPCR", 80, copy, sizeof(copy));
    if (error)
        return error;
    uint8_t revision = copy[8], interrupt = copy[52], code = copy[58];
    *spcr = (struct acpi_spcr){
        .type = copy[36],
        .has_irq = interrupt & 1,
        .irq = copy[53],
        .has_gsi = interrupt & 0x1e, /* IOAPIC, I/O SAPIC, GIC, PLIC or APLIC */
        .gsi = (uint32_t)acpi_number(copy + 54, 4),
        .baud = code < 8 ? bauds[code] : 0,
        .clock_hz = revision >= 3 ? (uint32_t)acpi_number(copy + 76, 4) : 0,
    };
    if (revision >= 4 && acpi_number(copy + 80, 4) > 0)
        spcr->baud = (uint32_t)acpi_number(copy + 80, 4);
    return decode_register(acpi, copy + 40, &spcr->uart) ? 0 : -EINVAL;
}
