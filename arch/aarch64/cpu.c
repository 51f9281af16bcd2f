/* SPDX-License-Identifier: 0BSD */
/*
 * Which CPUs there are, from the devicetree, and how they start and are interrupted: by the firmware's PSCI and the
 * interrupt controller's SGIs. Where they start is cpu.S.
 */
#include <arch/gic.h>
#include <ossa/early_map.h>
#include <ossa/fdt.h>
#include <ossa/smp.h>
#include <ossa/string.h>

uint64_t cpu_start_root_pa;

static bool is_usable(const struct fdt_node *node)
{
    const char *method = fdt_find_string(node, "enable-method");
    return method != NULL && strcmp(method, "psci") == 0 && machine_has_psci();
}

void arch_cpu_find(void)
{
    if (gic == NULL) /* nobody could ask another CPU for anything */
        cpu_add(boot_cpu.id);
    else
        cpu_find_fdt(is_usable);
}

int arch_cpu_start(struct cpu *cpu)
{
    cpu_start_root_pa = arch_page_tables_root();
    cpu->idle.sp = cpu->idle.stack_va + STACK_SIZE;
    __asm__ volatile("dsb ish" ::: "memory"); /* the other CPU sees all this: it reads nothing before its MMU is on */
    int error = machine_call_psci(PSCI_CPU_ON, cpu->id, image_pa(cpu_start), (uintptr_t)cpu);
    return error == 0 ? 0 : error == PSCI_NOT_SUPPORTED ? -ENOSYS : error == PSCI_ALREADY_ON ? -EEXIST : -EIO;
}

void arch_cpu_interrupt(const struct cpu *cpu, bool stop)
{
    (void)stop;                                 /* FEAT_NMI is not used: a CPU that masks interrupts takes it later */
    __asm__ volatile("dsb ishst" ::: "memory"); /* what was written before is seen by the CPU that is interrupted */
    gic->send(cpu);
}
