/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/cpu/ asks of the port: harts of the devicetree, started by the SBI's hart state management (SBI 1.0,
 * chapter 9) and interrupted by its IPIs (chapter 7). A hart without MMU, a monitor core, is not one of ours.
 */
#include <arch/interrupt.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/fdt.h>
#include <ossa/smp.h>
#include <ossa/string.h>

static bool is_usable(const struct fdt_node *node)
{
    const char *type = fdt_find_string(node, "mmu-type"); /* cpu binding */
    return type != NULL && strcmp(type, "riscv,none") != 0;
}

void arch_cpu_find(void)
{
    cpu_find_fdt(is_usable);
}

/* Those that the firmware was asked to start, up to a NULL, and their ids: for cpu.S. */
struct cpu *cpu_told[CPUS_MAX];
uint64_t cpu_told_ids[CPUS_MAX];

int arch_cpu_start(struct cpu *cpu)
{
    static unsigned told;
    cpu_start_satp = csr_read(satp);
    cpu->idle.sp = cpu->idle.stack_va + STACK_SIZE;
    cpu_told_ids[told] = cpu->id;
    cpu_told[told] = cpu;
    fence_all(); /* the new hart sees all this: no word of it in the SBI */
    bool starts = sbi_call(SBI_HSM, 0, cpu->id, image_pa(cpu_start), (uintptr_t)cpu).error == 0; /* hart_start */
    if (starts)
        told++;
    else
        cpu_told[told] = NULL;
    return starts ? 0 : -EIO;
}

void arch_cpu_interrupt(const struct cpu *cpu, bool stop)
{
    (void)stop;  /* nothing gets through SIE = 0 */
    fence_all(); /* what is asked of the CPU goes before the interrupt that tells it so */
    sbi_call(SBI_IPI, 0, 1, cpu->id, 0);
}
