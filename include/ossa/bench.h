/* SPDX-License-Identifier: 0BSD */
/*
 * Benches that run inside the kernel, under an emulator that counts one tick for a fixed number of instructions
 * (`make bench`: QEMU's -icount shift=0). A bench is a function in any file of tests/bench/ that does its work `rounds`
 * times:
 *
 *     BENCH(name)
 *     {
 *         for (unsigned round = 0; round < rounds; round++)
 *             work();
 *     }
 *
 * What an empty loop of the same rounds takes is subtracted. scripts/bench turns ticks into instructions.
 */
#pragma once

#include <ossa/image.h>

struct bench {
    const char *name;
    void (*run)(unsigned rounds);
};
extern const struct bench benches_start[], benches_end[];

#define BENCH(bench_name)                                                                                    \
    static void bench_run_##bench_name(unsigned rounds);                                                     \
    static const struct bench bench_##bench_name SET_MEMBER(benches, bench_name) = {#bench_name,             \
                                                                                    bench_run_##bench_name}; \
    static void bench_run_##bench_name(unsigned rounds)
