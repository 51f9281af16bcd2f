/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/interrupt/ asks of the port: a hart's three interrupts (Privileged 1.12, 4.1.3), software (from other
 * CPUs), timer, and external, which come from the controller that the devicetree names (interrupt_plic.c,
 * interrupt_aplic.c). Invariant: STIE is set in sie while the timer is set, SSIE and SEIE always.
 */
#include <arch/interrupt.h>
#include <ossa/image.h>
#include <ossa/log.h>
#include <ossa/smp.h>
#include <ossa/string.h>
#include <ossa/timer.h>

#define CSR_STIMECMP 0x14d /* Sstc 1.0, 2.1 */
#define NOBODY       UINT64_MAX

bool interrupt_has_sstc;

static const struct external *external; /* NULL: none */
static unsigned context_count;
static uint64_t context_harts[2 * CPUS_MAX] NOINIT; /* so many: hart ids, NOBODY for what is not supervisor mode's */
static unsigned context_here PER_CPU;

/* == The devicetree ================================================================================================ */

static bool is_enabled(const struct fdt_node *node)
{
    const char *status = fdt_find_string(node, "status");
    return status == NULL || strncmp(status, "ok", 2) == 0;
}

/* Whether the hart of this node has the extension: in `riscv,isa`, names between underscores, or in the list of strings
 * `riscv,isa-extensions` (cpu binding). */
static bool has_extension(const struct fdt_node *cpu, const char *name)
{
    uint32_t size, length = strlen(name);
    const char *text = fdt_find_property(cpu, "riscv,isa-extensions", &size);
    if (text == NULL)
        text = fdt_find_property(cpu, "riscv,isa", &size);
    for (uint32_t at = 0; text != NULL && at + length < size; at++) {
        bool begins = at == 0 || text[at - 1] == '_' || text[at - 1] == '\0';
        bool ends = text[at + length] == '_' || text[at + length] == '\0';
        if (begins && ends && strncmp(text + at, name, length) == 0)
            return true;
    }
    return false;
}

static void find_timer(const struct fdt *fdt)
{
    struct fdt_node node;
    interrupt_has_sstc = fdt_find(fdt, "/cpus", &node);
    while (fdt_next_node(&node) && node.depth > 1)
        if (node.depth == 2 && fdt_find_string(&node, "mmu-type") != NULL && is_enabled(&node))
            interrupt_has_sstc = interrupt_has_sstc && has_extension(&node, "sstc");
}

/* The hart whose own controller the node is; NOBODY if it is none's. */
static uint64_t read_hart(const struct fdt_node *node, uint64_t *phandle)
{
    struct fdt_node cpu = *node;
    uint64_t id;
    fdt_parent_node(&cpu);
    bool found = node->depth == 3 && fdt_is_compatible(node, "riscv,cpu-intc") &&
                 fdt_read_number(node, "phandle", phandle) == 0 && fdt_read_number(&cpu, "reg", &id) == 0;
    return found ? id : NOBODY;
}

unsigned interrupt_find_contexts(const struct fdt_node *controller)
{
    enum { SUPERVISOR_EXTERNAL = 9 }; /* the cause, Privileged 1.12, table 4.2 */
    struct fdt_node node;
    uint32_t size, mine = 0;
    const uint32_t *pairs = fdt_find_property(controller, "interrupts-extended", &size);
    if (pairs == NULL || size < 8 || !fdt_find(controller->fdt, "/cpus", &node))
        return 0;
    context_count = size / 8 < 2 * CPUS_MAX ? size / 8 : 2 * CPUS_MAX;
    memset(context_harts, 0xff, context_count * sizeof(*context_harts));
    while (fdt_next_node(&node) && node.depth > 1) {
        uint64_t phandle, id = read_hart(&node, &phandle);
        for (unsigned i = 0; id != NOBODY && i < context_count; i++) {
            if (__builtin_bswap32(pairs[2 * i]) == phandle &&
                __builtin_bswap32(pairs[2 * i + 1]) == SUPERVISOR_EXTERNAL) {
                context_harts[i] = id;
                mine++;
            }
        }
    }
    return mine == 0 ? 0 : context_count;
}

unsigned interrupt_context(const struct cpu *cpu)
{
    for (unsigned i = 0; i < context_count; i++)
        if (context_harts[i] == cpu->id)
            return i;
    return CONTEXT_NONE;
}

/* The first that is supervisor mode's. */
static void find_controller(const struct fdt *fdt)
{
    enum { APLIC, PLIC, SIFIVE_PLIC, KNOWN };
    static const char *const known[] = {[APLIC] = "riscv,aplic", [PLIC] = "riscv,plic0", "sifive,plic-1.0.0"};
    struct fdt_node node;
    for (bool more = fdt_find(fdt, "", &node); more && external == NULL; more = fdt_next_node(&node)) {
        int which = fdt_match(&node, known, KNOWN);
        if (which >= 0 && is_enabled(&node))
            external = which == APLIC ? aplic_init(&node) : plic_init(&node);
        if (external != NULL)
            interrupt_set_fdt_controller(&node);
    }
}

/* == The port interface ============================================================================================ */

void arch_interrupt_init(void)
{
    find_timer(boot_fdt());
    find_controller(boot_fdt());
    if (external != NULL)
        interrupt_set_controller(&external->controller);
    log_debug("interrupt: timer by %s", interrupt_has_sstc ? "stimecmp" : "SBI");
}

void arch_interrupt_init_cpu(void)
{
    unsigned context = external == NULL ? CONTEXT_NONE : interrupt_context(cpu_this());
    *MY_CPU(context_here) = context;
    if (context != CONTEXT_NONE)
        external->init_cpu(context);
    csr_write(sie, context != CONTEXT_NONE ? SIE_SSIE | SIE_SEIE : SIE_SSIE);
}

/* One external interrupt at a time, so that a device which asks again and again holds up neither timer nor other CPUs:
 * what is left traps again at once. */
void arch_interrupt_handle(const struct arch_frame *frame)
{
    uint64_t pending = csr_read(sip) & csr_read(sie);
    if (pending & SIE_SSIE) {
        csr_clear(sip, SIE_SSIE);
        fence_all(); /* first this, then a look at what is asked: what is asked later interrupts again */
        if (CONFIG_CPU)
            cpu_handle_interrupt(frame);
    }
    if (pending & SIE_STIE) {
        csr_clear(sie, SIE_STIE);
        if (CONFIG_TIME)
            timer_handle();
    }
    if (pending & SIE_SEIE)
        external->handle(*MY_CPU(context_here));
    if (pending == 0)
        interrupt_count_spurious();
}

void arch_timer_set(uint64_t ticks)
{
    if (ticks == UINT64_MAX) {
        csr_clear(sie, SIE_STIE);
        return;
    }
    if (interrupt_has_sstc)
        csr_write(CSR_STIMECMP, ticks);
    else
        sbi_call(SBI_TIME, 0, ticks, 0, 0); /* SBI 1.0, 6.1; clears what is pending */
    csr_set(sie, SIE_STIE);
}
