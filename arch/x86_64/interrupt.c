/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the interrupt controllers of a PC: the local APIC of each CPU, with its timer, and the IOAPICs that devices'
 * lines go to. A line is a global system interrupt (ACPI Specification 6.5, 5.2.13); its vector is fixed, VECTOR_LINE
 * + line. References that name no other document are to the Intel SDM 3A, "Advanced Programmable Interrupt Controller".
 *
 * The timer either takes a value of the TSC, or counts down at a rate that nobody tells. That is learned by the way:
 * each interrupt says how far it counted in how many ticks at least, so the highest quotient of all is the best, and
 * none is too high. The timer errs to early interrupts, at first by much, and kernel/time/ sets it again.
 */
#include <arch/apic.h>
#include <arch/platform.h>
#include <arch/registers.h>
#include <ossa/interrupt.h>
#include <ossa/log.h>
#include <ossa/panic.h>
#include <ossa/smp.h>
#include <ossa/timer.h>
#include <ossa/vrange.h>

#define BASE_ENABLE  0x800 /* in MSR_APIC_BASE; an x2APIC is made one in a second step ("x2APIC State Transitions") */
#define BASE_X2APIC  0x400
#define MSR_X2APIC   0x800
#define MSR_DEADLINE 0x6e0

#define SPURIOUS_ENABLE   0x100
#define LOCAL_MASKED      0x10000 /* in an entry of the local vector table */
#define LOCAL_NMI         0x400
#define LOCAL_DEADLINE    0x40000
#define COMMAND_PENDING   0x1000
#define SEND_READS_MAX    100000
#define TIMER_DIVIDE_BY_1 0xb

#define RATE_ASSUMED (1ul << 24) /* 1/256: slower than any */
#define RATE_SHIFT   32
#define RATE_COUNT   (1u << 24) /* measured over so many: good enough */

#define PIC_COMMAND(chip) ((chip) == 0 ? 0x20 : 0xa0)
#define PIC_DATA(chip)    (PIC_COMMAND(chip) + 1)

static bool is_x2apic, has_deadline;
static volatile char *apic_va;

/* == Local APIC ==================================================================================================== */

uint32_t apic_read(enum apic_register which)
{
    return is_x2apic ? (uint32_t)msr_read(MSR_X2APIC + which / 16) : *(volatile uint32_t *)(apic_va + which);
}

static void apic_write(enum apic_register which, uint32_t value)
{
    if (is_x2apic)
        msr_write(MSR_X2APIC + which / 16, value);
    else
        *(volatile uint32_t *)(apic_va + which) = value;
}

bool apic_can_send(uint64_t id)
{
    return id < (is_x2apic ? UINT32_MAX : UINT8_MAX);
}

void apic_send(uint32_t id, uint32_t command)
{
    if (is_x2apic) {
        __asm__ volatile("mfence\n\tlfence" ::: "memory"); /* what was stored before is seen by whom it interrupts */
        msr_write(MSR_X2APIC + APIC_COMMAND / 16, (uint64_t)id << 32 | command);
        return;
    }
    uint64_t state = arch_interrupts_save();
    for (unsigned reads = 0; reads < SEND_READS_MAX && apic_read(APIC_COMMAND) & COMMAND_PENDING; reads++)
        arch_cpu_relax();
    apic_write(APIC_COMMAND_ID, id << 24);
    apic_write(APIC_COMMAND, command);
    arch_interrupts_restore(state);
}

static void apic_find(void)
{
    struct cpuid id = cpuid_read(1);
    ASSERT(id.edx & CPUID_1_EDX_APIC);
    has_deadline = (id.ecx & CPUID_1_ECX_DEADLINE) != 0;
    /* On real hardware as the firmware left it: IOAPICs may need more than we do before CPUs can change. */
    bool may_change = (id.ecx & CPUID_1_ECX_HYPERVISOR) != 0 || (msr_read(MSR_APIC_BASE) & BASE_X2APIC) != 0;
    is_x2apic = (id.ecx & CPUID_1_ECX_X2APIC) != 0 && may_change;
    if (is_x2apic)
        return;
    apic_va = vrange_map_device(msr_read(MSR_APIC_BASE) & PTE_PA, PAGE_SIZE);
    if (apic_va == NULL)
        panic("interrupt: no memory to map the local APIC");
}

void arch_interrupt_init_cpu(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE) | BASE_ENABLE;
    msr_write(MSR_APIC_BASE, base);
    if (is_x2apic)
        msr_write(MSR_APIC_BASE, base | BASE_X2APIC);
    apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    apic_write(APIC_PRIORITY, 0);
    apic_write(APIC_LINT0, LOCAL_MASKED); /* where a PC's 8259s are */
    apic_write(APIC_LINT1, LOCAL_NMI);    /* where its NMIs are */
    apic_write(APIC_ERROR, LOCAL_MASKED);
    apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
    apic_write(APIC_TIMER, VECTOR_TIMER | (has_deadline ? LOCAL_DEADLINE : 0));
    __asm__ volatile("mfence" ::: "memory"); /* before the first write of MSR_DEADLINE ("TSC-Deadline Mode") */
}

/* == Timer ========================================================================================================= */

/* What the timer was set to last, and just before that arch_ticks(). */
static struct countdown {
    uint64_t start_ticks;
    uint32_t count;
} countdown_here PER_CPU;

/* Counts a tick, << RATE_SHIFT; and the longest countdown that was looked at. The same for all CPUs. */
static _Atomic uint64_t timer_rate = RATE_ASSUMED;
static _Atomic uint32_t timer_rate_count;

static void learn_rate(void)
{
    const struct countdown *countdown = MY_CPU(countdown_here);
    if (has_deadline || timer_rate_count >= RATE_COUNT)
        return;
    uint32_t counted = countdown->count - apic_read(APIC_TIMER_CURRENT);
    uint64_t ticks = arch_ticks() - countdown->start_ticks;
    if (counted <= 1 || ticks == 0)
        return;
    uint64_t rate = ((counted - 1ul) << RATE_SHIFT) / ticks; /* the first may have been cut short */
    if (rate > timer_rate)
        timer_rate = rate;
    if (counted > timer_rate_count)
        timer_rate_count = counted;
}

void arch_timer_set(uint64_t ticks)
{
    bool never = ticks == UINT64_MAX;
    if (has_deadline) {
        msr_write(MSR_DEADLINE, never ? 0 : ticks == 0 ? 1 : ticks);
        return;
    }
    struct countdown *countdown = MY_CPU(countdown_here);
    uint64_t now = arch_ticks();
    unsigned __int128 count = ((unsigned __int128)(ticks > now ? ticks - now : 0) * timer_rate >> RATE_SHIFT) + 1;
    countdown->count = never ? 0 : count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
    countdown->start_ticks = now;
    apic_write(APIC_TIMER_INITIAL, countdown->count);
}

/* == IOAPICs: Intel 82093AA data sheet ============================================================================= */

#define IOAPICS_MAX      16
#define IOAPIC_SELECT    0 /* indices of 32-bit registers: which one, and its content */
#define IOAPIC_WINDOW    4
#define IOAPIC_VERSION   1
#define IOAPIC_ENTRY(n)  (0x10 + 2 * (n)) /* and the higher half behind it: destination << 24 */
#define ENTRY_ACTIVE_LOW 0x02000
#define ENTRY_LEVEL      0x08000
#define ENTRY_MASKED     0x10000

#define ISA_IRQS 16

static struct ioapic {
    volatile uint32_t *registers;
    unsigned first_line, line_count;
} ioapics[IOAPICS_MAX];
static unsigned ioapic_count;

static uint32_t line_modes[APIC_LINES_MAX]; /* ENTRY_ACTIVE_LOW, ENTRY_LEVEL */
static unsigned isa_lines[ISA_IRQS];

static void ioapic_write(const struct ioapic *ioapic, unsigned which, uint32_t value)
{
    ioapic->registers[IOAPIC_SELECT] = which;
    ioapic->registers[IOAPIC_WINDOW] = value;
}

static uint32_t ioapic_read(const struct ioapic *ioapic, unsigned which)
{
    ioapic->registers[IOAPIC_SELECT] = which;
    return ioapic->registers[IOAPIC_WINDOW];
}

/* NULL if the line lies between those of two IOAPICs. */
static const struct ioapic *ioapic_of(unsigned line)
{
    for (unsigned i = 0; i < ioapic_count; i++)
        if (line - ioapics[i].first_line < ioapics[i].line_count)
            return &ioapics[i];
    return NULL;
}

static void set_masked(unsigned line, bool masked)
{
    const struct ioapic *ioapic = ioapic_of(line);
    if (ioapic != NULL)
        ioapic_write(ioapic, IOAPIC_ENTRY(line - ioapic->first_line),
                     (VECTOR_LINE + line) | line_modes[line] | (masked ? ENTRY_MASKED : 0));
}

/* Ids of 8 bits: more take a controller that remaps interrupts. */
static int set_cpu(unsigned line, const struct cpu *cpu)
{
    const struct ioapic *ioapic = ioapic_of(line);
    if (ioapic == NULL || cpu->id >= UINT8_MAX)
        return -EINVAL;
    ioapic_write(ioapic, IOAPIC_ENTRY(line - ioapic->first_line) + 1, (uint32_t)cpu->id << 24);
    return 0;
}

static void ioapic_add(uint64_t pa, unsigned first_line)
{
    bool room = ioapic_count < IOAPICS_MAX && first_line < APIC_LINES_MAX;
    volatile uint32_t *registers = room ? vrange_map_device(pa, PAGE_SIZE) : NULL;
    if (registers == NULL) {
        log_warn("interrupt: lines from %u on are left out", first_line);
        return;
    }
    struct ioapic *ioapic = &ioapics[ioapic_count++];
    ioapic->registers = registers;
    unsigned lines = (ioapic_read(ioapic, IOAPIC_VERSION) >> 16 & 0xff) + 1, limit = APIC_LINES_MAX - first_line;
    ioapic->first_line = first_line;
    ioapic->line_count = lines < limit ? lines : limit;
    for (unsigned i = 0; i < lines; i++)
        ioapic_write(ioapic, IOAPIC_ENTRY(i), ENTRY_MASKED);
}

unsigned interrupt_isa_line(unsigned irq)
{
    return isa_lines[irq];
}

/* As ISA and PCI have them, where nobody says otherwise. */
static void set_customary_modes(void)
{
    for (unsigned irq = 0; irq < ISA_IRQS; irq++)
        isa_lines[irq] = irq;
    for (unsigned line = ISA_IRQS; line < APIC_LINES_MAX; line++)
        line_modes[line] = ENTRY_LEVEL | ENTRY_ACTIVE_LOW;
}

static void read_override(const struct acpi_madt_entry *entry)
{
    if (entry->interrupt.isa_irq >= ISA_IRQS || entry->interrupt.gsi >= APIC_LINES_MAX)
        return;
    isa_lines[entry->interrupt.isa_irq] = entry->interrupt.gsi;
    line_modes[entry->interrupt.gsi] =
        (entry->interrupt.level ? ENTRY_LEVEL : 0) | (entry->interrupt.low ? ENTRY_ACTIVE_LOW : 0);
}

static void find_ioapics(void)
{
    struct acpi_madt madt;
    struct acpi_madt_entry entry;
    if (platform_acpi == NULL || acpi_open_madt(platform_acpi, &madt) != 0)
        return;
    while (acpi_next_madt(&madt, &entry) == 0) {
        if (entry.kind == ACPI_MADT_IOAPIC)
            ioapic_add(entry.ioapic.pa, entry.ioapic.gsi_base);
        else if (entry.kind == ACPI_MADT_OVERRIDE)
            read_override(&entry);
    }
}

static void give_controller(void)
{
    static struct interrupt_controller controller = {"IOAPIC", 0, set_masked, set_cpu};
    for (unsigned i = 0; i < ioapic_count; i++) {
        unsigned end = ioapics[i].first_line + ioapics[i].line_count;
        controller.line_count = end > controller.line_count ? end : controller.line_count;
    }
    if (ioapic_count > 0)
        interrupt_set_controller(&controller);
}

/* == All of them =================================================================================================== */

/* Out of the way of exceptions, where the firmware may have left them, and masked (8259A data sheet, "Programming"). */
static void pic_mask(void)
{
    for (unsigned chip = 0; chip < 2; chip++) {
        port_write8(PIC_COMMAND(chip), 0x11); /* initialisation: edges, two chips, four words */
        port_write8(PIC_DATA(chip), (uint8_t)(VECTOR_8259 + 8 * chip));
        port_write8(PIC_DATA(chip), chip == 0 ? 1 << 2 : 2); /* the second is at the first one's input 2 */
        port_write8(PIC_DATA(chip), 1);                      /* 8086 mode */
        port_write8(PIC_DATA(chip), 0xff);
    }
}

void arch_interrupt_init(void)
{
    platform_init();
    pic_mask();
    apic_find();
    set_customary_modes();
    find_ioapics();
    give_controller();
    if (CONFIG_TIME)
        time_find_reference();
}

void arch_interrupt_handle(const struct arch_frame *frame)
{
    unsigned vector = (unsigned)frame->vector;
    bool line = vector >= VECTOR_LINE && vector < VECTOR_TIMER;
    if (vector == VECTOR_SPURIOUS || vector < VECTOR_LINE) {
        interrupt_count_spurious(); /* from a local APIC or an 8259: no end of interrupt */
        return;
    }
    if (vector == VECTOR_TIMER)
        learn_rate();
    if (line)
        interrupt_handle_line(vector - VECTOR_LINE);
    apic_write(APIC_END_OF_INTERRUPT, 0);
    if (CONFIG_TIME && vector == VECTOR_TIMER)
        timer_handle();
    else if (CONFIG_CPU && vector == VECTOR_CPU)
        cpu_handle_interrupt(frame);
    else if (!line)
        interrupt_count_spurious();
}
