/* SPDX-License-Identifier: 0BSD */
/*
 * THE ENTRY CONTRACT: what holds when kernel_main() is entered, on every architecture and firmware, and struct
 * boot_info, the one form in which portable code sees what firmware and loader left behind.
 *
 *   1. Exactly one CPU runs, whichever the firmware chose: boot_info.cpu_id need not be 0.
 *   2. Interrupts are masked. Floating point and SIMD are disabled: using them traps.
 *   3. The stack is STACK_SIZE bytes, 16-byte aligned at calls, with an unmapped guard below it.
 *   4. .bss is zero. .noinit is as the machine left it.
 *   5. The MMU is on. The image runs at KERNEL_VA; its physical address is any multiple of BLOCK_SIZE.
 *   6. Mapped are the image, no page both writable and executable, and the fixmap's windows with the memory type their
 *      content needs; nothing else, the lower half included.
 *   7. Every exception is taken and reported (kernel/trap.c).
 *   8. The outermost frame's return address is marked undefined for unwinders.
 *   9. boot_info has passed boot_validate(); what was wrong has been said as a boot error or a warning.
 *
 * What firmware may hand over dirty (registers, flags, .bss, exception level, any hart) is listed in docs/boot.md.
 * tests/kernel/contract.c and arch/<a>/tests/ check these sentences at boot on every firmware path.
 */
#pragma once

#include <ossa/region.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Kinds of memory. Where ranges overlap the higher number wins, so that nothing reserved is ever taken for free.
 * The names follow what an allocator may do with them.
 */
enum boot_memory_kind {
    BOOT_MEMORY_USABLE,           /* free RAM */
    BOOT_MEMORY_DOCUMENT,         /* RAM; free once nobody reads the boot document any more */
    BOOT_MEMORY_ACPI_RECLAIMABLE, /* RAM; free once the ACPI tables have been read (ACPI 6.5, 15: AddressRangeACPI) */
    BOOT_MEMORY_MODULE,           /* RAM; a boot module */
    BOOT_MEMORY_KERNEL,           /* RAM; the image, .bss and stacks included */
    BOOT_MEMORY_FIRMWARE,         /* never ours: ACPI NVS, EFI runtime, SBI, firmware's reserved-memory */
    BOOT_MEMORY_RESERVED,         /* never ours: holes the map names, devices, unknown kinds */
    BOOT_MEMORY_KINDS
};

#define BOOT_REGIONS_MAX      256
#define BOOT_REGIONS_USABLE   224 /* the rest of the map is for what is reserved in usable memory */
#define BOOT_MODULES_MAX      8
#define BOOT_COMMAND_LINE_MAX 2048 /* bytes, NUL included; COMMAND_LINE_SIZE of Linux on x86 */
#define BOOT_NAME_MAX         48

struct boot_module {
    uint64_t start_pa;
    uint64_t size_bytes;
    char name[BOOT_NAME_MAX]; /* its command line as the loader gave it, cut to fit; "" if none */
};

/* A linear framebuffer the firmware has set up; pa is 0 if there is none. */
struct boot_framebuffer {
    uint64_t pa;
    uint32_t width, height; /* pixels */
    uint32_t pitch_bytes;   /* from one line to the next */
    uint8_t bits_per_pixel;
};

/* The console the boot document names; compatible is "" if it names none. */
struct boot_console {
    char compatible[BOOT_NAME_MAX]; /* devicetree binding, "ns16550a" for one */
    uint64_t pa;                    /* registers, as the CPU sees them */
    uint8_t register_shift;         /* registers are 1 << register_shift bytes apart */
};

/* Everything portable code knows of the boot. */
struct boot_info {
    const char *protocol;       /* "multiboot2", "pvh", "fdt" */
    char loader[BOOT_NAME_MAX]; /* who loaded us, as it calls itself; "" if unknown */
    char command_line[BOOT_COMMAND_LINE_MAX];
    struct region_list memory; /* physical, in whole pages, of the kinds above; in the array that follows */
    struct region regions[BOOT_REGIONS_MAX];
    size_t module_count;
    struct boot_module modules[BOOT_MODULES_MAX];
    struct boot_framebuffer framebuffer;
    struct boot_console console;
    uint64_t fdt_pa, rsdp_pa, efi_system_table_pa; /* 0: none */
    uint64_t cpu_id;                               /* the boot CPU: APIC id, hart id or MPIDR affinity */
    uint64_t kernel_pa;                            /* where KERNEL_VA is */
    uint64_t entry_ticks;                          /* arch_ticks() when the first instruction ran */
    uint64_t ticks_hz;                             /* rate of arch_ticks(); 0: not known yet */
    uint64_t seed;                                 /* entropy from the firmware; 0: none */
};

/* What this kernel was booted with; complete when kernel_main() is entered. */
extern const struct boot_info *const boot_info;

/*
 * Boot errors. Each ends the machine with MACHINE_BOOT_ERROR after the line `boot: E<nn> <what>: got .., want ..`.
 * The numbers are stable: scripts and people look them up in docs/boot.md.
 */
enum boot_error {
    BOOT_ERROR_CPU = 1,           /* the CPU lacks what the port needs */
    BOOT_ERROR_PROTOCOL = 2,      /* no boot protocol this port knows */
    BOOT_ERROR_DOCUMENT_PA = 3,   /* its address: null, misaligned, or beyond what the CPU can address */
    BOOT_ERROR_DOCUMENT_SIZE = 4, /* the document, or an item in it, is larger or smaller than it can be */
    BOOT_ERROR_DOCUMENT_DATA = 5, /* the document contradicts its specification */
    BOOT_ERROR_NO_MEMORY = 6,     /* no usable memory */
    BOOT_ERROR_KERNEL_MEMORY = 7, /* the image does not lie in RAM that is ours */
    BOOT_ERROR_LEVEL = 8,         /* entered at a privilege level the port cannot run at */
    BOOT_ERROR_WINDOW = 9,        /* it does not fit its early mapping window */
};

/* Prints the boot error's line on the earliest console and ends the machine. `what` names the item and the place. */
_Noreturn void boot_fail(enum boot_error error, const char *what, uint64_t got, uint64_t want);

/*
 * Called by entry.S, once, on the boot stack, MMU on, .bss not yet zero: brings the machine from there to the contract
 * above and calls kernel_main(). `magic` is whatever tells the port which protocol it was entered by.
 */
_Noreturn void boot_start(uint64_t document_pa, uint64_t magic, uint64_t cpu_id, uint64_t kernel_pa, uint64_t ticks);

/* What boot_start() was given; valid from its first line on. */
struct boot_entry {
    uint64_t document_pa, magic, cpu_id, kernel_pa, ticks;
};
extern struct boot_entry boot_entry;

/*
 * For the ports' arch_boot_read(): enters [start_pa, start_pa + size) in the map. boot_validate() rounds usable memory
 * inwards to whole pages, all else is rounded outwards here; empty ranges are ignored; a range that wraps, and the last
 * page of all, are cut off. When the map is full usable memory is left out with a warning, all else is a boot error.
 */
void boot_add_memory(struct boot_info *info, uint64_t start_pa, uint64_t size_bytes, enum boot_memory_kind kind);

/* Enters a module and its memory. Past BOOT_MODULES_MAX its memory is still kept from the allocator, with a warning. */
void boot_add_module(struct boot_info *info, uint64_t start_pa, uint64_t size_bytes, const char *name);

/* Copies a bounded string out of the boot document into a field of boot_info; says so if it was cut. */
void boot_copy_string(char *field, size_t field_size, const char *text, size_t text_size, const char *what);

/* Maps the devicetree at fdt_pa in FIXMAP_DOCUMENT and opens it, once. Before .bss is zero, too. 0, or why not. */
enum boot_error boot_open_fdt(uint64_t fdt_pa);

/* The open devicetree, mapped still; NULL: there is none. What becomes of it when its memory is given away
 * (memory_release_documents()) is read as broken, or as something else. */
struct fdt;
const struct fdt *boot_fdt(void);

/*
 * Translates it: all fields of *info that the Devicetree Specification v0.4, chapter 3, and Linux's /chosen properties
 * give. Does not return if it is broken. Returns the open devicetree, in which the port looks up what only it needs.
 */
const struct fdt *boot_read_fdt(struct boot_info *info, uint64_t fdt_pa);

/* Rounds usable memory inwards to pages, makes sure that there is some and that the image lies in it, and enters the
 * image's range; does not return otherwise. */
void boot_validate(struct boot_info *info);

/* Logs protocol, memory, modules and command line: what a person wants to see of boot_info. */
void boot_log(const struct boot_info *info);

/* Entered once the contract holds. kernel/main.c */
_Noreturn void kernel_main(const struct boot_info *info);
