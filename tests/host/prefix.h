/* SPDX-License-Identifier: 0BSD */
/*
 * The public symbols of lib/ under the names they have on the host, where they link beside the C library: forced into
 * each file of lib/ with -include, and included by the tests just before the headers they test. A public symbol missing
 * here would take the C library's place in the test program.
 */
#pragma once

#define CONFIG_KASAN 0

/* lib/format */
#define format_symbol ossa_format_symbol
#define format_vwrite ossa_format_vwrite
#define format_write  ossa_format_write
#define snprintf      ossa_snprintf
#define vsnprintf     ossa_vsnprintf

/* lib/string */
#define memchr  ossa_memchr
#define memcmp  ossa_memcmp
#define memcpy  ossa_memcpy
#define memmove ossa_memmove
#define memset  ossa_memset
#define strchr  ossa_strchr
#define strcmp  ossa_strcmp
#define strlcpy ossa_strlcpy
#define strlen  ossa_strlen
#define strncmp ossa_strncmp
#define strnlen ossa_strnlen

/* lib/fdt */
#define fdt_find             ossa_fdt_find
#define fdt_find_property    ossa_fdt_find_property
#define fdt_find_phandle     ossa_fdt_find_phandle
#define fdt_find_stdout      ossa_fdt_find_stdout
#define fdt_find_string      ossa_fdt_find_string
#define fdt_is_compatible    ossa_fdt_is_compatible
#define fdt_is_named         ossa_fdt_is_named
#define fdt_match            ossa_fdt_match
#define fdt_next_node        ossa_fdt_next_node
#define fdt_parent_node      ossa_fdt_parent_node
#define fdt_open             ossa_fdt_open
#define fdt_read_number      ossa_fdt_read_number
#define fdt_read_reg_pa      ossa_fdt_read_reg_pa
#define fdt_read_reservation ossa_fdt_read_reservation
#define fdt_read_size        ossa_fdt_read_size

/* lib/acpi */
#define acpi_check      ossa_acpi_check
#define acpi_copy_table ossa_acpi_copy_table
#define acpi_find_s5    ossa_acpi_find_s5
#define acpi_find_table ossa_acpi_find_table
#define acpi_map_bytes  ossa_acpi_map_bytes
#define acpi_next_madt  ossa_acpi_next_madt
#define acpi_open       ossa_acpi_open
#define acpi_open_madt  ossa_acpi_open_madt
#define acpi_read_fadt  ossa_acpi_read_fadt
#define acpi_read_hpet  ossa_acpi_read_hpet
#define acpi_read_spcr  ossa_acpi_read_spcr

/* lib/cmdline */
#define cmdline_find ossa_cmdline_find

/* lib/region */
#define region_add   ossa_region_add
#define region_bytes ossa_region_bytes
#define region_find  ossa_region_find
#define region_trim  ossa_region_trim
