/* SPDX-License-Identifier: 0BSD */
/*
 * Owns the machine's ACPI tables and what they say of its end: soft-off and reset (ACPI Specification 6.5, 4.8 and
 * 7.4.2.5). The registers are found and mapped in advance, for a panic may end the machine. Who wants other tables
 * reads them while the kernel comes up: their memory may be given away later.
 */
#include <arch/platform.h>
#include <arch/registers.h>
#include <ossa/errno.h>
#include <ossa/log.h>
#include <ossa/vrange.h>

#define SLEEP_ENABLE     (1 << 13) /* of PM1 control, 4.8.3.2.1 */
#define SLEEP_TYPE_SHIFT 10
#define SLEEP_TYPE       (7 << SLEEP_TYPE_SHIFT)
#define SCI_ENABLE       1
#define SCI_READS_MAX    1000000  /* until firmware has switched to ACPI, 1 us each or more */
#define REDUCED_ENABLE   (1 << 5) /* of the sleep control register, 4.8.3.7 */
#define REDUCED_SHIFT    2
#define REDUCED_WOKEN    (1 << 7) /* of the sleep status register: written back to clear it */

struct acpi *platform_acpi;
struct acpi_fadt platform_fadt;

static struct acpi acpi;
static struct acpi_s5 soft_off;
static bool has_soft_off;

/* One that lies in memory has been mapped: `va`. */
struct power_register {
    struct acpi_register where;
    volatile void *va;
};
static struct power_register pm1a, pm1b, sleep_control, sleep_status, reset;

/* Where tables have been mapped, as memory, which they are. Several, for they are looked at in turn, and lie in few
 * pages. */
static struct window {
    char *va; /* NULL: none */
    uint64_t pa, size_bytes;
} windows[4];

static void move_window(struct window *window, uint64_t pa, uint64_t size_bytes)
{
    if (window->va != NULL)
        vrange_put(window->va);
    *window = (struct window){vrange_take(size_bytes, PAGE_SIZE), pa, size_bytes};
    if (window->va == NULL || paging_map((uintptr_t)window->va, pa, size_bytes, PAGE_READ) == 0)
        return;
    vrange_put(window->va);
    window->va = NULL;
}

static const void *map_table(void *context, uint64_t pa, size_t size_bytes)
{
    static unsigned moved;
    uint64_t first_pa = pa & -PAGE_SIZE, whole_bytes = (pa - first_pa + size_bytes + PAGE_SIZE - 1) & -PAGE_SIZE;
    (void)context;
    for (const struct window *window = windows; window < windows + 4; window++)
        if (window->va != NULL && first_pa >= window->pa && first_pa - window->pa + whole_bytes <= window->size_bytes)
            return window->va + (pa - window->pa);
    struct window *window = &windows[moved++ % 4];
    move_window(window, first_pa, whole_bytes);
    return window->va == NULL ? NULL : window->va + (pa - first_pa);
}

static void warn(const char *what)
{
    const struct acpi_fault *fault = &acpi.fault;
    log_warn("%s: %s: got %#lx, want %#lx", what, fault->what, fault->got, fault->want);
}

/* Registers lie side by side: a page that is mapped serves the next one, too. NULL also for one that crosses pages. */
static volatile void *map_register(const struct acpi_register *where)
{
    static volatile char *page;
    static uint64_t page_pa;
    uint64_t offset = where->place % PAGE_SIZE;
    if (offset + where->access_bytes > PAGE_SIZE)
        return NULL;
    if (page == NULL || page_pa != where->place - offset) {
        page_pa = where->place - offset;
        page = vrange_map_device(page_pa, PAGE_SIZE);
    }
    return page == NULL ? NULL : page + offset;
}

static struct power_register find_register(const struct acpi_register *where)
{
    struct power_register found = {.where = *where};
    if (where->place != 0 && where->space == ACPI_SPACE_MEMORY)
        found.va = map_register(where);
    if (where->space != ACPI_SPACE_IO && found.va == NULL)
        found.where.place = 0; /* PCI configuration, for one: there is no code for it */
    return found;
}

static uint32_t register_read(const struct power_register *from)
{
    uint16_t port = (uint16_t)from->where.place;
    if (from->va != NULL)
        return from->where.access_bytes == 1   ? *(volatile uint8_t *)from->va
               : from->where.access_bytes == 2 ? *(volatile uint16_t *)from->va
                                               : *(volatile uint32_t *)from->va;
    return from->where.access_bytes == 1   ? port_read8(port)
           : from->where.access_bytes == 2 ? port_read16(port)
                                           : port_read32(port);
}

static void register_write(const struct power_register *to, uint32_t value)
{
    uint16_t port = (uint16_t)to->where.place;
    unsigned bytes = to->where.access_bytes;
    if (to->where.place == 0)
        return;
    if (to->va != NULL && bytes == 1)
        *(volatile uint8_t *)to->va = (uint8_t)value;
    else if (to->va != NULL && bytes == 2)
        *(volatile uint16_t *)to->va = (uint16_t)value;
    else if (to->va != NULL)
        *(volatile uint32_t *)to->va = value;
    else if (bytes == 1)
        port_write8(port, (uint8_t)value);
    else if (bytes == 2)
        port_write16(port, (uint16_t)value);
    else
        port_write32(port, value);
}

static void find_end_of_machine(void)
{
    pm1a = find_register(&platform_fadt.pm1a_control);
    pm1b = find_register(&platform_fadt.pm1b_control);
    sleep_control = find_register(&platform_fadt.sleep_control);
    sleep_status = find_register(&platform_fadt.sleep_status);
    reset = find_register(&platform_fadt.reset);
    int error = acpi_find_s5(&acpi, &platform_fadt, &soft_off);
    has_soft_off = error == 0;
    if (error != 0 && error != -ENOENT)
        warn("no soft-off");
}

void platform_init(void)
{
    if (boot_info->rsdp_pa == 0)
        return;
    if (acpi_open(&acpi, map_table, NULL, boot_info->rsdp_pa) != 0) {
        warn("no ACPI");
        return;
    }
    platform_acpi = &acpi;
    int error = acpi_read_fadt(&acpi, &platform_fadt);
    if (error == 0)
        find_end_of_machine();
    else if (error != -ENOENT)
        warn("no FADT");
}

/* Until then SLP_EN only asks the firmware, whose system management mode may not answer. */
static void leave_legacy_mode(void)
{
    if (platform_fadt.smi_command == 0 || register_read(&pm1a) & SCI_ENABLE)
        return;
    port_write8(platform_fadt.smi_command, platform_fadt.acpi_enable);
    for (unsigned reads = 0; reads < SCI_READS_MAX && !(register_read(&pm1a) & SCI_ENABLE);)
        reads++;
}

static void sleep_by(const struct power_register *control, unsigned type)
{
    if (control->where.place == 0)
        return;
    uint32_t value = (register_read(control) & ~(uint32_t)(SLEEP_TYPE | SLEEP_ENABLE)) | type << SLEEP_TYPE_SHIFT;
    register_write(control, value);
    register_write(control, value | SLEEP_ENABLE);
}

void platform_power_off(void)
{
    if (!has_soft_off)
        return;
    register_write(&sleep_status, REDUCED_WOKEN);
    register_write(&sleep_control, (uint32_t)soft_off.type_a << REDUCED_SHIFT | REDUCED_ENABLE);
    if (pm1a.where.place == 0)
        return;
    leave_legacy_mode();
    sleep_by(&pm1a, soft_off.type_a);
    sleep_by(&pm1b, soft_off.type_b);
}

void platform_reset(void)
{
    register_write(&reset, platform_fadt.reset_value);
}
