/* SPDX-License-Identifier: 0BSD */
/*
 * The PLIC (RISC-V Platform-Level Interrupt Controller Specification 1.0.0). A line is enabled in the context of the
 * hart it goes to, masked or not; its priority is 1, or while it is masked 0, which never interrupts ("Interrupt
 * Priorities"). Invariant: from a claim to its completion nothing else of the line comes; a completion by a context in
 * which the line is not enabled is ignored ("Interrupt Completion"), and the line would be dead.
 */
#include <arch/interrupt.h>
#include <ossa/image.h>
#include <ossa/spinlock.h>
#include <ossa/vrange.h>

/* Registers of 32 bits, "Memory Map": those of lines and what is enabled, and behind a gap, a page for each context. */
#define PLIC_PRIORITY(line)        (line)
#define PLIC_ENABLE(context, line) ((0x2000 + 0x80 * (context)) / 4 + (line) / 32)
#define PLIC_BYTES(contexts)       (0x2000ul + 0x80 * (contexts))
#define PLIC_CONTEXTS              0x200000
#define PLIC_THRESHOLD(context)    ((context)*PAGE_SIZE / 4)
#define PLIC_CLAIM(context)        (PLIC_THRESHOLD(context) + 1)

static volatile uint32_t *plic, *plic_harts;
static struct raw_spinlock plic_lock;                      /* enable registers, and: */
static uint16_t plic_contexts[INTERRUPT_LINES_MAX] NOINIT; /* to which each line goes */

static void plic_enable(unsigned context, unsigned line, bool enable)
{
    volatile uint32_t *word = &plic[PLIC_ENABLE(context, line)];
    *word = enable ? *word | 1u << line % 32 : *word & ~(1u << line % 32);
}

static void plic_unlock(void)
{
    fence_all(); /* the next holder's accesses come behind ours */
    raw_spinlock_release(&plic_lock);
}

static void plic_set_masked(unsigned line, bool masked)
{
    plic[PLIC_PRIORITY(line)] = !masked;
}

static int plic_set_cpu(unsigned line, const struct cpu *cpu)
{
    unsigned context = interrupt_context(cpu);
    if (line == 0 || context == CONTEXT_NONE)
        return -EINVAL;
    raw_spinlock_take(&plic_lock);
    plic_enable(plic_contexts[line], line, false);
    plic_contexts[line] = context;
    plic_enable(context, line, true);
    plic_unlock();
    uint32_t priority = plic[PLIC_PRIORITY(line)];
    plic[PLIC_PRIORITY(line)] = priority; /* QEMU 7.2 looks at enable bits when something else changes */
    return 0;
}

/* The line may have gone to another CPU since it was claimed: see the invariant. */
static void plic_complete(unsigned context, unsigned line)
{
    raw_spinlock_take(&plic_lock);
    bool enabled = plic[PLIC_ENABLE(context, line)] >> line % 32 & 1;
    if (!enabled)
        plic_enable(context, line, true);
    fence_all(); /* its device has been quieted */
    plic_harts[PLIC_CLAIM(context)] = line;
    if (!enabled)
        plic_enable(context, line, false);
    plic_unlock();
}

static void plic_handle(unsigned context)
{
    unsigned line = plic_harts[PLIC_CLAIM(context)];
    fence_all(); /* what the device did before it interrupted is seen */
    if (line == 0) {
        interrupt_count_spurious();
        return;
    }
    interrupt_handle_line(line);
    plic_complete(context, line);
}

static struct external plic_external;

static void plic_init_cpu(unsigned context)
{
    for (unsigned line = 0; line < plic_external.controller.line_count; line += 32)
        plic[PLIC_ENABLE(context, line)] = 0;
    plic_harts[PLIC_THRESHOLD(context)] = 0;
}

static struct external plic_external = {
    .controller = {.name = "PLIC", .set_masked = plic_set_masked, .set_cpu = plic_set_cpu},
    .init_cpu = plic_init_cpu,
    .handle = plic_handle,
};

const struct external *plic_init(const struct fdt_node *node)
{
    uint64_t pa, size, sources;
    unsigned contexts = interrupt_find_contexts(node);
    if (contexts == 0 || fdt_read_number(node, "riscv,ndev", &sources) != 0 || sources >= INTERRUPT_LINES_MAX ||
        fdt_read_reg_pa(node, 0, &pa, &size) != 0 || size < PLIC_CONTEXTS + (uint64_t)contexts * PAGE_SIZE)
        return NULL;
    plic = vrange_map_device(pa, PLIC_BYTES(contexts));
    plic_harts = vrange_map_device(pa + PLIC_CONTEXTS, (uint64_t)contexts * PAGE_SIZE);
    unsigned mine = interrupt_context(&boot_cpu);
    if (plic == NULL || plic_harts == NULL || mine == CONTEXT_NONE)
        return NULL;
    plic_external.controller.line_count = sources + 1;
    for (unsigned line = 1; line <= sources; line++) {
        plic[PLIC_PRIORITY(line)] = 0;
        plic_contexts[line] = mine;
    }
    return &plic_external;
}
