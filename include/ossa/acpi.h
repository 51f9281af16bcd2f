/* SPDX-License-Identifier: 0BSD */
/*
 * Reader of ACPI's static tables (ACPI Specification 6.5, section 5.2; HPET Specification 1.0a, section 3.2.4;
 * Microsoft's Serial Port Console Redirection Table) and of one AML object, _S5_. No AML is executed. Every number is
 * from inside a table whose length and checksum were found right; what a table is too short for reads as 0. Memory is
 * reached through the caller's function only; nothing is allocated, and no result points into a table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACPI_TABLE_BYTES_MAX (4u << 20) /* a longer table is taken for a broken one */
#define ACPI_ALL_CPUS        UINT32_MAX

/*
 * Returns where [pa, pa + size_bytes) can be read, NULL if it cannot. It is asked for neither pa 0 nor what is empty,
 * wraps or is longer than ACPI_TABLE_BYTES_MAX. What it returns must stay until it is called again with this context or
 * the struct acpi is not used any more: one window will do.
 */
typedef const void *acpi_map(void *context, uint64_t pa, size_t size_bytes);

/* The tables of a machine. One CPU at a time. */
struct acpi {
    struct acpi_fault {
        const char *what;   /* "acpi table checksum"; NULL: nothing */
        uint64_t got, want; /* the nearest that would have done; what is a place is got, and want is 0 */
    } fault;                /* the last trouble met, that of a table passed over included */
    acpi_map *map;
    void *context;
    uint64_t root_pa;    /* the XSDT, or the RSDT if there is none */
    uint32_t root_bytes; /* all of it */
    uint32_t entry_bytes;
    uint64_t mapped_pa; /* what `map` was asked for last */
    size_t mapped_bytes;
    const uint8_t *mapped;
};

/* A table whose header and checksum are right. */
struct acpi_table {
    uint64_t pa;
    uint32_t size_bytes; /* its header of 36 bytes included */
    uint8_t revision;
};

/*
 * Every function that returns int returns 0, or -EINVAL if what it needs is malformed, or -EFAULT if `map` returned
 * NULL for it; both set acpi->fault. Other errors are named at the function. Results are good on 0 only.
 */

/* Opens the tables that the RSDP at rsdp_pa leads to: an ACPI 1.0 one, or a later one, or a copy of either.
 * After an error there are no tables. */
int acpi_open(struct acpi *acpi, acpi_map *map, void *context, uint64_t rsdp_pa);

/* Table `index` of those with this signature, asked for from 0 up to -ENOENT. A broken one has an index as well; those
 * whose header cannot be mapped are passed over. "FACP": the FADT. The DSDT is not among them (acpi_fadt.dsdt_pa). */
int acpi_find_table(struct acpi *acpi, const char *signature, uint32_t index, struct acpi_table *table);

/* A generic address structure, section 5.2.3.2, or an I/O port block of the FADT. */
struct acpi_register {
    uint64_t place; /* pa or port, as `space` says; 0: there is no such register */
    enum {
        ACPI_SPACE_MEMORY = 0,
        ACPI_SPACE_IO = 1,
        ACPI_SPACE_PCI_CONFIG = 2,
    } space; /* or another number of table 5.1 */
    uint8_t width_bits, offset_bits;
    uint8_t access_bytes; /* 1, 2, 4 or 8; where the table leaves it open, the smallest that holds width_bits */
};

/* == Fixed ACPI Description Table, section 5.2.9 =================================================================== */

struct acpi_fadt {
    uint64_t dsdt_pa;      /* 0: none */
    bool hardware_reduced; /* the PM1 blocks and the PM timer do not exist, and read as none: sleep_control instead */
    bool has_i8042;        /* keyboard controller; true before FADT revision 3, which cannot say it */
    bool has_cmos;         /* real-time clock in CMOS: false if said to be absent, which few firmwares do */
    uint8_t century;       /* where the century is in CMOS; 0: nowhere */
    uint16_t sci;          /* the GSI of ACPI's own interrupt, level and active low unless overridden */
    uint16_t smi_command;  /* writing acpi_enable to this port sets SCI_EN, bit 0 of pm1a_control; 0: always set */
    uint8_t acpi_enable;
    uint8_t timer_bits; /* how far pm_timer counts: 24 or 32; 3579545 Hz */
    struct acpi_register pm_timer;
    struct acpi_register pm1a_control, pm1b_control;  /* SLP_TYP is bits 12:10, SLP_EN bit 13 */
    struct acpi_register sleep_control, sleep_status; /* SLP_TYP is bits 4:2, SLP_EN bit 5; WAK_STS is bit 7 */
    struct acpi_register reset;                       /* none unless the flag RESET_REG_SUP is set */
    uint8_t reset_value;                              /* what to write there */
};

/* -ENOENT: there is none. */
int acpi_read_fadt(struct acpi *acpi, struct acpi_fadt *fadt);

/* SLP_TYP values of the soft-off state, 0 to 7, for pm1a_control (and sleep_control) and pm1b_control. */
struct acpi_s5 {
    uint8_t type_a, type_b;
};

/*
 * Looks for Name (_S5_, Package () {a, b, ...}) in the bytes of the DSDT, then of each SSDT, where a and b are
 * constants of one byte (section 20.2.3). The first such object counts, wherever it is. -ENOENT: nothing begins like
 * one; -EINVAL, -EFAULT: none is sound, but one begins like it, or a table could not be looked through.
 */
int acpi_find_s5(struct acpi *acpi, const struct acpi_fadt *fadt, struct acpi_s5 *s5);

/* == Multiple APIC Description Table, section 5.2.12 =============================================================== */

struct acpi_madt {
    struct acpi *acpi;
    struct acpi_table table;
    uint64_t lapic_pa; /* of the local APICs' registers, a 64-bit override respected */
    bool has_8259;     /* PCAT_COMPAT: two 8259s, to be masked */
    uint32_t at;       /* offset of the next entry */
};

/* An entry that is one of these kinds; others are passed over. */
struct acpi_madt_entry {
    enum acpi_madt_kind {
        ACPI_MADT_CPU,        /* local APIC or local x2APIC; a CPU may have both, with the same apic_id */
        ACPI_MADT_IOAPIC,     /* its pins are the GSIs from gsi_base on */
        ACPI_MADT_OVERRIDE,   /* ISA interrupt isa_irq arrives at gsi */
        ACPI_MADT_IOAPIC_NMI, /* what arrives at gsi is an NMI */
        ACPI_MADT_LOCAL_NMI,  /* what arrives at the CPU's LINT pin is an NMI */
    } kind;
    uint32_t uid; /* CPU, LOCAL_NMI: ACPI's number of the CPU; ACPI_ALL_CPUS */
    union {
        struct {
            uint32_t apic_id;
            bool enabled;        /* usable now */
            bool online_capable; /* not enabled, but may become so */
        } cpu;
        struct {
            uint64_t pa;
            uint32_t gsi_base;
            uint8_t id;
        } ioapic;
        struct {
            uint32_t gsi;
            uint8_t isa_irq; /* OVERRIDE */
            bool level, low; /* level-triggered, active low; what conforms to the bus is neither, as on ISA */
        } interrupt;         /* OVERRIDE, IOAPIC_NMI */
        struct {
            uint8_t pin; /* 0: LINT0, 1: LINT1 */
            bool level, low;
        } local_nmi;
    };
};

/* Opens the MADT for acpi_next_madt(). -ENOENT: there is none. */
int acpi_open_madt(struct acpi *acpi, struct acpi_madt *madt);

/* The next entry of those kinds. -ENOENT: behind the last, again and again; -EINVAL: before one that is malformed,
 * again and again. A copy of an acpi_madt goes on from where that was. */
int acpi_next_madt(struct acpi_madt *madt, struct acpi_madt_entry *entry);

/* == Devices ======================================================================================================= */

struct acpi_hpet {
    uint64_t pa;            /* of the event timer block's registers, in memory, 1 KiB */
    uint32_t block_id;      /* as General Capabilities says it, bits 31:0 */
    uint16_t minimum_ticks; /* for periodic mode */
    uint8_t number;
};

/* The first. -ENOENT: there is none. */
int acpi_read_hpet(struct acpi *acpi, struct acpi_hpet *hpet);

struct acpi_spcr {
    struct acpi_register uart; /* place 0: no console */
    enum {
        ACPI_UART_16550 = 0x00,
        ACPI_UART_PL011 = 0x03,
        ACPI_UART_SBSA = 0x0e,
        ACPI_UART_16550_SPACED = 0x12, /* as `uart` says */
        ACPI_UART_SBI = 0x15,
    } type;       /* or another serial subtype of the Debug Port Table 2 */
    bool has_irq; /* of the 8259s */
    uint8_t irq;
    bool has_gsi; /* of an IOAPIC, GIC or PLIC */
    uint32_t gsi;
    uint32_t baud;     /* 0: as firmware left it */
    uint32_t clock_hz; /* 0: unknown */
};

/* -ENOENT: there is none. */
int acpi_read_spcr(struct acpi *acpi, struct acpi_spcr *spcr);
