/* SPDX-License-Identifier: 0BSD */
/*
 * The wall clock of Android's emulator and of QEMU's virt machines (binding google,goldfish-rtc): nanoseconds since
 * 1970, in two registers of 32 bits. Reading the lower one keeps the upper one for the next read.
 */
#include <ossa/clock.h>
#include <ossa/image.h>

enum { GOLDFISH_TIME_LOW, GOLDFISH_TIME_HIGH }; /* by 4 bytes */

static uint64_t goldfish_read(volatile void *registers)
{
    const volatile uint32_t *words = registers;
    uint64_t low = words[GOLDFISH_TIME_LOW];
    return ((uint64_t)words[GOLDFISH_TIME_HIGH] << 32 | low) / NS_PER_S;
}

static const struct wall_clock goldfish SET_MEMBER(wall_clocks, goldfish) = {"google,goldfish-rtc", goldfish_read};
