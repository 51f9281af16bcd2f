/* SPDX-License-Identifier: 0BSD */
/*
 * The APLIC and the IMSICs behind it (RISC-V Advanced Interrupt Architecture 1.0, chapters 4 and 3). Where harts have
 * IMSICs it sends them messages, whose identity is the line's number; else it interrupts harts by wire, and has for
 * each of them an IDC structure.
 * Invariant: a line is enabled in the APLIC alone; every identity is in the IMSICs.
 */
#include <arch/interrupt.h>
#include <ossa/log.h>
#include <ossa/vrange.h>

/* Registers of 32 bits, 4.5. `source` starts at 1. */
#define APLIC_DOMAIN            0
#define APLIC_SOURCE(source)    (source)
#define APLIC_INPUT(source)     (0x1d00 / 4 + (source) / 32)
#define APLIC_SET_PENDING       (0x1cdc / 4)
#define APLIC_SET_ENABLE        (0x1edc / 4)
#define APLIC_CLEAR_ENABLES(n)  (0x1f00 / 4 + (n))
#define APLIC_CLEAR_ENABLE      (0x1fdc / 4)
#define APLIC_TARGET(source)    (0x3000 / 4 + (source))
#define APLIC_IDC(context, reg) (0x4000 / 4 + 8 * (context) + (reg) / 4)
#define APLIC_BYTES(contexts)   (0x4000ul + 32 * (contexts))

#define DOMAIN_ENABLE   0x100
#define DOMAIN_MESSAGES 0x004
#define TARGET_HART     18 /* shift of the hart index */
#define HART_MAX        0x3fff

enum { SOURCE_RISING = 4, SOURCE_FALLING, SOURCE_HIGH, SOURCE_LOW };
enum { IDC_DELIVERY = 0x00, IDC_FORCE = 0x04, IDC_THRESHOLD = 0x08, IDC_CLAIM = 0x1c };

/* The IMSIC's registers, 3.7 and 3.8: CSRs, and what siselect selects. */
#define CSR_SISELECT   0x150
#define CSR_SIREG      0x151
#define CSR_STOPEI     0x15c
#define IMSIC_DELIVERY 0x70
#define IMSIC_LIMIT    0x72
#define IMSIC_PENDING  0x80
#define IMSIC_ENABLE   0xc0

static volatile uint32_t *aplic;
static unsigned aplic_last;       /* line */
static unsigned imsic_identities; /* 0: no IMSICs */

static bool aplic_is_level(unsigned line)
{
    return (aplic[APLIC_SOURCE(line)] & 7) >= SOURCE_HIGH;
}

static bool aplic_is_active(unsigned line)
{
    return aplic[APLIC_INPUT(line)] >> line % 32 & 1;
}

/* A message is sent when the line becomes active. If it still is, that must be said again (4.9.2). */
static void aplic_send_again(unsigned line)
{
    if (imsic_identities > 0 && aplic_is_level(line) && aplic_is_active(line))
        aplic[APLIC_SET_PENDING] = line;
}

static void aplic_set_masked(unsigned line, bool masked)
{
    aplic[masked ? APLIC_CLEAR_ENABLE : APLIC_SET_ENABLE] = line;
    if (!masked)
        aplic_send_again(line);
}

static int aplic_set_cpu(unsigned line, const struct cpu *cpu)
{
    unsigned context = interrupt_context(cpu);
    if (line == 0 || context > HART_MAX)
        return -EINVAL;
    uint32_t what = imsic_identities > 0 ? line : 1; /* the message's identity, 4.5.16.2; the priority, 4.5.16.1 */
    aplic[APLIC_TARGET(line)] = context << TARGET_HART | what;
    return 0;
}

static void imsic_write(unsigned selected, uint64_t value)
{
    csr_write(CSR_SISELECT, selected);
    csr_write(CSR_SIREG, value);
}

static void aplic_init_cpu(unsigned context)
{
    if (imsic_identities == 0) {
        aplic[APLIC_IDC(context, IDC_FORCE)] = 0;
        aplic[APLIC_IDC(context, IDC_THRESHOLD)] = 0;
        aplic[APLIC_IDC(context, IDC_DELIVERY)] = 1;
        return;
    }
    imsic_write(IMSIC_DELIVERY, 0);
    imsic_write(IMSIC_LIMIT, 0);
    for (unsigned identity = 0; identity <= imsic_identities; identity += 64) {
        imsic_write(IMSIC_PENDING + identity / 32, 0);
        imsic_write(IMSIC_ENABLE + identity / 32, UINT64_MAX);
    }
    imsic_write(IMSIC_DELIVERY, 1);
}

/* What is pending first, which this read claims: identity above bit 16, 3.9 and 4.8.1.5. */
static unsigned aplic_claim(unsigned context)
{
    uint64_t top;
    if (imsic_identities == 0)
        return aplic[APLIC_IDC(context, IDC_CLAIM)] >> 16;
    __asm__ volatile("csrrw %0, %1, zero" : "=r"(top) : "i"(CSR_STOPEI) : "memory");
    return top >> 16;
}

/* The line may have become quiet since it interrupted: a message takes its time, and QEMU 7.2 keeps a level pending. */
static void aplic_handle(unsigned context)
{
    unsigned line = aplic_claim(context);
    fence_all(); /* what the device did before it interrupted is seen */
    if (line == 0 || line > aplic_last || (aplic_is_level(line) && !aplic_is_active(line))) {
        interrupt_count_spurious();
        return;
    }
    interrupt_handle_line(line);
    fence_all(); /* its device has been quieted */
    aplic_send_again(line);
}

static struct external aplic_external = {
    .controller = {.set_masked = aplic_set_masked, .set_cpu = aplic_set_cpu},
    .init_cpu = aplic_init_cpu,
    .handle = aplic_handle,
};

/* Sets the modes of the sources that devices name: pairs of line and flags, whose bits are the devicetree's rising,
 * falling, high, low. */
static void aplic_read_modes(const struct fdt *fdt, uint64_t phandle)
{
    static const uint8_t modes[] = {[1] = SOURCE_RISING, [2] = SOURCE_FALLING, [4] = SOURCE_HIGH, [8] = SOURCE_LOW};
    struct fdt_node node;
    for (bool more = fdt_find(fdt, "", &node); more; more = fdt_next_node(&node)) {
        struct fdt_node above = node;
        uint64_t parent = 0;
        uint32_t size;
        const uint32_t *pairs = fdt_find_property(&node, "interrupts", &size);
        while (pairs != NULL && fdt_read_number(&above, "interrupt-parent", &parent) != 0 && fdt_parent_node(&above))
            ;
        for (uint32_t i = 0; pairs != NULL && parent == phandle && i < size / 8; i++) {
            uint32_t line = __builtin_bswap32(pairs[2 * i]), flags = __builtin_bswap32(pairs[2 * i + 1]);
            if (line > 0 && line <= aplic_last && flags < sizeof(modes) && modes[flags] != 0)
                aplic[APLIC_SOURCE(line)] = modes[flags];
        }
    }
}

static void aplic_start(const struct fdt_node *node)
{
    uint64_t phandle = 0;
    aplic[APLIC_DOMAIN] = imsic_identities > 0 ? DOMAIN_MESSAGES : 0;
    for (unsigned i = 0; i <= aplic_last / 32; i++)
        aplic[APLIC_CLEAR_ENABLES(i)] = UINT32_MAX;
    for (unsigned line = 1; line <= aplic_last; line++) {
        aplic[APLIC_SOURCE(line)] = SOURCE_HIGH;
        aplic_set_cpu(line, &boot_cpu);
    }
    fdt_read_number(node, "phandle", &phandle);
    aplic_read_modes(node->fdt, phandle);
    aplic[APLIC_DOMAIN] = DOMAIN_ENABLE | (imsic_identities > 0 ? DOMAIN_MESSAGES : 0);
}

/* Among the IMSICs, those that the APLIC sends to; false if it has none. */
static bool aplic_find_imsics(const struct fdt_node *aplic_node, struct fdt_node *node)
{
    uint64_t phandle;
    return fdt_read_number(aplic_node, "msi-parent", &phandle) == 0 && fdt_find_phandle(aplic_node->fdt, phandle, node);
}

const struct external *aplic_init(const struct fdt_node *node)
{
    struct fdt_node imsics;
    uint64_t pa, size, sources, identities = 0;
    bool messages = aplic_find_imsics(node, &imsics);
    if (messages && fdt_read_number(&imsics, "riscv,num-ids", &identities) != 0)
        return NULL;
    unsigned contexts = interrupt_find_contexts(messages ? &imsics : node), wires = messages ? 0 : contexts;
    if (contexts == 0 || fdt_read_number(node, "riscv,num-sources", &sources) != 0 ||
        fdt_read_reg_pa(node, 0, &pa, &size) != 0 || size < APLIC_BYTES(wires))
        return NULL;
    if (messages && fdt_read_reg_pa(&imsics, 1, &pa, &size) == 0) {
        log_warn("interrupt: IMSICs in several groups are not supported");
        return NULL;
    }
    aplic = vrange_map_device(pa, APLIC_BYTES(wires));
    if (aplic == NULL)
        return NULL;
    imsic_identities = identities;
    aplic_last = messages && identities < sources ? identities : sources; /* each has an identity */
    if (aplic_last >= INTERRUPT_LINES_MAX)
        aplic_last = INTERRUPT_LINES_MAX - 1;
    aplic_external.controller.name = messages ? "APLIC with IMSICs" : "APLIC";
    aplic_external.controller.line_count = aplic_last + 1;
    aplic_start(node);
    return &aplic_external;
}
