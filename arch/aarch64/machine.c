/* SPDX-License-Identifier: 0BSD */
/*
 * The firmware's calls (PSCI), by the instruction that the devicetree names, and with them the end of the machine; an
 * emulator or debugger is told the status by semihosting. Each instruction may be undefined on a machine, and is then
 * stepped over.
 */
#include <ossa/arch.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/machine.h>
#include <ossa/string.h>

/* What a call may change besides its arguments (SMC Calling Convention 1.0, DEN 0028, 2.6). */
#define CLOBBERS "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory"

#define CALL(instruction)                                                                      \
    __asm__ volatile("1: " instruction " #0\n\tb 3f\n2: mov x0, #-1\n3:\n" EXTABLE("1b", "2b") \
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::CLOBBERS)

_Static_assert(EXIT_BOOT_ERROR == MACHINE_EXIT_CODE(MACHINE_BOOT_ERROR), "entry.S exits as boot_fail() does");

static bool psci_hvc BOOT_DATA, psci_smc BOOT_DATA;

void machine_find_psci(const struct fdt *fdt)
{
    struct fdt_node node;
    const char *method = fdt_find(fdt, "/psci", &node) ? fdt_find_string(&node, "method") : NULL;
    psci_hvc = method != NULL && strcmp(method, "hvc") == 0;
    psci_smc = method != NULL && strcmp(method, "smc") == 0;
}

bool machine_has_psci(void)
{
    return psci_hvc || psci_smc;
}

int machine_call_psci(uint32_t function, uint64_t argument, uint64_t argument_2, uint64_t argument_3)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = argument;
    register uint64_t x2 __asm__("x2") = argument_2;
    register uint64_t x3 __asm__("x3") = argument_3;
    if (psci_hvc)
        CALL("hvc");
    else if (psci_smc)
        CALL("smc");
    else
        x0 = PSCI_NOT_SUPPORTED;
    return (int)x0;
}

void arch_power_off(unsigned code)
{
    uint64_t block[] = {APPLICATION_EXIT, code};
    register uint64_t x0 __asm__("x0") = SYS_EXIT, x1 __asm__("x1") = (uintptr_t)block;
    __asm__ volatile("1: hlt #0xf000\n2:\n" EXTABLE("1b", "2b") : "+r"(x0) : "r"(x1) : "memory");
    machine_call_psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void arch_reboot(void)
{
    machine_call_psci(PSCI_SYSTEM_RESET, 0, 0, 0);
}
