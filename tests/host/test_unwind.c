/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder beside libgcc's, in one process and on the same stacks: backtraces frame by frame with registers, forced
 * unwinding note by note, faults, all with the frames of unwind/shapes.c as each optimization level makes them. Linked
 * statically, so that there is one .eh_frame, and with --wrap=_Unwind_Resume: a landing pad goes on with who came.
 */
#define _GNU_SOURCE
#include "host_test.h"

#include "unwind/prefix.h"

#include "../../kernel/unwind/reader.h"
#include "unwind/shapes.h"
#include <host_context.h>
#include <ossa/panic.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#undef _Unwind_Resume
#include <unwind.h>

#define FRAMES_MAX 1000
#define LEVELS     (sizeof(levels) / sizeof(levels[0]))

void __wrap__Unwind_Resume(void *object);
void __real__Unwind_Resume(void *object);

static const struct shapes *const levels[] = {&shapes_O0, &shapes_O1, &shapes_O2, &shapes_O3, &shapes_Os};
static const int kept_columns[] = HOST_KEPT_COLUMNS;
#define KEPT (sizeof(kept_columns) / sizeof(kept_columns[0]))

static struct unwind_cursor cursor;
static struct unwind_trace trace;
static uint64_t calls[FRAMES_MAX];
static struct _Unwind_Exception exception;
static jmp_buf forced_end;
static unsigned reached;

/* == What shapes.c calls, and the unwinder ========================================================================= */

void plan_next(struct plan *plan)
{
    if (plan->at < plan->count)
        plan->calls[plan->at++](plan);
    else
        plan->bottom(plan);
    __asm__ volatile(""); /* so that neither call is a tail call */
}

void plan_note(struct plan *plan, int which, uintptr_t value)
{
    if (plan->note_count < PLAN_NOTES_MAX)
        plan->notes[plan->note_count++] = (struct note){which, value};
}

uintptr_t plan_opaque(uintptr_t value)
{
    return value;
}

int plan_arguments(struct plan *plan, int a, int b, int c, int d, int e, int f, int g, int h, int i, int j)
{
    plan_next(plan);
    return a + b + c + d + e + f + g + h + i + j;
}

bool unwind_find_stack(uint64_t sp, uint64_t *low, uint64_t *high)
{
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (*high == 0 && pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &start, &size);
        *low = (uintptr_t)start;
        *high = (uintptr_t)start + size;
    }
    return sp >= *low && sp <= *high;
}

void unwind_failed(const struct unwind_cursor *failed, enum unwind_result result)
{
    printf("Bail out! phase 2 at %#" PRIx64 ": %s\n", failed->pc, unwind_result_name(result));
    exit(1);
}

void panic_at(const struct panic_place *place, const char *format, ...)
{
    printf("Bail out! panic in %s: %s\n", place->function, format);
    exit(1);
}

void __wrap__Unwind_Resume(void *object)
{
    if (object == &cursor)
        ossa_unwind_resume(object);
    __real__Unwind_Resume(object);
}

/* == Backtraces ==================================================================================================== */

struct libgcc_frame {
    uint64_t pc, sp, kept[KEPT];
};

struct libgcc_walk {
    struct libgcc_frame frames[FRAMES_MAX];
    unsigned count;
};

static struct libgcc_walk libgcc_walk;

static _Unwind_Reason_Code libgcc_frame(struct _Unwind_Context *context, void *unused)
{
    (void)unused;
    if (libgcc_walk.count == FRAMES_MAX)
        return _URC_NORMAL_STOP;
    struct libgcc_frame *frame = &libgcc_walk.frames[libgcc_walk.count++];
    frame->pc = _Unwind_GetIP(context);
    frame->sp = _Unwind_GetCFA(context);
    for (unsigned i = 0; i < KEPT; i++)
        frame->kept[i] = _Unwind_GetGR(context, kept_columns[i]);
    return _URC_NO_REASON;
}

/* The first frame is each walk's own: they begin at different instructions of bottom_compare(). */
__attribute__((noinline)) static void compare_walks(const ucontext_t *context)
{
    struct arch_frame frame;
    unsigned at = 0;
    enum unwind_result result;
    host_context_frame(context, &frame);
    unwind_begin(&cursor, &frame, false);
    while ((result = unwind_step(&cursor)) == UNWIND_OK && ++at < libgcc_walk.count) {
        struct libgcc_frame *want = &libgcc_walk.frames[at];
        bool same = cursor.pc == want->pc && cursor.registers.slot[ARCH_UNWIND_SP] == want->sp;
        for (unsigned i = 0; i < KEPT; i++)
            same &= cursor.registers.slot[unwind_slot(kept_columns[i])] == want->kept[i];
        if (!CHECK(same)) {
            printf("# frame %u: pc %#" PRIx64 " want %#" PRIx64 ", sp %#" PRIx64 " want %#" PRIx64 "\n", at, cursor.pc,
                   want->pc, cursor.registers.slot[ARCH_UNWIND_SP], want->sp);
            return;
        }
    }
    /* libgcc shows the end of the stack as a frame without pc. */
    if (!CHECK(result == UNWIND_END_OF_STACK && at + 2 == libgcc_walk.count && libgcc_walk.frames[at + 1].pc == 0))
        printf("# %s at %#" PRIx64 ", frame %u of %u\n", unwind_result_name(result), cursor.pc, at, libgcc_walk.count);
    reached++;
}

static void bottom_compare(struct plan *plan)
{
    ucontext_t context;
    (void)plan;
    libgcc_walk.count = 0;
    _Unwind_Backtrace(libgcc_frame, NULL);
    getcontext(&context);
    compare_walks(&context);
}

static void run_plan(struct plan *plan, void (*const *functions)(struct plan *), unsigned count,
                     void (*bottom)(struct plan *))
{
    *plan = (struct plan){.calls = functions, .count = count, .bottom = bottom};
    plan_next(plan);
}

/* The last shape, calls_no_return, cannot come back from the bottom. */
static bool returns(const struct shape *shape)
{
    return shape[1].name != NULL;
}

HOST_TEST(backtrace_each_shape)
{
    static struct plan plan;
    for (unsigned level = 0; level < LEVELS; level++) {
        for (const struct shape *shape = levels[level]->all; returns(shape); shape++) {
            reached = 0;
            run_plan(&plan, &shape->call, 1, bottom_compare);
            CHECK(reached > 0 || strcmp(shape->name, "hot_cold") == 0);
            CHECK_EQ(plan.wrong, 0);
        }
    }
}

/* Shapes of all levels on one stack, without the last. */
static unsigned random_shapes(void (**functions)(struct plan *), unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        functions[i] = levels[host_random() % LEVELS]->all[host_random() % 15].call;
    return count;
}

HOST_TEST(backtrace_random_stacks)
{
    static struct plan plan;
    void (*functions[PLAN_CALLS_MAX])(struct plan *);
    for (unsigned round = 0; round < 200; round++) {
        run_plan(&plan, functions, random_shapes(functions, 10), bottom_compare);
        CHECK_EQ(plan.wrong, 0);
    }
}

/* == Unwinding ===================================================================================================== */

/* Phase 1 and 2 of Ossa's from a context. The frame is the caller's own or a trap's. */
static void raise_ours(const ucontext_t *context, bool exact)
{
    struct arch_frame frame;
    host_context_frame(context, &frame);
    unwind_begin(&cursor, &frame, exact);
    trace = (struct unwind_trace){.calls = calls, .max = FRAMES_MAX};
    unwind_trace(&cursor, &trace);
    if (CHECK(trace.handler && !trace.trap_in_between) && CHECK_EQ(trace.end, UNWIND_END_OF_STACK))
        unwind_run(&cursor);
    printf("# %s after %zu frames\n", unwind_result_name(trace.end), trace.count);
    exit(1);
}

static _Unwind_Reason_Code forced_stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                       struct _Unwind_Exception *object, struct _Unwind_Context *context,
                                       void *argument)
{
    (void)version, (void)actions, (void)class, (void)object, (void)argument;
    if (_Unwind_GetIP(context) == (uintptr_t)arch_unwind_catch_site)
        longjmp(forced_end, 1);
    return _URC_NO_REASON;
}

static void raise_libgcc(void)
{
    memset(&exception, 0, sizeof(exception));
    _Unwind_ForcedUnwind(&exception, forced_stop, NULL);
    printf("Bail out! libgcc found no catch frame\n");
    exit(1);
}

static void bottom_ours(struct plan *plan)
{
    ucontext_t context;
    (void)plan;
    getcontext(&context);
    raise_ours(&context, false);
}

static void bottom_libgcc(struct plan *plan)
{
    (void)plan;
    raise_libgcc();
}

static void start_plan(void *plan)
{
    plan_next(plan);
}

static struct plan ours, libgccs;

static void compare_notes(const char *name)
{
    bool same = ours.note_count == libgccs.note_count;
    for (unsigned i = 0; same && i < ours.note_count; i++)
        same = ours.notes[i].which == libgccs.notes[i].which && ours.notes[i].value == libgccs.notes[i].value;
    if (!CHECK(same))
        printf("# %s: %u notes, want %u\n", name, ours.note_count, libgccs.note_count);
}

/* Runs a plan twice, each time to a panic at its bottom. */
static void compare_unwinding(const char *name, void (*const *functions)(struct plan *), unsigned count,
                              void (*bottom)(struct plan *), void (*libgcc_bottom)(struct plan *))
{
    ours = (struct plan){.calls = functions, .count = count, .bottom = bottom};
    CHECK(arch_unwind_catch(start_plan, &ours));
    libgccs = (struct plan){.calls = functions, .count = count, .bottom = libgcc_bottom};
    if (setjmp(forced_end) == 0)
        CHECK(!arch_unwind_catch(start_plan, &libgccs));
    compare_notes(name);
}

HOST_TEST(unwind_each_shape)
{
    for (unsigned level = 0; level < LEVELS; level++) {
        for (const struct shape *shape = levels[level]->all; shape->name; shape++) {
            compare_unwinding(shape->name, &shape->call, 1, bottom_ours, bottom_libgcc);
            CHECK(ours.note_count > 0 || strcmp(shape->name, "plain") == 0);
        }
    }
}

HOST_TEST(unwind_random_stacks)
{
    void (*functions[PLAN_CALLS_MAX])(struct plan *);
    for (unsigned round = 0; round < 500; round++)
        compare_unwinding("random", functions, random_shapes(functions, 10), bottom_ours, bottom_libgcc);
}

HOST_TEST(unwind_deep_stack)
{
    void (*functions[PLAN_CALLS_MAX])(struct plan *);
    compare_unwinding("deep", functions, random_shapes(functions, 250), bottom_ours, bottom_libgcc);
    CHECK(trace.count > 500);
}

HOST_TEST(catch_keeps_registers)
{
    static const char names[] = "one nested many_values";
    for (unsigned level = 0; level < LEVELS; level++) {
        ours = (struct plan){.calls = &levels[level]->all[3].call, .count = 1, .bottom = bottom_ours};
        CHECK(strstr(names, levels[level]->all[3].name) != NULL);
        CHECK_EQ(levels[level]->keep_registers(start_plan, &ours), 0);
    }
}

static void do_nothing(void *argument)
{
    *(int *)argument += 1;
}

HOST_TEST(catch_without_panic)
{
    int count = 0;
    CHECK(!arch_unwind_catch(do_nothing, &count));
    CHECK_EQ(count, 1);
}

/* == Faults ======================================================================================================== */

static bool fault_is_ours;

static void take_fault(int signal, siginfo_t *information, void *context)
{
    (void)signal, (void)information;
    if (fault_is_ours)
        raise_ours(context, true);
    raise_libgcc();
}

static void catch_faults(bool are_ours)
{
    struct sigaction action = {.sa_sigaction = take_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    fault_is_ours = are_ours;
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

static void (*fault_function)(struct plan *);

static void bottom_fault_ours(struct plan *plan)
{
    catch_faults(true);
    fault_function(plan);
}

static void bottom_fault_libgcc(struct plan *plan)
{
    catch_faults(false);
    fault_function(plan);
}

/* libgcc does not come back from a call to nowhere: the cleanups are known all the same. */
HOST_TEST(unwind_faults)
{
    for (unsigned level = 0; level < LEVELS; level++) {
        const struct shapes *shapes = levels[level];
        for (const struct shape *shape = shapes->all; returns(shape); shape++) {
            fault_function = shapes->fault_read;
            compare_unwinding(shape->name, &shape->call, 1, bottom_fault_ours, bottom_fault_libgcc);
            CHECK_EQ(ours.notes[0].which + ours.notes[1].which >= 160, true);
            fault_function = shapes->fault_leaf;
            compare_unwinding(shape->name, &shape->call, 1, bottom_fault_ours, bottom_fault_libgcc);
            ours = (struct plan){.calls = &shape->call, .count = 1, .bottom = bottom_fault_ours};
            fault_function = shapes->fault_call;
            CHECK(arch_unwind_catch(start_plan, &ours));
            CHECK_EQ(trace.calls[0], 0x10);
            CHECK(ours.note_count > 0);
        }
    }
}

static void take_signal(int signal)
{
    ucontext_t context;
    struct arch_frame frame;
    (void)signal;
    libgcc_walk.count = 0;
    _Unwind_Backtrace(libgcc_frame, NULL);
    getcontext(&context);
    host_context_frame(&context, &frame);
    unwind_begin(&cursor, &frame, false);
    if (unwind_step(&cursor) != UNWIND_OK || unwind_step(&cursor) == UNWIND_NO_FDE)
        SKIP("the system has the code that signal handlers return to, without a table");
    compare_walks(&context);
}

HOST_TEST(backtrace_through_signal)
{
    signal(SIGUSR1, take_signal);
    raise(SIGUSR1);
}

static bool can_step, stepping, lossy;
static unsigned steps, lost_steps;
static uint64_t handler_sp;

static void switch_stepping(int number, siginfo_t *information, void *context)
{
    (void)number, (void)information;
    stepping = !stepping;
    can_step = host_context_step(context, stepping);
}

/* Wherever it stops, the stack leads to the same catch frame and then to its end. */
static void take_step(int number, siginfo_t *information, void *context)
{
    struct arch_frame frame;
    enum unwind_result result;
    uint64_t found_sp = 0;
    (void)number, (void)information;
    host_context_frame(context, &frame);
    unwind_begin(&cursor, &frame, true);
    while ((result = unwind_step(&cursor)) == UNWIND_OK) {
        if (unwind_at_handler(&cursor))
            found_sp = cursor.registers.slot[ARCH_UNWIND_SP];
    }
    if (steps++ == 0)
        handler_sp = found_sp;
    if (result == UNWIND_END_OF_STACK && found_sp != 0 && found_sp == handler_sp)
        return;
    lost_steps++;
    if (!lossy)
        host_test_fail(__FILE__, __LINE__, "at %#" PRIx64 ": %s", cursor.pc, unwind_result_name(result));
}

static void bottom_return(struct plan *plan)
{
    (void)plan;
}

static void step_plan(void *plan)
{
    raise(SIGUSR2);
    plan_next(plan);
    raise(SIGUSR2);
}

/*
 * Prologues and epilogues too: the tables must be asynchronous, and be read to the instruction. Only where a function
 * that aligned its stack leaves, GCC's tables do not say that registers are popped already.
 */
HOST_TEST(backtrace_each_instruction)
{
    sigaction(SIGUSR2, &(struct sigaction){.sa_sigaction = switch_stepping, .sa_flags = SA_SIGINFO}, NULL);
    sigaction(SIGTRAP, &(struct sigaction){.sa_sigaction = take_step, .sa_flags = SA_SIGINFO}, NULL);
    for (unsigned level = 0; level < LEVELS; level++) {
        for (const struct shape *shape = levels[level]->all; returns(shape); shape++) {
            ours = (struct plan){.calls = &shape->call, .count = 1, .bottom = bottom_return};
            steps = lost_steps = 0;
            lossy = strncmp(shape->name, "aligned", 7) == 0;
            CHECK(!arch_unwind_catch(step_plan, &ours));
            if (!can_step)
                SKIP("no single steps on this architecture");
            CHECK(steps > 50 && lost_steps <= (lossy ? 4 : 0));
        }
    }
}
