/* SPDX-License-Identifier: 0BSD */
/*
 * The end of the machine: semihosting tells an emulator or debugger the status; else PSCI switches off, by the
 * instruction that the devicetree names. Each may be undefined on a machine, and is then stepped over.
 */
#include <ossa/arch.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/machine.h>
#include <ossa/string.h>

/* Arm Power State Coordination Interface (DEN 0022), 5.1 */
#define PSCI_SYSTEM_OFF   0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

/* What a call may change besides x0 (SMC Calling Convention, DEN 0028, 2.6). */
#define CLOBBERS                                                                                                  \
    "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", \
        "memory"

_Static_assert(EXIT_BOOT_ERROR == MACHINE_EXIT_CODE(MACHINE_BOOT_ERROR), "entry.S exits as boot_fail() does");

static bool psci_hvc BOOT_DATA, psci_smc BOOT_DATA;

void machine_find_psci(const struct fdt *fdt)
{
    struct fdt_node node;
    const char *method = fdt_find(fdt, "/psci", &node) ? fdt_find_string(&node, "method") : NULL;
    psci_hvc = method != NULL && strcmp(method, "hvc") == 0;
    psci_smc = method != NULL && strcmp(method, "smc") == 0;
}

static void psci_call(uint32_t function)
{
    register uint64_t x0 __asm__("x0") = function;
    if (psci_hvc)
        __asm__ volatile("1: hvc #0\n2:\n" EXTABLE("1b", "2b") : "+r"(x0)::CLOBBERS);
    else if (psci_smc)
        __asm__ volatile("1: smc #0\n2:\n" EXTABLE("1b", "2b") : "+r"(x0)::CLOBBERS);
}

void arch_power_off(unsigned code)
{
    uint64_t block[] = {APPLICATION_EXIT, code};
    register uint64_t x0 __asm__("x0") = SYS_EXIT, x1 __asm__("x1") = (uintptr_t)block;
    __asm__ volatile("1: hlt #0xf000\n2:\n" EXTABLE("1b", "2b") : "+r"(x0) : "r"(x1) : "memory");
    psci_call(PSCI_SYSTEM_OFF);
}

void arch_reboot(void)
{
    psci_call(PSCI_SYSTEM_RESET);
}
