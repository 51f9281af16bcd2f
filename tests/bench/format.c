/* SPDX-License-Identifier: 0BSD */
/*
 * Formatting into a buffer, the ten formats that printf libraries are compared by, and a whole log line.
 */
#include <ossa/bench.h>
#include <ossa/format.h>

static char buffer[256];

#define BENCH_FORMAT(name, ...)                            \
    BENCH(name)                                            \
    {                                                      \
        for (unsigned round = 0; round < rounds; round++)  \
            snprintf(buffer, sizeof(buffer), __VA_ARGS__); \
    }

BENCH_FORMAT(format_plain, "twenty-four characters..")
BENCH_FORMAT(format_d, "%d", -123456)
BENCH_FORMAT(format_llu, "%llu", 18446744073709551615ull)
BENCH_FORMAT(format_x, "%x", 0xdeadbeef)
BENCH_FORMAT(format_hex_padded, "%#018lx", 0xffffffff80001234)
BENCH_FORMAT(format_p, "%p", (void *)buffer)
BENCH_FORMAT(format_s, "%s", "twenty characters...")
BENCH_FORMAT(format_columns, "%-10s|%5d|%c", "column", 42, 'x')
BENCH_FORMAT(format_log_line, "[%5lu.%06lu] %s: cpu%u %-8s at %#lx size %zu", 12ul, 345678ul, "memory", 3u, "kernel",
             0x80200000ul, (size_t)131072)
BENCH_FORMAT(format_four_words, "%08x %08x %08x %08x", 0x12345678, 0xdeadbeef, 0x42, 0xffffffff)
