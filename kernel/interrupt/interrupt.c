/* SPDX-License-Identifier: 0BSD */
/*
 * Owns who handles which interrupt line, and the counts. What a line is and how it is masked is the controller's, which
 * the port has found. Invariant: a line without handler is masked, or becomes so when it comes.
 */
#include <ossa/clock.h>
#include <ossa/image.h>
#include <ossa/init.h>
#include <ossa/interrupt.h>
#include <ossa/log.h>
#include <ossa/spinlock.h>
#include <ossa/string.h>

static struct line {
    _Atomic(const struct interrupt_handler *) handler; /* NULL: nobody's */
    _Atomic uint64_t count;
    atomic_uint running;             /* CPUs that are in the handler, or about to be */
} lines[INTERRUPT_LINES_MAX] NOINIT; /* zero from interrupt_set_controller() on, as many as there are */

static const struct interrupt_controller *controller;
static unsigned line_count;
static struct spinlock lock = CORE_SPINLOCK("interrupt lines");

_Atomic uint64_t interrupt_unclaimed_count, interrupt_spurious_count;

void interrupt_set_controller(const struct interrupt_controller *found)
{
    controller = found;
    line_count = found->line_count < INTERRUPT_LINES_MAX ? found->line_count : INTERRUPT_LINES_MAX;
    memset(lines, 0, line_count * sizeof(lines[0]));
    if (line_count < found->line_count)
        log_warn("interrupt: %s: %u of %u lines are used", found->name, line_count, found->line_count);
}

void interrupt_init(void)
{
    ASSERT(arch_interrupts_save() == 0); /* as the entry contract promises, and nobody has unmasked them */
    arch_interrupt_init();
    arch_interrupt_init_cpu();
    log_info("interrupt: %s, %u lines", controller == NULL ? "no controller" : controller->name, line_count);
    if (CONFIG_TIME)
        clock_log();
}

int interrupt_register(unsigned line, const struct interrupt_handler *handler)
{
    const struct interrupt_handler *nobody = NULL;
    if (line >= line_count)
        return -EINVAL;
    GUARD(spinlock, &lock);
    if (!atomic_compare_exchange_strong(&lines[line].handler, &nobody, handler))
        return -EBUSY;
    int error = controller->set_cpu(line, &boot_cpu);
    if (error != 0)
        atomic_store(&lines[line].handler, NULL);
    else
        controller->set_masked(line, false);
    return error;
}

/* Both at once: what the handler wants of its line after this is ignored. */
static void forget_handler(unsigned line)
{
    GUARD(spinlock, &lock);
    controller->set_masked(line, true);
    atomic_store(&lines[line].handler, NULL);
}

void interrupt_unregister(unsigned line)
{
    ASSERT(line < line_count && lines[line].handler != NULL);
    forget_handler(line);
    while (atomic_load(&lines[line].running) != 0) /* after this nobody sees the handler */
        cpu_wait();
}

/* Its handler may still run beside interrupt_unregister(). */
static void set_masked(unsigned line, bool masked)
{
    ASSERT(line < line_count && (lines[line].handler != NULL || lines[line].running != 0));
    GUARD(spinlock, &lock);
    if (lines[line].handler != NULL)
        controller->set_masked(line, masked);
}

void interrupt_mask(unsigned line)
{
    set_masked(line, true);
}

void interrupt_unmask(unsigned line)
{
    set_masked(line, false);
}

int interrupt_set_cpu(unsigned line, const struct cpu *cpu)
{
    if (line >= line_count)
        return -EINVAL;
    GUARD(spinlock, &lock);
    return controller->set_cpu(line, cpu);
}

uint64_t interrupt_count(unsigned line)
{
    ASSERT(line < line_count);
    return atomic_load_explicit(&lines[line].count, memory_order_relaxed);
}

static void refuse_line(unsigned line)
{
    atomic_fetch_add_explicit(&interrupt_unclaimed_count, 1, memory_order_relaxed);
    if (line < line_count) {
        GUARD(spinlock, &lock);
        if (lines[line].handler == NULL)
            controller->set_masked(line, true);
    }
    log_warn("interrupt: line %u has no handler, and is masked now", line);
}

void interrupt_handle_line(unsigned line)
{
    if (line >= line_count) {
        refuse_line(line);
        return;
    }
    atomic_fetch_add_explicit(&lines[line].count, 1, memory_order_relaxed);
    atomic_fetch_add(&lines[line].running, 1);
    const struct interrupt_handler *handler = atomic_load(&lines[line].handler);
    if (handler != NULL)
        handler->handle(handler->argument);
    atomic_fetch_sub(&lines[line].running, 1);
    if (handler == NULL)
        refuse_line(line);
}

void interrupt_count_spurious(void)
{
    uint64_t count = atomic_fetch_add_explicit(&interrupt_spurious_count, 1, memory_order_relaxed) + 1;
    if ((count & (count - 1)) == 0)
        log_warn("interrupt: %lu without a cause", count);
}

void interrupt_handle(struct arch_frame *frame)
{
    struct cpu *cpu = cpu_this();
    cpu->interrupt_depth++;
    arch_interrupt_handle(frame);
    cpu->interrupt_depth--;
    if (CONFIG_THREAD)
        thread_preempt();
}
