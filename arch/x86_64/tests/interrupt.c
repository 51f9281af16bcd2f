/* SPDX-License-Identifier: 0BSD */
/*
 * The boot CPU's local APIC, what comes without a cause, and the IOAPICs' entries as their registers have them. A real
 * interrupt is made by the oldest device of a PC, its timer (Intel 8254 data sheet).
 */
#include <arch/apic.h>
#include <arch/platform.h>
#include <arch/registers.h>
#include <ossa/guard.h>
#include <ossa/interrupt.h>
#include <ossa/smp.h>
#include <ossa/test.h>
#include <ossa/vrange.h>

#define ENTRY_MASKED (1 << 16)
#define COM1_IRQ     4

#define PIT_IRQ         0
#define PIT_COUNTER     0x40
#define PIT_COMMAND     0x43
#define PIT_ONCE        0x30 /* counter 0, two bytes, mode 0: its output rises at the end of the count */
#define PIT_READ_STATUS 0xe2
#define PIT_STATUS_MODE 0x3f

TEST(x86_64_apic_takes_interrupts)
{
    GUARD(interrupts); /* on one CPU */
    CHECK_EQUAL(apic_read(APIC_SPURIOUS), 0x100 | VECTOR_SPURIOUS);
    CHECK_EQUAL(apic_read(APIC_PRIORITY), 0);
    CHECK_EQUAL(msr_read(MSR_APIC_BASE) & 0x800, 0x800);
}

static uint8_t pic_mask(uint16_t data_port)
{
    return port_read8(data_port);
}

TEST(x86_64_pic_is_masked)
{
    CHECK_EQUAL(pic_mask(0x21), 0xff);
    CHECK_EQUAL(pic_mask(0xa1), 0xff);
}

/* No local APIC has sent these, so none waits for their end. */
TEST(x86_64_spurious_interrupts_are_counted)
{
    uint64_t before = interrupt_spurious_count;
    __asm__ volatile("int %0" ::"i"(VECTOR_SPURIOUS));
    CHECK_EQUAL(interrupt_spurious_count, before + 1);
    __asm__ volatile("int %0" ::"i"(VECTOR_8259 + 7));
    CHECK_EQUAL(interrupt_spurious_count, before + 2);
    __asm__ volatile("int %0" ::"i"(VECTOR_CPU + 1));
    CHECK_EQUAL(interrupt_spurious_count, before + 3);
    interrupt_spurious_count = before;
}

/* == IOAPICs ======================================================================================================= */

static bool find_ioapic(unsigned index, struct acpi_madt_entry *entry)
{
    struct acpi_madt madt;
    if (platform_acpi == NULL || acpi_open_madt(platform_acpi, &madt) != 0)
        return false;
    while (acpi_next_madt(&madt, entry) == 0)
        if (entry->kind == ACPI_MADT_IOAPIC && index-- == 0)
            return true;
    return false;
}

static uint32_t ioapic_read(volatile uint32_t *registers, unsigned which)
{
    GUARD(interrupts);
    registers[0] = which;
    return registers[4];
}

TEST(x86_64_lines_are_masked_at_first)
{
    struct acpi_madt_entry entry;
    if (!find_ioapic(0, &entry))
        SKIP("this machine has no IOAPIC");
    for (unsigned index = 0; find_ioapic(index, &entry); index++) {
        volatile uint32_t *registers = vrange_map_device(entry.ioapic.pa, PAGE_SIZE);
        REQUIRE(registers != NULL);
        unsigned lines = (ioapic_read(registers, 1) >> 16 & 0xff) + 1;
        for (unsigned i = 0; i < lines; i++) {
            unsigned line = entry.ioapic.gsi_base + i;
            uint32_t low = ioapic_read(registers, 0x10 + 2 * i);
            if ((low & ENTRY_MASKED) != 0)
                continue;
            CHECK_EQUAL(line, interrupt_isa_line(COM1_IRQ));
            CHECK_EQUAL(low & 0x7ff, VECTOR_LINE + line); /* fixed delivery */
            CHECK_EQUAL(ioapic_read(registers, 0x11 + 2 * i) >> 24, boot_cpu.id);
        }
        vrange_unmap_device(registers);
    }
}

static void handle(void *argument)
{
    *(struct cpu **)argument = cpu_this();
}

TEST(x86_64_line_opens_and_moves)
{
    struct acpi_madt_entry entry;
    struct cpu *handled = NULL, other = {.id = 5}, unreachable = {.id = 300};
    struct interrupt_handler handler = {"test", handle, &handled};
    if (!find_ioapic(0, &entry))
        SKIP("this machine has no IOAPIC");
    unsigned line = entry.ioapic.gsi_base + 23;
    volatile uint32_t *registers = vrange_map_device(entry.ioapic.pa, PAGE_SIZE);
    REQUIRE(registers != NULL);
    REQUIRE(interrupt_register(line, &handler) == 0);
    uint32_t low = ioapic_read(registers, 0x10 + 2 * 23);
    CHECK_EQUAL(low & ENTRY_MASKED, 0);
    CHECK_EQUAL(low & 0xa000, 0xa000); /* level, active low, as PCI's are */
    interrupt_mask(line);
    CHECK(ioapic_read(registers, 0x10 + 2 * 23) & ENTRY_MASKED);
    CHECK_EQUAL(interrupt_set_cpu(line, &other), 0);
    CHECK_EQUAL(ioapic_read(registers, 0x11 + 2 * 23) >> 24, 5);
    CHECK_EQUAL(-interrupt_set_cpu(line, &unreachable), EINVAL);
    CHECK_EQUAL(interrupt_set_cpu(line, &boot_cpu), 0);
    interrupt_unregister(line);
    CHECK(ioapic_read(registers, 0x10 + 2 * 23) & ENTRY_MASKED);
    vrange_unmap_device(registers);
}

/* Whether it is there: it has taken the command. */
static bool pit_start(void)
{
    port_write8(PIT_COMMAND, PIT_ONCE);
    port_write8(PIT_COMMAND, PIT_READ_STATUS);
    if ((port_read8(PIT_COUNTER) & PIT_STATUS_MODE) != PIT_ONCE)
        return false;
    port_write8(PIT_COUNTER, 100);
    port_write8(PIT_COUNTER, 0);
    return true;
}

/* To each CPU in turn. */
TEST(x86_64_device_interrupts)
{
    static struct cpu *volatile handled;
    const struct interrupt_handler handler = {"8254", handle, (void *)&handled};
    unsigned line = interrupt_isa_line(PIT_IRQ);
    if (line == 0)
        SKIP("nobody says where the 8254's interrupt arrives: line 0 is the 8259s'");
    REQUIRE(interrupt_register(line, &handler) == 0);
    for (unsigned i = 0; i < (CONFIG_CPU ? cpu_count : 1); i++) {
        struct cpu *cpu = CONFIG_CPU ? cpus[i] : &boot_cpu;
        handled = NULL;
        CHECK_EQUAL(interrupt_set_cpu(line, cpu), 0);
        if (!pit_start()) {
            interrupt_unregister(line);
            SKIP("this machine has no 8254");
        }
        while (handled == NULL)
            arch_cpu_relax();
        CHECK(handled == cpu);
    }
    CHECK(interrupt_count(line) > 0);
    CHECK_EQUAL(interrupt_set_cpu(line, &boot_cpu), 0);
    interrupt_unregister(line);
}

/* == The end of the machine, without the exit device =============================================================== */

FATAL_TEST_STATUS(x86_64_acpi_power_off, "by soft-off", MACHINE_VANISHED)
{
    if (platform_fadt.pm1a_control.place == 0 && platform_fadt.sleep_control.place == 0)
        SKIP("this machine has none");
    console_printf("by soft-off\n");
    platform_power_off();
    arch_halt(); /* the machine may take a moment */
}

FATAL_TEST_STATUS(x86_64_acpi_reset, "by the reset register", MACHINE_VANISHED)
{
    if (platform_fadt.reset.place == 0)
        SKIP("this machine has none");
    console_printf("by the reset register\n");
    platform_reset();
    arch_halt();
}
