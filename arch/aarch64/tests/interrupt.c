/* SPDX-License-Identifier: 0BSD */
/*
 * The GIC: what is let through after boot, and the way of a line from pending to its handler. Lines are made pending by
 * software; the last one of the distributor is no device's on the machines that tests run on.
 */
#include <arch/gic.h>
#include <ossa/guard.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <stdatomic.h>

CPU_REGISTER(isr_el1)

#define GICD_ISPENDR (0x200 / 4)
#define PPIS         0xffff0000
#define ISR_I        0x80 /* an IRQ is pending, masked or not */

static atomic_uint handled, handled_on;

static void count(void *argument)
{
    (void)argument;
    atomic_store(&handled_on, cpu_this()->number);
    atomic_fetch_add(&handled, 1);
}

static const struct interrupt_handler counter = {.name = "test", .handle = count};

static unsigned last_line(void)
{
    return gic->controller.line_count - 1;
}

static void make_pending(unsigned line)
{
    gic_registers(line)[GICD_ISPENDR + line / 32] = 1u << line % 32;
}

static bool is_set(unsigned bits, unsigned line)
{
    return (gic_registers(line)[bits + line / 32] >> line % 32 & 1) != 0;
}

static void wait_for(unsigned count_wanted)
{
    while (atomic_load(&handled) != count_wanted)
        arch_cpu_relax();
}

/* But for those that have a handler: nobody else can be it. */
TEST(aarch64_gic_lines_are_masked)
{
    REQUIRE(gic != NULL);
    for (unsigned line = GIC_PRIVATE; line < gic->controller.line_count; line++)
        if (is_set(GICD_ISENABLER, line))
            CHECK_EQUAL(interrupt_register(line, &counter), (uint64_t)-EBUSY);
    CHECK_EQUAL(timer_line, 27); /* what SBSA and all of QEMU's machines give to CNTV */
}

static void read_private(void *argument)
{
    *(uint32_t *)argument = gic_registers(0)[GICD_ISENABLER];
}

TEST(aarch64_gic_private_lines_of_each_cpu)
{
    for (unsigned i = 0; i < (CONFIG_CPU ? cpu_count : 1); i++) {
        uint32_t enabled = 0;
        if (CONFIG_CPU)
            cpu_call(cpus[i], read_private, &enabled);
        else
            read_private(&enabled);
        CHECK_EQUAL(enabled & PPIS, (uint32_t)CONFIG_TIME << timer_line);
        CHECK((enabled >> GIC_SGI_CPU & 1) != 0 || !CONFIG_CPU); /* SGIs need not be maskable */
    }
}

TEST(aarch64_gic_line_to_handler)
{
    unsigned line = last_line(), last_cpu = CONFIG_CPU ? cpu_count - 1 : 0;
    atomic_store(&handled, 0);
    REQUIRE(interrupt_register(line, &counter) == 0);
    CHECK(is_set(GICD_ISENABLER, line));
    make_pending(line);
    wait_for(1);
    CHECK_EQUAL(atomic_load(&handled_on), 0);

    interrupt_mask(line);
    make_pending(line);
    CHECK(is_set(GICD_ISPENDR, line));
    CHECK_EQUAL(isr_el1_read() & ISR_I, 0);
    CHECK_EQUAL(atomic_load(&handled), 1);
    interrupt_unmask(line);
    wait_for(2);

    CHECK_EQUAL(interrupt_set_cpu(line, CONFIG_CPU ? cpus[last_cpu] : &boot_cpu), 0);
    make_pending(line); /* only now: QEMU's GICv2 does not move what is pending */
    wait_for(3);
    CHECK_EQUAL(atomic_load(&handled_on), last_cpu);

    interrupt_unregister(line);
    CHECK(!is_set(GICD_ISENABLER, line));
    CHECK(!is_set(GICD_ISPENDR, line));
}

TEST(aarch64_gic_line_without_handler)
{
    unsigned line = last_line();
    uint64_t unclaimed = interrupt_unclaimed_count;
    gic->controller.set_cpu(line, &boot_cpu);
    gic->controller.set_masked(line, false);
    make_pending(line);
    while (interrupt_unclaimed_count == unclaimed)
        arch_cpu_relax();
    CHECK(!is_set(GICD_ISENABLER, line));
    CHECK_EQUAL(interrupt_unclaimed_count, unclaimed + 1);
    interrupt_unclaimed_count = unclaimed; /* it was asked for: other tests want 0 */
}

TEST(aarch64_gic_spurious)
{
    struct arch_frame frame = {0};
    GUARD(interrupts);
    if ((isr_el1_read() & ISR_I) != 0)
        SKIP("an interrupt has come in this moment");
    uint64_t spurious = interrupt_spurious_count;
    arch_interrupt_handle(&frame);
    CHECK_EQUAL(interrupt_spurious_count, spurious + 1);
}

TEST(aarch64_gic_refuses)
{
    CHECK_EQUAL(interrupt_register(gic->controller.line_count, &counter), (uint64_t)-EINVAL);
    for (unsigned line = 0; line < GIC_PRIVATE; line++)
        CHECK_EQUAL(interrupt_register(line, &counter), (uint64_t)-EINVAL); /* the port's */
}
