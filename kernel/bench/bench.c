/* SPDX-License-Identifier: 0BSD */
/*
 * A bench kernel's init(): owns the running of benches inside the kernel: a line `bench <name> <ticks> <rounds>` each,
 * in ticks of arch_ticks().
 */
#include <ossa/arch.h>
#include <ossa/bench.h>
#include <ossa/cmdline.h>
#include <ossa/console.h>
#include <ossa/init.h>
#include <ossa/string.h>

#define BENCH_ROUNDS 1024

static void run_empty(unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++)
        __asm__ volatile("");
}

static uint64_t measure(void (*run)(unsigned rounds))
{
    run(1); /* what the first call sets up is not counted */
    uint64_t start = arch_ticks();
    run(BENCH_ROUNDS);
    return arch_ticks() - start;
}

int init(void)
{
    char name[64];
    bool one = cmdline_find(boot_info->command_line, "bench", name, sizeof(name)) >= 0;
    unsigned count = 0;
    uint64_t empty = measure(run_empty);
    SET_EACH (bench, benches) {
        if (one && strcmp(bench->name, name) != 0)
            continue;
        uint64_t ticks = measure(bench->run);
        console_printf("bench %s %lu %u\n", bench->name, ticks > empty ? ticks - empty : 0, BENCH_ROUNDS);
        count++;
    }
    return count == 0;
}
