/* SPDX-License-Identifier: 0BSD */
/*
 * Each CPU has what the boot CPU has: control registers, tables, a local APIC; and nothing is left of how it started.
 */
#include <arch/apic.h>
#include <arch/registers.h>
#include <arch/start.h>
#include <ossa/page.h>
#include <ossa/smp.h>
#include <ossa/test.h>

#define CR0_WP      0x10000
#define CR4_PGE_PAE 0xa0
#define EFER_NXE    0x800

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static struct seen {
    uint64_t cr0, cr3, cr4, efer, pat, flags;
    struct table_pointer gdt, idt;
    uint16_t task, code, stack;
    uint32_t apic_id, spurious, timer, lint0, lint1;
    bool writes_text, x2apic;
} seen;

static void look(void *unused)
{
    (void)unused;
    seen = (struct seen){.cr0 = cr0_read(),
                         .cr3 = cr3_read(),
                         .cr4 = cr4_read(),
                         .efer = msr_read(MSR_EFER),
                         .pat = msr_read(MSR_PAT),
                         .apic_id = apic_read(APIC_ID),
                         .spurious = apic_read(APIC_SPURIOUS),
                         .timer = apic_read(APIC_TIMER),
                         .lint0 = apic_read(APIC_LINT0),
                         .lint1 = apic_read(APIC_LINT1),
                         .writes_text = arch_probe_write(text_start, *text_start),
                         .x2apic = (msr_read(MSR_APIC_BASE) & 0x400) != 0};
    __asm__ volatile("sgdt %0\n\tsidt %1\n\tstr %2\n\tmov %%cs, %3\n\tmov %%ss, %4\n\tpushfq\n\tpop %5"
                     : "=m"(seen.gdt), "=m"(seen.idt), "=m"(seen.task), "=r"(seen.code), "=r"(seen.stack),
                       "=r"(seen.flags));
}

TEST(x86_64_cpus_are_alike)
{
    cpu_call(cpus[0], look, NULL);
    struct seen boot = seen;
    CHECK(boot.cr0 & CR0_WP);
    CHECK_EQUAL(boot.cr4 & CR4_PGE_PAE, CR4_PGE_PAE);
    CHECK(boot.efer & EFER_NXE);
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu_call(cpus[i], look, NULL);
        CHECK_EQUAL(seen.cr0, boot.cr0);
        CHECK_EQUAL(seen.cr3, boot.cr3);
        CHECK_EQUAL(seen.cr4, boot.cr4);
        CHECK_EQUAL(seen.efer, boot.efer);
        CHECK_EQUAL(seen.pat, boot.pat);
        CHECK_EQUAL(seen.flags & 0x47000, 0); /* AC, NT, IOPL */
        CHECK(!seen.writes_text);
    }
}

TEST(x86_64_cpus_have_their_tables)
{
    cpu_call(cpus[0], look, NULL);
    struct table_pointer idt = seen.idt;
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu_call(cpus[i], look, NULL);
        uint64_t own_gdt = seen.gdt.base - (i == 0 ? 0 : cpus[i]->per_cpu_offset);
        CHECK(own_gdt >= (uintptr_t)per_cpu_start && own_gdt < (uintptr_t)per_cpu_end);
        CHECK_EQUAL(seen.idt.base, idt.base);
        CHECK_EQUAL(seen.idt.limit, 4095);
        CHECK_EQUAL(seen.task, SELECTOR_TSS);
        CHECK_EQUAL(seen.code, SELECTOR_CODE);
        CHECK_EQUAL(seen.stack, SELECTOR_DATA);
    }
}

TEST(x86_64_cpus_take_interrupts)
{
    for (unsigned i = 0; i < cpu_count; i++) {
        cpu_call(cpus[i], look, NULL);
        CHECK_EQUAL(seen.x2apic ? seen.apic_id : seen.apic_id >> 24, cpus[i]->id);
        CHECK_EQUAL(seen.spurious, 0x100 | VECTOR_SPURIOUS);
        CHECK_EQUAL(seen.timer & 0x100ff, VECTOR_TIMER); /* not masked */
        CHECK_EQUAL(seen.lint0 & 0x10000, 0x10000);
        CHECK_EQUAL(seen.lint1 & 0x10700, 0x400); /* NMI */
    }
}

/* Where the others came in: one page, not writable; and they have all left those tables (the test above: CR3). */
TEST(x86_64_start_tables_map_one_page)
{
    if (cpu_count == 1)
        SKIP("one CPU");
    const uint64_t *tables[] = {boot_pml4, boot_pdpt, boot_entry_pd};
    for (unsigned table = 0; table < 3; table++)
        for (unsigned i = 1; i < (table == 0 ? 256 : 512); i++)
            REQUIRE(tables[table][i] == 0);
    for (unsigned i = 0; i < 512; i++) {
        uint64_t pa, entry = boot_image_pd[i];
        unsigned flags = arch_page_entry_flags(entry, 0, &pa);
        bool start = i == page_cpu_start_pa >> PAGE_SHIFT;
        REQUIRE(start ? flags == (PAGE_PRESENT | PAGE_EXECUTE) && pa == page_cpu_start_pa : entry == 0);
        CHECK(!start || (entry & PTE_GLOBAL) == 0);
    }
}
