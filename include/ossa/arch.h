/* SPDX-License-Identifier: 0BSD */
/*
 * THE PORT INTERFACE: all that portable code asks of a port, in the order in which a new port is written. A port is a
 * folder arch/<name>/ that gives every arch_ and ARCH_ name on this page; no other code may define one. Start from a
 * copy of arch/template/, where each function panics with its own name, and follow docs/porting.md.
 *
 * Inlines are declared here and defined in the port's <arch/cpu.h>, included at the end: a port that leaves one out, or
 * gives it another type, does not compile. Functions are for any context, with interrupts in any state, unless they say
 * otherwise.
 */
#pragma once

#include <ossa/boot.h>
#include <ossa/layout.h>
#include <ossa/trap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cpu;
struct thread;

/* == Hello: first byte, boot document, end of the machine ========================================================== */

/*
 * ARCH_NAME: string, the folder's name.  ARCH_KERNEL_PA: number (<arch/layout.h>), the physical address the image is
 * linked for; where it really is is found at entry.
 *
 * entry.S calls boot_start() (boot.h) with the MMU on and coarse tables: the image at KERNEL_VA in blocks of
 * BLOCK_SIZE, fixmap_table (early_map.h) at FIXMAP_VA, and whatever identity mapping the CPU needs to get there.
 */

/* Finds and sets up the early console. From boot_start() only. Returns false if this machine has none that it knows. */
bool arch_early_console_init(void);

/* Writes bytes as they are. From the end of arch_early_console_init() on; waits for the device, takes no lock. */
void arch_early_console_write(const char *text, size_t length_bytes);

/*
 * Translates the firmware's boot document (boot_entry tells where) into *info, which is all zero. Every field it has a
 * source for; memory through boot_add_memory(), the document's own included. Calls boot_fail() if the document is
 * broken.
 */
void arch_boot_read(struct boot_info *info);

/* A counter that never goes back and needs no set-up: TSC, time, CNTVCT_EL0. Unit: boot_info.ticks_hz. */
static inline uint64_t arch_ticks(void);

/* Masks interrupts and stops this CPU for good. */
static inline _Noreturn void arch_halt(void);

/*
 * Ends the machine and tells `code` to who started it, if this machine has an exit device it can name (an emulator's);
 * else powers off. Returns if it can do neither.
 */
void arch_power_off(unsigned code);

/* Resets the machine. Returns if it cannot. */
void arch_reboot(void);

/* == Paging: early_map.c builds tables of 512 64-bit entries, 4 KiB pages ========================================== */

/* ARCH_PAGE_TABLE_LEVELS: number (<arch/layout.h>), 3 to 5: the most levels of tables that this port knows. */

enum page_flags {
    PAGE_READ = 0, /* every mapping can be read */
    PAGE_WRITE = 1 << 0,
    PAGE_EXECUTE = 1 << 1,
    PAGE_DEVICE = 1 << 2,  /* registers: uncached, not reordered, not speculated into */
    PAGE_PRESENT = 1 << 3, /* in results only */
    PAGE_TABLE = 1 << 4,   /* in results only: the entry leads to a table of the next level */
    PAGE_STALE = 1 << 5,   /* in results only, without PAGE_PRESENT: a CPU may remember that nothing was there */
};

/* The entry that maps the page (level 0) or block (1) at pa, kernel only and global, present and (where the CPU wants
 * it) already accessed/dirty. */
static inline uint64_t arch_page_entry(uint64_t pa, unsigned page_flags, unsigned level);

/* The entry that leads to the next level's table at table_pa. */
static inline uint64_t arch_page_table_entry(uint64_t table_pa);

/* Takes an entry of `level` (0: the last) apart: its PAGE_ flags and, if PAGE_PRESENT is among them, where it leads. */
static inline unsigned arch_page_entry_flags(uint64_t entry, unsigned level, uint64_t *pa);

/*
 * Makes the tables at root_pa, of that many levels, the kernel's, with the same image at the same place, and drops
 * every other mapping, the identity mapping of entry.S included. Stale translations are gone when it returns. False,
 * and nothing changed, if this CPU does not translate by that many levels.
 */
bool arch_page_tables_load(uint64_t root_pa, unsigned levels);

/* The physical address of the table that translates KERNEL_VA now, read from the CPU. */
static inline uint64_t arch_page_tables_root(void);

/* Makes changed entries of the kernel's tables take effect on this CPU, for every address. */
static inline void arch_tlb_flush(void);

/* The same for an entry that maps the page at va, not for one that leads to a table. This and the next are only
 * kernel/memory/'s. */
void arch_tlb_flush_page(uint64_t va);

/* How many bits the physical addresses of this CPU have, under this port's tables. */
unsigned arch_pa_bits(void);

/* == Traps ========================================================================================================= */

/*
 * struct arch_frame (<arch/frame.h>): all general registers, pc, sp, status and cause at the moment of the trap, in the
 * order trap.S stores them, every offset named for assembly and asserted.
 * const struct trap_register arch_registers[ARCH_REGISTER_COUNT]: what a report prints of it.
 */
extern const struct trap_register arch_registers[];

/* ARCH_TRAP_STACKS: number (<arch/layout.h>) of stacks a CPU itself switches to, beside its emergency stack (cpu.h). */

/* Takes every exception from here on, a stack overflow and a fault in a handler included. Once on each CPU. */
void arch_trap_init(void);

/* Says what happened. Must not fault. */
void arch_trap_decode(const struct arch_frame *frame, struct trap *trap);

/* Fills *frame with the caller's registers; pc is where it returns to. Those that a call may change hold what is there.
 */
void arch_frame_capture(struct arch_frame *frame);

static inline uint64_t arch_frame_pc(const struct arch_frame *frame);
static inline uint64_t arch_frame_sp(const struct arch_frame *frame);

/* ARCH_FRAME_RECORD: number (<arch/layout.h>), from the frame pointer to the caller's; behind it the return
 * address. */

/* The interrupt state that the trap interrupted, as arch_interrupts_save() returns it. */
static inline uint64_t arch_frame_interrupts(const struct arch_frame *frame);

/* Resuming the frame goes on at pc. */
static inline void arch_frame_set_pc(struct arch_frame *frame, uint64_t pc);

/* Resuming the frame goes on after the breakpoint instruction it stopped at. */
static inline void arch_frame_skip_breakpoint(struct arch_frame *frame);

/* Whether the instruction that ends at va is a call: tells return addresses from other numbers. va lies in .text. */
bool arch_follows_call(uint64_t va);

/* A breakpoint: reported, then resumed. */
static inline void arch_breakpoint(void);

/* An instruction the manual promises to be undefined for ever. */
static inline void arch_illegal_instruction(void);

/* Reads or writes the byte at va, which may be anything; false, and *value as it was, if that faults. By an entry in
 * the exception table. */
bool arch_probe_read(const volatile void *va, uint8_t *value);
bool arch_probe_write(volatile void *va, uint8_t value);

/* == Interrupts and time =========================================================================================== */

/* Masks interrupts and returns what arch_interrupts_restore() takes: 0 if they were masked already, else anything else,
 * for which that unmasks them. Pairs nest. */
static inline uint64_t arch_interrupts_save(void);
static inline void arch_interrupts_restore(uint64_t state);

/* With interrupts masked: waits until one is pending, lets this CPU take it, and masks them again. May return early. */
static inline void arch_interrupts_wait(void);

/*
 * For kernel/interrupt/, with memory up. Once, on the boot CPU: finds the interrupt controller in what the firmware
 * left and calls interrupt_set_controller(), and kernel/time/'s clock_ functions with what other clocks there are.
 */
void arch_interrupt_init(void);

/* On each CPU, the boot CPU first, interrupts masked: lets it take the timer's, other CPUs' and devices' interrupts. */
void arch_interrupt_init_cpu(void);

/*
 * Called for a trap of TRAP_INTERRUPT, masked: acknowledges all that is pending on this CPU and calls timer_handle(),
 * cpu_handle_interrupt() or interrupt_handle_line() for it, interrupt_count_spurious() if it was nothing.
 */
void arch_interrupt_handle(const struct arch_frame *frame);

/* This CPU's timer interrupts once, as soon as arch_ticks() has reached `ticks`: at once if it has; UINT64_MAX: never.
 * Interrupts are masked. What was set before is forgotten. It may come early. */
void arch_timer_set(uint64_t ticks);

/* == CPUs ========================================================================================================== */

/* ARCH_CPU_START_PA_MAX: number (<arch/layout.h>): below it must lie the page that other CPUs start at; 0: anywhere.
 */

/* Tells the CPU that it is in a spin loop. */
static inline void arch_cpu_relax(void);

/* 64 bits as hard to guess as this CPU can make them (RDRAND); else from the counter. Not for keys. */
uint64_t arch_entropy(void);

/* For kernel/cpu/ from here on. Calls cpu_add() for each CPU that the firmware says can be used, the boot CPU too. */
void arch_cpu_find(void);

/*
 * Starts a CPU that stands still: it shall enter cpu_enter(cpu) with the contract's state (boot.h) on its idle thread's
 * stack, that thread being its running one, in the kernel's tables. Returns 0 when it has been told to, or -errno.
 */
int arch_cpu_start(struct cpu *cpu);

/* Interrupts a CPU, this one too: it will call cpu_handle_interrupt(). `stop`: even if it masks interrupts, where that
 * exists: then its trap is of TRAP_NMI. */
void arch_cpu_interrupt(const struct cpu *cpu, bool stop);

/* == Threads ======================================================================================================= */

/*
 * The thread pointer: tp on riscv64, SP_EL0 on aarch64, by way of gs on x86_64. entry.S sets it to boot_thread (cpu.h).
 * Offsets in struct thread and struct cpu, THREAD_ and CPU_, are <ossa/layout.h>'s.
 */
static inline struct thread *arch_this_thread(void);

/*
 * For kernel/thread/ from here on. Saves on `from`'s stack what functions give back, and goes on where `to` left off.
 * Interrupts are masked. The thread pointer, to->cpu's `thread` and the stack protector's guard change with the stack.
 * While a thread does not run the word at its `sp` is the pc that it goes on at, with that sp: so it can be unwound.
 */
void arch_thread_switch(struct thread *from, struct thread *to);

/* Prepares the stack of a new thread, whose upper end thread->sp is, so that the first switch to it enters
 * function(argument), interrupts masked, at the end of every backtrace. `function` does not return. */
void arch_thread_init(struct thread *thread, void (*function)(void *argument), void *argument);

/* == Unwinding: for kernel/unwind/ ================================================================================= */

/*
 * <arch/unwind.h>, for C and unwind.S: ARCH_UNWIND_COLUMNS(X), X(DWARF column, field of struct arch_frame) for each
 * register that is kept, pc last; ARCH_UNWIND_SP, the slot of sp; ARCH_UNWIND_LINK, that of the register in which a
 * call leaves its return address; ARCH_UNWIND_STRIP(address), a return address without pointer authentication code.
 */

/*
 * Calls function(argument); false when that returns, true when an unwinding ends here instead. Its frame is the catch
 * frame: arch_unwind_catch_site is the return address of the call, arch_unwind_caught where unwind_run() enters it.
 */
bool arch_unwind_catch(void (*function)(void *), void *argument);
extern const char arch_unwind_catch_site[];
extern const char arch_unwind_caught[];

/* Loads the registers that functions give back, and goes to pc with `object` as landing pads expect it. */
struct unwind_registers;
_Noreturn void arch_unwind_enter(const struct unwind_registers *registers, uint64_t pc, void *object);

#include <arch/cpu.h>
#include <arch/frame.h>
