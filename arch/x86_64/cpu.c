/* SPDX-License-Identifier: 0BSD */
/*
 * Owns how the other CPUs are found (ACPI Specification 6.5, 5.2.12), started (Intel SDM 3A, "MP Initialization
 * Protocol") and interrupted. All start by the same page of code below 1 MiB and the same temporary tables, those of
 * entry.S, whose lower half leads to that page alone. Each finds what is its own by its APIC id in a list of
 * struct cpu_start. Nothing of the page or the tables changes while they do.
 */
#include <arch/apic.h>
#include <arch/platform.h>
#include <arch/registers.h>
#include <arch/start.h>
#include <ossa/early_map.h>
#include <ossa/errno.h>
#include <ossa/image.h>
#include <ossa/page.h>
#include <ossa/smp.h>
#include <ossa/string.h>

#define DELAY_PORT     0x80  /* a write takes a microsecond on whatever bus there is */
#define INIT_DELAY_US  10000 /* "MP Initialization Example" */
#define START_DELAY_US 200
#define ROOT_ENTRIES   512

#define AT(structure, field, offset) (offsetof(struct structure, field) == (offset))
_Static_assert(AT(cpu_start, next, START_NEXT) && AT(cpu_start, cpu, START_CPU) && AT(cpu_start, root_pa, START_ROOT) &&
                   AT(cpu_start, id, START_ID) && sizeof(struct cpu_start) % 16 == 0,
               "cpu.S and struct cpu_start agree; it leaves the stack aligned");
_Static_assert(AT(cpu_start_page, target, START_TARGET) && AT(cpu_start_page, gdt_limit, START_GDT_POINTER) &&
                   AT(cpu_start_page, gdt_pa, START_GDT_POINTER + 2) && AT(cpu_start_page, cr0, START_CR0) &&
                   AT(cpu_start_page, cr3, START_CR3) && AT(cpu_start_page, cr4, START_CR4) &&
                   AT(cpu_start_page, efer, START_EFER) && AT(cpu_start_page, pat, START_PAT),
               "cpu.S and struct cpu_start_page agree");

struct cpu_start *cpu_starts;

/* They are needed on real hardware only, and only by old CPUs. */
static void delay(unsigned us)
{
    if (!(cpuid_read(1).ecx & CPUID_1_ECX_HYPERVISOR))
        while (us-- > 0)
            port_write8(DELAY_PORT, 0);
}

void arch_cpu_find(void)
{
    struct acpi_madt madt;
    struct acpi_madt_entry entry;
    if (platform_acpi == NULL || acpi_open_madt(platform_acpi, &madt) != 0)
        return;
    while (acpi_next_madt(&madt, &entry) == 0)
        if (entry.kind == ACPI_MADT_CPU && entry.cpu.enabled)
            cpu_add(entry.cpu.apic_id);
}

/* The kernel's upper half, as it is now, and the page at itself: executable, so not for writing. */
static uint64_t make_tables(void)
{
    uint64_t *root = boot_pml4, *tables[] = {boot_pdpt, boot_entry_pd, boot_image_pd};
    const uint64_t *kernel_root = (const uint64_t *)(arch_page_tables_root() - boot_info->kernel_pa + KERNEL_VA);
    memcpy(root + ROOT_ENTRIES / 2, kernel_root + ROOT_ENTRIES / 2, ROOT_ENTRIES / 2 * sizeof(*root));
    uint64_t *above = root;
    for (unsigned i = 0; i < 3; i++) {
        memset(tables[i], 0, PAGE_SIZE);
        above[0] = arch_page_table_entry(image_pa(tables[i]));
        above = tables[i];
    }
    above[page_cpu_start_pa >> PAGE_SHIFT] = page_cpu_start_pa | PTE_PRESENT | PTE_ACCESSED;
    return image_pa(root);
}

static void make_page(void)
{
    char *page = early_map_window(FIXMAP_SCRATCH, page_cpu_start_pa, PAGE_SIZE, PAGE_WRITE);
    uint32_t page_pa = (uint32_t)page_cpu_start_pa, data_pa = page_pa + START_PAGE_DATA;
    memcpy(page, cpu_trampoline, START_PAGE_DATA);
    struct cpu_start_page data = {
        .gdt = {0, GDT_CODE, GDT_DATA},
        .target = page_pa + (uint32_t)(cpu_trampoline_64 - cpu_trampoline),
        .target_selector = SELECTOR_CODE,
        .gdt_limit = sizeof(data.gdt) - 1,
        .gdt_pa = data_pa + offsetof(struct cpu_start_page, gdt),
        .cr0 = (uint32_t)cr0_read(),
        .cr3 = (uint32_t)make_tables(),
        .cr4 = (uint32_t)cr4_read(),
        .efer = (uint32_t)msr_read(MSR_EFER) & ~EFER_LMA,
        .pat = msr_read(MSR_PAT),
    };
    memcpy(page + START_PAGE_DATA, &data, sizeof(data));
}

int arch_cpu_start(struct cpu *cpu)
{
    static bool ready;
    if (page_cpu_start_pa == 0)
        return -ENOMEM;
    if (!apic_can_send(cpu->id))
        return -EINVAL;
    if (!ready) {
        make_page();
        apic_send(0, APIC_OTHERS | APIC_INIT);
        delay(INIT_DELAY_US);
        ready = true;
    }
    struct cpu_start *start = (struct cpu_start *)(cpu->idle.stack_va + STACK_SIZE) - 1;
    *start = (struct cpu_start){cpu_starts, cpu, arch_page_tables_root(), cpu->id};
    cpu_starts = start;
    uint32_t command = APIC_START | (uint32_t)(page_cpu_start_pa >> PAGE_SHIFT);
    apic_send((uint32_t)cpu->id, command);
    delay(START_DELAY_US);
    apic_send((uint32_t)cpu->id, command); /* whoever runs does not notice */
    return 0;
}

void arch_cpu_interrupt(const struct cpu *cpu, bool stop)
{
    apic_send((uint32_t)cpu->id, stop ? APIC_NMI : APIC_FIXED | VECTOR_CPU);
}
