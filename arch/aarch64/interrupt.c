/* SPDX-License-Identifier: 0BSD */
/*
 * Owns which interrupt controller this machine has (interrupt_gicv2.c, interrupt_gicv3.c know how to drive it), which
 * line is whose, and the timer: the virtual one (CNTV), which EL1 has on every machine, hypervisors' guests included.
 */
#include <arch/gic.h>
#include <ossa/fdt_more.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/panic.h>
#include <ossa/smp.h>
#include <ossa/timer.h>

#define CNTV_CTL_ENABLE 1
#define TIMER_ENTRY     2 /* of `interrupts` of "arm,armv8-timer": secure, physical, virtual, hypervisor's */
#define FDT_PPI         1 /* an entry's first cell: its second is the number among PPIs */
#define FDT_PPI_FIRST   16
#define FDT_ENTRY_CELLS 3

const struct gic *gic RO_AFTER_INIT = NULL;
volatile uint32_t *gic_distributor RO_AFTER_INIT = NULL;
volatile uint32_t *gic_private PER_CPU;
unsigned timer_line RO_AFTER_INIT = 0;

/* == What both controllers have ==================================================================================== */

void gic_wait_clear(volatile uint32_t *word, uint32_t bits)
{
    uint64_t start = arch_ticks();
    while ((*word & bits) != 0) {
        if (arch_ticks() - start > cntfrq_el0_read())
            panic("GIC: register at %p: bits %#x do not become 0", (void *)word, bits);
        arch_cpu_relax();
    }
}

void gic_reset_bank(volatile uint32_t *registers, unsigned bank, uint32_t groups)
{
    registers[GICD_ICENABLER + bank] = UINT32_MAX;
    registers[GICD_IGROUPR + bank] = groups;
    registers[GICD_ICPENDR + bank] = UINT32_MAX;
    registers[GICD_ICACTIVER + bank] = UINT32_MAX;
    for (unsigned i = 0; i < 8; i++)
        registers[GICD_IPRIORITYR + 8 * bank + i] = GIC_PRIORITY * 0x01010101u;
    for (unsigned i = 0; i < 2 && bank > 0; i++) /* those of private lines need not be writable */
        registers[GICD_ICFGR + 2 * bank + i] = 0;
}

unsigned gic_count_lines(void)
{
    unsigned count = 32 * ((gic_distributor[GICD_TYPER] & 31) + 1); /* ITLinesNumber */
    return count < GIC_LINES_MAX ? count : GIC_LINES_MAX;
}

static void write_masked(volatile uint32_t *registers, unsigned line, bool masked)
{
    registers[(masked ? GICD_ICENABLER : GICD_ISENABLER) + line / 32] = 1u << line % 32;
}

void gic_set_masked(unsigned line, bool masked)
{
    if (line >= GIC_PRIVATE)
        write_masked(gic_distributor, line, masked);
}

void gic_set_private_masked(unsigned line, bool masked)
{
    write_masked(*MY_CPU(gic_private), line, masked);
}

/* == Finding them ================================================================================================== */

static void take_gic(const struct gic *found, const struct fdt_node *node)
{
    if (gic != NULL || !found->init(node))
        return;
    gic = found;
    interrupt_set_fdt_controller(node);
}

static void read_timer(const struct fdt_node *node)
{
    uint32_t size_bytes;
    const uint32_t *cells = fdt_find_property(node, "interrupts", &size_bytes);
    const uint32_t *entry = cells + TIMER_ENTRY * FDT_ENTRY_CELLS;
    if (cells == NULL || size_bytes < 4 * FDT_ENTRY_CELLS * (TIMER_ENTRY + 1) ||
        __builtin_bswap32(entry[0]) != FDT_PPI || __builtin_bswap32(entry[1]) >= GIC_PRIVATE - FDT_PPI_FIRST)
        log_warn("interrupt: the devicetree's timer has no virtual one");
    else
        timer_line = FDT_PPI_FIRST + __builtin_bswap32(entry[1]);
}

void arch_interrupt_init(void)
{
    enum { TIMER, GIC_V3, GIC_400, CORTEX_A15_GIC, KNOWN };
    static const char *const known[] = {
        [TIMER] = "arm,armv8-timer", [GIC_V3] = "arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic"};
    struct fdt_node node;
    fdt_find(boot_fdt(), "", &node);
    while ((gic == NULL || timer_line == 0) && fdt_next_node(&node)) {
        int which = fdt_match(&node, known, KNOWN);
        if (which == TIMER)
            read_timer(&node);
        else if (which > TIMER)
            take_gic(which == GIC_V3 ? &gicv3 : &gicv2, &node);
    }
    if (gic == NULL) {
        log_warn("interrupt: no GICv2 or GICv3 in the devicetree: no interrupts");
        return;
    }
    interrupt_set_controller(&gic->controller);
}

void arch_interrupt_init_cpu(void)
{
    CPU_WRITE(cntv_ctl_el0, 0);
    CPU_WRITE(cntkctl_el1, 0); /* unknown after reset: no event stream, no counters for EL0 */
    if (gic == NULL)
        return;
    gic->init_cpu();
    gic_set_private_masked(GIC_SGI_CPU, !CONFIG_CPU);
    if (timer_line != 0)
        gic_set_private_masked(timer_line, !CONFIG_TIME);
}

/* == Interrupts ==================================================================================================== */

static void handle_line(unsigned line, const struct arch_frame *frame)
{
    if (CONFIG_TIME && line == timer_line) {
        CPU_WRITE(cntv_ctl_el0, 0); /* once; else it would go on asking */
        timer_handle();
    } else if (CONFIG_CPU && line == GIC_SGI_CPU) {
        cpu_handle_interrupt(frame);
    } else if (line < GIC_PRIVATE) {
        interrupt_count_spurious(); /* the port has but those two */
    } else {
        interrupt_handle_line(line);
    }
}

void arch_interrupt_handle(const struct arch_frame *frame)
{
    bool any = false;
    uint32_t acknowledged;
    while (((acknowledged = gic->acknowledge()) & GIC_INTID) < GIC_LINES_MAX) {
        handle_line(acknowledged & GIC_INTID, frame);
        gic->end(acknowledged);
        any = true;
    }
    if (!any)
        interrupt_count_spurious();
}

void arch_timer_set(uint64_t ticks)
{
    CPU_WRITE(cntv_cval_el0, ticks);
    CPU_WRITE(cntv_ctl_el0, ticks == UINT64_MAX ? 0 : CNTV_CTL_ENABLE);
    __asm__ volatile("isb" ::: "memory"); /* before interrupts can be unmasked: what was set before is forgotten */
}
