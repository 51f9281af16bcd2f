/* SPDX-License-Identifier: 0BSD */
/*
 * The time of day as CMOS can say it, and the counters by which the TSC is measured.
 */
#include <arch/platform.h>
#include <arch/registers.h>
#include <ossa/clock.h>
#include <ossa/test.h>
#include <ossa/vrange.h>

#define BINARY   4
#define HOURS_24 2
#define PM       0x80

TEST(x86_64_cmos_time)
{
    static const struct {
        uint8_t registers[CMOS_FIELDS], status_b;
        uint64_t seconds;
    } cases[] = {
        {{0x00, 0x00, 0x00, 0x01, 0x01, 0x70, 0x19}, HOURS_24, 0},
        {{0x59, 0x59, 0x23, 0x31, 0x12, 0x99, 0x19}, HOURS_24, 946684799},
        {{0x00, 0x00, 0x00, 0x29, 0x02, 0x00, 0x20}, HOURS_24, 951782400}, /* 2000 was a leap year */
        {{40, 46, 1, 9, 9, 1, 20}, HOURS_24 | BINARY, 1000000000},
        {{0x20, 0x33, 0x03, 0x18, 0x05, 0x33, 0x20}, HOURS_24, 2000000000},
        {{0x20, 0x33, 0x03, 0x18, 0x05, 0x33, 0x20}, 0, 2000000000},        /* 3 in the morning */
        {{0x20, 0x33, 0x03 | PM, 0x18, 0x05, 0x33, 0x20}, 0, 2000043200},   /* in the afternoon */
        {{0x00, 0x00, 0x12, 0x01, 0x03, 0x24, 0x00}, 0, 1709251200},        /* midnight; no century */
        {{0, 0, 12 | PM, 1, 3, 24, 0xff}, BINARY, 1709294400},              /* noon */
        {{0x00, 0x00, 0x00, 0x01, 0x03, 0x00, 0x21}, HOURS_24, 4107542400}, /* 2100 is none */
        {{0x00, 0x00, 0x24, 0x01, 0x01, 0x24, 0x20}, HOURS_24, 0},          /* no such hour, ... */
        {{0x00, 0x60, 0x00, 0x01, 0x01, 0x24, 0x20}, HOURS_24, 0},
        {{0x00, 0x00, 0x00, 0x00, 0x01, 0x24, 0x20}, HOURS_24, 0},
        {{0x00, 0x00, 0x00, 0x01, 0x13, 0x24, 0x20}, HOURS_24, 0},
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, HOURS_24, 0},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQUAL(time_from_cmos(cases[i].registers, cases[i].status_b), cases[i].seconds);
}

TEST(x86_64_reference_is_used)
{
    struct acpi_hpet hpet;
    bool has_hpet = platform_acpi != NULL && acpi_read_hpet(platform_acpi, &hpet) == 0;
    if (boot_info->ticks_hz != 0)
        CHECK_EQUAL(clock_source(), CLOCK_FIRMWARE);
    else
        CHECK_EQUAL(clock_source(),
                    has_hpet || platform_fadt.pm_timer.place != 0 ? CLOCK_REFERENCE : CLOCK_UNCALIBRATED);
}

/* It runs, and does not go back. */
TEST(x86_64_hpet_counts)
{
    struct acpi_hpet hpet;
    if (platform_acpi == NULL || acpi_read_hpet(platform_acpi, &hpet) != 0)
        SKIP("this machine has no HPET");
    volatile uint64_t *registers = vrange_map_device(hpet.pa, 1024);
    REQUIRE(registers != NULL);
    uint64_t first = registers[0xf0 / 8], last = first;
    CHECK((registers[0x10 / 8] & 1) != 0);
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t now = registers[0xf0 / 8];
        REQUIRE(now >= last);
        last = now;
    }
    CHECK(last > first);
    vrange_unmap_device(registers);
}

TEST(x86_64_acpi_timer_counts)
{
    const struct acpi_register *timer = &platform_fadt.pm_timer;
    if (timer->place == 0)
        SKIP("this machine has no ACPI timer");
    uint32_t mask = (uint32_t)((1ul << platform_fadt.timer_bits) - 1);
    uint32_t first = port_read32((uint16_t)timer->place), last = first;
    while (((last - first) & mask) < 100) {
        uint32_t now = port_read32((uint16_t)timer->place);
        REQUIRE(((now - last) & mask) < mask / 2);
        last = now;
    }
}
