/* SPDX-License-Identifier: 0BSD */
/*
 * GICv3 and v4 (Arm GIC Architecture Specification, IHI 0069): one distributor for SPIs; for each CPU a redistributor,
 * found by the CPU's affinity, for its private lines; CPU interfaces in system registers. Affinity routing is on, all
 * lines are in non-secure group 1. No LPIs: nobody here sends messages.
 */
#include <arch/gic.h>
#include <ossa/early_map.h>
#include <ossa/fdt.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/panic.h>
#include <ossa/vrange.h>

/* Distributor */
#define GICD_IROUTER  0x6000 /* 64 bits a line */
#define GICD_IGRPMODR (0xd00 / 4)
#define GICD_V3_SIZE  0x10000
#define CTLR_GROUP_1  0x2 /* non-secure; the same bit whether there are one or two security states */
#define CTLR_ARE      0x10
#define CTLR_RWP      0x80000000

/* Redistributor: two frames, or four with virtual LPIs */
#define GICR_CTLR      (0x00 / 4)
#define GICR_TYPER     (0x08 / 8)
#define GICR_WAKER     (0x14 / 4)
#define FRAME_SIZE_V3  0x10000
#define GICR_CTLR_RWP  0x8
#define TYPER_VLPIS    0x2
#define TYPER_LAST     0x10
#define TYPER_AFFINITY 32 /* shift; packed in 32 bits */
#define WAKER_SLEEP    0x2
#define WAKER_ASLEEP   0x4

#define SRE 0x7 /* system registers, no bypass of the GIC */

#define REGIONS_MAX 8

/* Redistributors that lie one behind the other. */
struct redistributors {
    volatile char *va;
    uint64_t stride_bytes;
    unsigned count;
};
static struct redistributors regions[REGIONS_MAX] RO_AFTER_INIT = {0};

CPU_REGISTER(icc_iar1_el1)
CPU_REGISTER(icc_sre_el1)

/* == Affinity: MPIDR_EL1's fields, as struct cpu's id has them ===================================================== */

static unsigned affinity(const struct cpu *cpu, unsigned level)
{
    return cpu->id >> (level == 3 ? 32 : 8 * level) & 0xff;
}

static uint32_t packed_affinity(const struct cpu *cpu)
{
    return affinity(cpu, 3) << 24 | (cpu->id & 0xffffff);
}

/* == Redistributors ================================================================================================ */

/* Maps as many as the one marked as the last says that there are. */
static void map_region(struct redistributors *region, uint64_t pa, uint64_t size_bytes, uint64_t stride_bytes)
{
    const volatile uint64_t *frame;
    uint64_t type = 0;
    while ((type & TYPER_LAST) == 0 && size_bytes >= 2 * FRAME_SIZE_V3) {
        uint64_t at_pa = pa + region->count * region->stride_bytes;
        frame = early_map_window(FIXMAP_SCRATCH, at_pa, PAGE_SIZE, PAGE_DEVICE);
        if (frame == NULL)
            return;
        type = frame[GICR_TYPER];
        if (region->count++ == 0)
            region->stride_bytes = stride_bytes != 0 ? stride_bytes : (type & TYPER_VLPIS ? 4 : 2) * FRAME_SIZE_V3;
        size_bytes -= size_bytes < region->stride_bytes ? size_bytes : region->stride_bytes;
    }
    if (region->count != 0)
        region->va = vrange_map_device(pa, region->count * region->stride_bytes);
    if (region->va == NULL)
        region->count = 0;
}

static volatile uint32_t *find_redistributor(const struct cpu *cpu)
{
    for (struct redistributors *region = regions; region < regions + REGIONS_MAX; region++) {
        for (unsigned i = 0; i < region->count; i++) {
            volatile char *frame = region->va + i * region->stride_bytes;
            if (((volatile uint64_t *)frame)[GICR_TYPER] >> TYPER_AFFINITY == packed_affinity(cpu))
                return (volatile uint32_t *)frame;
        }
    }
    panic("GICv3: no redistributor for the CPU of affinity %#lx", cpu->id);
}

/* == The controller ================================================================================================ */

static void route(unsigned line, const struct cpu *cpu)
{
    uint64_t to = (uint64_t)affinity(cpu, 3) << 32 | (cpu->id & 0xffffff);
    ((volatile uint64_t *)((volatile char *)gic_distributor + GICD_IROUTER))[line] = to;
}

static bool init(const struct fdt_node *node)
{
    uint64_t pa, size_bytes, region_count = 1, stride_bytes = 0;
    fdt_read_number(node, "#redistributor-regions", &region_count);
    fdt_read_number(node, "redistributor-stride", &stride_bytes);
    if (fdt_read_reg_pa(node, 0, &pa, &size_bytes) == 0 && size_bytes >= GICD_V3_SIZE)
        gic_distributor = vrange_map_device(pa, GICD_V3_SIZE);
    for (unsigned i = 0; i < region_count && i < REGIONS_MAX; i++)
        if (fdt_read_reg_pa(node, 1 + i, &pa, &size_bytes) == 0)
            map_region(&regions[i], pa, size_bytes, stride_bytes);
    if (gic_distributor == NULL || regions[0].count == 0) {
        log_warn("interrupt: the GICv3's registers cannot be mapped");
        return false;
    }
    gic_distributor[GICD_CTLR] &= CTLR_ARE; /* which may be set, but not cleared, nor set while a group is on */
    gic_wait_clear(&gic_distributor[GICD_CTLR], CTLR_RWP);
    gic_distributor[GICD_CTLR] = CTLR_ARE;
    gicv3.controller.line_count = gic_count_lines();
    unsigned banks = (gicv3.controller.line_count + 31) / 32;
    for (unsigned bank = 1; bank < banks; bank++)
        gic_distributor[GICD_ICENABLER + bank] = UINT32_MAX;
    gic_wait_clear(&gic_distributor[GICD_CTLR], CTLR_RWP); /* the rest of a line may change only when it is off */
    for (unsigned bank = 1; bank < banks; bank++) {
        gic_reset_bank(gic_distributor, bank, UINT32_MAX);
        gic_distributor[GICD_IGRPMODR + bank] = 0;
    }
    for (unsigned line = GIC_PRIVATE; line < gicv3.controller.line_count; line++)
        route(line, &boot_cpu);
    gic_wait_clear(&gic_distributor[GICD_CTLR], CTLR_RWP);
    gic_distributor[GICD_CTLR] = CTLR_ARE | CTLR_GROUP_1;
    gic_wait_clear(&gic_distributor[GICD_CTLR], CTLR_RWP);
    return true;
}

static void init_cpu(void)
{
    volatile uint32_t *redistributor = find_redistributor(cpu_this());
    volatile uint32_t *private = redistributor + FRAME_SIZE_V3 / 4;
    redistributor[GICR_WAKER] &= ~(uint32_t)WAKER_SLEEP;
    gic_wait_clear(&redistributor[GICR_WAKER], WAKER_ASLEEP);
    *MY_CPU(gic_private) = private;
    private[GICD_ICENABLER] = UINT32_MAX;
    gic_wait_clear(&redistributor[GICR_CTLR], GICR_CTLR_RWP);
    gic_reset_bank(private, 0, UINT32_MAX);
    private[GICD_IGRPMODR] = 0;

    CPU_WRITE(icc_sre_el1, SRE);
    __asm__ volatile("isb" ::: "memory"); /* the other registers exist from here on */
    if ((icc_sre_el1_read() & 1) == 0)
        panic("GICv3: a higher level keeps its system registers");
    CPU_WRITE(icc_ap1r0_el1, 0); /* or what the firmware has not ended keeps all else away */
    CPU_WRITE(icc_bpr1_el1, 0);
    CPU_WRITE(icc_ctlr_el1, 0); /* EOIR1 ends an interrupt whole */
    CPU_WRITE(icc_pmr_el1, GIC_PRIORITY_ALL);
    CPU_WRITE(icc_igrpen1_el1, 1);
    __asm__ volatile("isb" ::: "memory");
}

static uint32_t acknowledge(void)
{
    uint32_t acknowledged = (uint32_t)icc_iar1_el1_read();
    __asm__ volatile("dsb sy" ::: "memory"); /* before that its effects on the GIC need not be seen */
    return acknowledged;
}

static void end(uint32_t acknowledged)
{
    CPU_WRITE(icc_eoir1_el1, acknowledged);
    __asm__ volatile("isb" ::: "memory");
}

static void send(const struct cpu *cpu)
{
    uint64_t range = affinity(cpu, 0) / 16, target = 1ul << affinity(cpu, 0) % 16;
    uint64_t to = (uint64_t)affinity(cpu, 3) << 48 | range << 44 | (uint64_t)affinity(cpu, 2) << 32 |
                  (uint64_t)affinity(cpu, 1) << 16 | target;
    CPU_WRITE(icc_sgi1r_el1, to | (uint64_t)GIC_SGI_CPU << 24);
    __asm__ volatile("isb" ::: "memory");
}

static void set_masked(unsigned line, bool masked)
{
    gic_set_masked(line, masked);
    if (masked)
        gic_wait_clear(&gic_distributor[GICD_CTLR], CTLR_RWP); /* until then it may still come */
}

static int set_cpu(unsigned line, const struct cpu *cpu)
{
    if (line < GIC_PRIVATE) /* the port's, and each CPU has one of its own */
        return -EINVAL;
    route(line, cpu);
    return 0;
}

struct gic gicv3 RO_AFTER_INIT = {
    .controller = {.name = "GICv3", .set_masked = set_masked, .set_cpu = set_cpu},
    .init = init,
    .init_cpu = init_cpu,
    .acknowledge = acknowledge,
    .end = end,
    .send = send,
};
