/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the wall clock of a PL031 (Arm PrimeCell Real Time Clock, DDI 0224, "Summary of registers"): a counter of
 * seconds, which by convention are those since 1970.
 */
#include <ossa/clock.h>
#include <ossa/image.h>

#define PL031_DR (0x00 / 4)
#define PL031_CR (0x0c / 4)
#define CR_START 1

static uint64_t read_seconds(volatile void *registers)
{
    volatile uint32_t *words = registers;
    return (words[PL031_CR] & CR_START) != 0 ? words[PL031_DR] : 0;
}

static const struct wall_clock pl031 SET_MEMBER(wall_clocks, pl031) = {"arm,pl031", read_seconds};
