/* SPDX-License-Identifier: 0BSD */
/*
 * The end of the machine: SiFive's test finisher, if the devicetree names one (an emulator's), for only that can tell a
 * status; else the SBI's system reset (SBI 1.0, chapter 10).
 */
#include <ossa/arch.h>
#include <ossa/early_map.h>
#include <ossa/fdt.h>
#include <ossa/image.h>

#define FINISHER_FAIL  0x3333   /* the status goes into the upper half */
#define FINISHER_TICKS 10000000 /* how long it may take: a second, at least on QEMU */

enum { SBI_RESET_SHUTDOWN, SBI_RESET_COLD_REBOOT };
enum { SBI_RESET_NO_REASON, SBI_RESET_SYSTEM_FAILURE };

static bool finisher_sought BOOT_DATA;
static uint64_t finisher_pa BOOT_DATA; /* 0: none */

void machine_find_finisher(const struct fdt *fdt)
{
    struct fdt_node node;
    uint64_t size;
    finisher_sought = true;
    if (fdt_find(fdt, "/soc/test", &node) && fdt_is_compatible(&node, "sifive,test0"))
        fdt_read_reg_pa(&node, 0, &finisher_pa, &size);
}

void arch_power_off(unsigned code)
{
    bool sought = finisher_sought;
    finisher_sought = true; /* even if the devicetree faults now: then this is called again */
    if (!sought && boot_open_fdt(boot_entry.document_pa) == 0)
        machine_find_finisher(boot_fdt());
    volatile uint32_t *finisher =
        finisher_pa != 0 ? early_map_window(FIXMAP_SCRATCH, finisher_pa, 4, PAGE_WRITE | PAGE_DEVICE) : NULL;
    if (finisher != NULL) {
        *finisher = code << 16 | FINISHER_FAIL;
        for (uint64_t start = arch_ticks(); arch_ticks() - start < FINISHER_TICKS;)
            arch_cpu_relax();
    }
    sbi_call(SBI_RESET, 0, SBI_RESET_SHUTDOWN, SBI_RESET_SYSTEM_FAILURE, 0);
    if (CONFIG_DEVICE)
        syscon_write(SYSCON_POWER_OFF);
}

void arch_reboot(void)
{
    sbi_call(SBI_RESET, 0, SBI_RESET_COLD_REBOOT, SBI_RESET_NO_REASON, 0);
    if (CONFIG_DEVICE)
        syscon_write(SYSCON_REBOOT);
}
