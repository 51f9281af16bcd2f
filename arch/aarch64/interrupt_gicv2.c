/* SPDX-License-Identifier: 0BSD */
/*
 * GICv2 (Arm Generic Interrupt Controller Architecture version 2.0, IHI 0048): one distributor, which has the private
 * lines' registers once for each CPU, and CPU interfaces at one address for all. At most 8 CPUs, known by numbers that
 * each reads for itself. All lines are in group 0 as this CPU sees it: group 1 if there is a secure world.
 */
#include <arch/gic.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/vrange.h>

/* Of the CPU interface, 4.4 */
#define GICC_CTLR (0x00 / 4)
#define GICC_PMR  (0x04 / 4)
#define GICC_BPR  (0x08 / 4)
#define GICC_IAR  (0x0c / 4)
#define GICC_EOIR (0x10 / 4)
#define GICC_APR  (0xd0 / 4)
#define GICC_SIZE 0x100

#define ENABLE            1
#define SGIR_TARGET_SHIFT 16
#define SGIR_SELF         (2u << 24)

static volatile uint32_t *cpu_interface RO_AFTER_INIT = NULL;
static uint8_t target PER_CPU; /* this CPU's bit; 0 where there is one CPU only */

static bool init(const struct fdt_node *node)
{
    uint64_t pa, size_bytes;
    if (fdt_read_reg_pa(node, 0, &pa, &size_bytes) == 0 && size_bytes >= GICD_SIZE)
        gic_distributor = vrange_map_device(pa, GICD_SIZE);
    if (fdt_read_reg_pa(node, 1, &pa, &size_bytes) == 0 && size_bytes >= GICC_SIZE)
        cpu_interface = vrange_map_device(pa, GICC_SIZE);
    if (gic_distributor == NULL || cpu_interface == NULL) {
        log_warn("interrupt: the GICv2's registers cannot be mapped");
        return false;
    }
    uint32_t boot_cpu_target = gic_distributor[GICD_ITARGETSR] & 0xff;
    gic_distributor[GICD_CTLR] = 0;
    gicv2.controller.line_count = gic_count_lines();
    for (unsigned bank = 1; bank < (gicv2.controller.line_count + 31) / 32; bank++) {
        gic_reset_bank(gic_distributor, bank, 0);
        for (unsigned i = 0; i < 8; i++)
            gic_distributor[GICD_ITARGETSR + 8 * bank + i] = boot_cpu_target * 0x01010101u;
    }
    gic_distributor[GICD_CTLR] = ENABLE;
    return true;
}

static void init_cpu(void)
{
    *MY_CPU(gic_private) = gic_distributor;
    *MY_CPU(target) = gic_distributor[GICD_ITARGETSR] & 0xff;
    cpu_interface[GICC_CTLR] = 0;
    gic_reset_bank(gic_distributor, 0, 0);
    for (unsigned i = 0; i < GIC_SGIS / 4; i++) /* a byte each, a bit for each sender */
        gic_distributor[GICD_CPENDSGIR + i] = UINT32_MAX;
    cpu_interface[GICC_APR] = 0; /* or what the firmware has not ended keeps all else away */
    cpu_interface[GICC_BPR] = 0;
    cpu_interface[GICC_PMR] = GIC_PRIORITY_ALL;
    cpu_interface[GICC_CTLR] = ENABLE;
}

static uint32_t acknowledge(void)
{
    uint32_t acknowledged = cpu_interface[GICC_IAR];
    __asm__ volatile("dmb ishld" ::: "memory"); /* what another CPU wrote before it sent this is read after it */
    return acknowledged;
}

static void end(uint32_t acknowledged)
{
    cpu_interface[GICC_EOIR] = acknowledged;
}

static void send(const struct cpu *cpu)
{
    uint32_t filter = cpu == cpu_this() ? SGIR_SELF : (uint32_t)*ITS_CPU(cpu, target) << SGIR_TARGET_SHIFT;
    gic_distributor[GICD_SGIR] = filter | GIC_SGI_CPU;
}

static int set_cpu(unsigned line, const struct cpu *cpu)
{
    if (line < GIC_PRIVATE) /* the port's, and each CPU has one of its own */
        return -EINVAL;
    ((volatile uint8_t *)&gic_distributor[GICD_ITARGETSR])[line] = *ITS_CPU(cpu, target);
    return 0;
}

struct gic gicv2 RO_AFTER_INIT = {
    .controller = {.name = "GICv2", .set_masked = gic_set_masked, .set_cpu = set_cpu},
    .init = init,
    .init_cpu = init_cpu,
    .acknowledge = acknowledge,
    .end = end,
    .send = send,
};
