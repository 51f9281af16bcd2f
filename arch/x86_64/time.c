/* SPDX-License-Identifier: 0BSD */
/*
 * The clocks of a PC beside the TSC: the HPET (IA-PC HPET Specification 1.0a) or ACPI's timer (ACPI Specification 6.5,
 * 4.8.3.3), by which kernel/time/ measures a TSC whose rate nobody tells, and the time of day in CMOS (MC146818 data
 * sheet). A machine may have none of them.
 */
#include <arch/platform.h>
#include <arch/registers.h>
#include <ossa/arch.h>
#include <ossa/clock.h>
#include <ossa/image.h>
#include <ossa/vrange.h>

/* == HPET ========================================================================================================== */

#define HPET_BYTES         1024
#define HPET_CAPABILITIES  0x00 /* 63:32 femtoseconds a unit, 13: 64 bits */
#define HPET_CONFIGURATION 0x10
#define HPET_COUNTER       0xf0
#define HPET_64            (1 << 13)
#define HPET_ENABLE        1
#define HPET_PERIOD_MAX    100000000 /* 2.3.2 */
#define FEMTOSECONDS       1000000000000000ul

static struct clock_reference reference;
static volatile char *hpet_va;

static uint64_t hpet_read(unsigned offset)
{
    return *(volatile uint64_t *)(hpet_va + offset);
}

static uint64_t hpet_read_counter(void)
{
    return *(volatile uint32_t *)(hpet_va + HPET_COUNTER);
}

static uint64_t hpet_read_counter_64(void)
{
    return hpet_read(HPET_COUNTER);
}

static bool hpet_find(void)
{
    struct acpi_hpet hpet;
    if (platform_acpi == NULL || acpi_read_hpet(platform_acpi, &hpet) != 0)
        return false;
    hpet_va = vrange_map_device(hpet.pa, HPET_BYTES);
    if (hpet_va == NULL)
        return false;
    uint64_t capabilities = hpet_read(HPET_CAPABILITIES), period = capabilities >> 32;
    bool wide = (capabilities & HPET_64) != 0;
    if (period == 0 || period > HPET_PERIOD_MAX)
        return false;
    *(volatile uint64_t *)(hpet_va + HPET_CONFIGURATION) = hpet_read(HPET_CONFIGURATION) | HPET_ENABLE;
    reference = (struct clock_reference){"HPET", wide ? hpet_read_counter_64 : hpet_read_counter, FEMTOSECONDS / period,
                                         wide ? UINT64_MAX : UINT32_MAX};
    return true;
}

/* == ACPI's timer ================================================================================================== */

#define TIMER_HZ 3579545

static uint64_t timer_read(void)
{
    return port_read32((uint16_t)platform_fadt.pm_timer.place);
}

static bool timer_find(void)
{
    const struct acpi_register *timer = &platform_fadt.pm_timer;
    if (timer->place == 0 || timer->space != ACPI_SPACE_IO)
        return false;
    reference = (struct clock_reference){"ACPI timer", timer_read, TIMER_HZ, (1ul << platform_fadt.timer_bits) - 1};
    return true;
}

void time_find_reference(void)
{
    if (boot_info->ticks_hz == 0 && (hpet_find() || timer_find()))
        clock_set_reference(&reference);
}

/* == Time of day: in UTC, as nobody says in which zone it would be ================================================= */

#define CMOS_INDEX      0x70 /* bit 7 would mask NMIs */
#define CMOS_DATA       0x71
#define CMOS_READS_MAX  20000 /* of a register, 1 us each or more; an update takes 2 ms */
#define STATUS_A        0x0a
#define STATUS_B        0x0b
#define STATUS_D        0x0d
#define A_UPDATING      0x80
#define B_24_HOURS      0x02
#define B_BINARY        0x04
#define D_VALID         0x80 /* the battery has lasted; the lower bits read 0 */
#define HOURS_PM        0x80
#define CENTURY_ASSUMED 20

static uint8_t cmos_read(uint8_t which)
{
    port_write8(CMOS_INDEX, which);
    return port_read8(CMOS_DATA);
}

/* False while the clock changes its registers. */
static bool read_fields(uint8_t fields[CMOS_FIELDS])
{
    static const uint8_t places[] = {
        [CMOS_SECOND] = 0, [CMOS_MINUTE] = 2, [CMOS_HOUR] = 4, [CMOS_DAY] = 7, [CMOS_MONTH] = 8, [CMOS_YEAR] = 9};
    if (cmos_read(STATUS_A) & A_UPDATING)
        return false;
    for (unsigned i = CMOS_SECOND; i <= CMOS_YEAR; i++)
        fields[i] = cmos_read(places[i]);
    fields[CMOS_CENTURY] = platform_fadt.century != 0 ? cmos_read(platform_fadt.century) : 0;
    return !(cmos_read(STATUS_A) & A_UPDATING);
}

/* Twice the same, for an update between two reads of its flag is not seen. */
static bool read_settled(uint8_t fields[CMOS_FIELDS])
{
    uint8_t again[CMOS_FIELDS];
    for (unsigned attempts = 0; attempts < CMOS_READS_MAX; attempts++) {
        if (!read_fields(fields) || !read_fields(again))
            continue;
        bool same = true;
        for (unsigned i = 0; i < CMOS_FIELDS; i++)
            same = same && fields[i] == again[i];
        if (same)
            return true;
    }
    return false;
}

static unsigned from_bcd(unsigned value)
{
    return (value >> 4) * 10 + (value & 15);
}

/* Gregorian; days are counted in years that begin in March, so that a leap day is a year's last. */
static uint64_t seconds_since_1970(uint64_t year, unsigned month, unsigned day)
{
    uint64_t march_year = year - (month < 3), month_of_year = (month + 9) % 12;
    uint64_t days = march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 +
                    (month_of_year * 153 + 2) / 5 + day - 1;
    return (days - 719468) * 86400; /* 719468: 1970-01-01 */
}

uint64_t time_from_cmos(const uint8_t registers[CMOS_FIELDS], uint8_t status_b)
{
    uint8_t fields[CMOS_FIELDS];
    bool pm = !(status_b & B_24_HOURS) && registers[CMOS_HOUR] & HOURS_PM;
    for (unsigned i = 0; i < CMOS_FIELDS; i++) {
        uint8_t value = i == CMOS_HOUR && !(status_b & B_24_HOURS) ? registers[i] & ~HOURS_PM : registers[i];
        fields[i] = (uint8_t)(status_b & B_BINARY ? value : from_bcd(value));
    }
    if (!(status_b & B_24_HOURS))
        fields[CMOS_HOUR] = (uint8_t)(fields[CMOS_HOUR] % 12 + (pm ? 12 : 0));
    if (fields[CMOS_SECOND] > 60 || fields[CMOS_MINUTE] > 59 || fields[CMOS_HOUR] > 23 || fields[CMOS_DAY] < 1 ||
        fields[CMOS_DAY] > 31 || fields[CMOS_MONTH] < 1 || fields[CMOS_MONTH] > 12 || fields[CMOS_YEAR] > 99)
        return 0;
    unsigned century =
        fields[CMOS_CENTURY] >= 19 && fields[CMOS_CENTURY] <= 99 ? fields[CMOS_CENTURY] : CENTURY_ASSUMED;
    return seconds_since_1970(century * 100ul + fields[CMOS_YEAR], fields[CMOS_MONTH], fields[CMOS_DAY]) +
           fields[CMOS_HOUR] * 3600ul + fields[CMOS_MINUTE] * 60ul + fields[CMOS_SECOND];
}

static uint64_t cmos_read_seconds(volatile void *registers)
{
    (void)registers;
    uint8_t fields[CMOS_FIELDS];
    bool absent = platform_acpi != NULL && platform_fadt.dsdt_pa != 0 && !platform_fadt.has_cmos;
    if (absent || cmos_read(STATUS_D) != D_VALID || !read_settled(fields))
        return 0;
    return time_from_cmos(fields, cmos_read(STATUS_B));
}

static const struct wall_clock cmos SET_MEMBER(wall_clocks, cmos) = {NULL, cmos_read_seconds};
