/* SPDX-License-Identifier: 0BSD */
/*
 * A plugin for QEMU that counts the instructions of a boot one by one: those of the kernel, by where they are executed,
 * and all, firmware's included. scripts/bench compiles it, says where the kernel is and which places are marks, and
 * reads the file it writes: the first time each mark is reached, a line with its name, the kernel's instructions before
 * it and all before it.
 *
 * The declarations are those few of QEMU's plugin interface that are used (QEMU, "QEMU TCG Plugins", API): it comes
 * without a header in most packages. Exact with one CPU only.
 *
 * Arguments: out=FILE  va=START-END  pa=START-END  mark=NAME:FIRST:LAST
 * The kernel is what executes in [START, END) of va, or of pa as long as the MMU is off. A mark with FIRST == LAST is
 * reached just before the instruction there, else when FIRST..LAST, a function that calls none, has been left.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*qemu_plugin_vcpu_tb_trans_cb_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*qemu_plugin_vcpu_udata_cb_t)(unsigned vcpu_index, void *userdata);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_plugin_vcpu_tb_trans_cb_t callback);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t callback,
                                            enum qemu_plugin_cb_flags flags, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* What QEMU looks for. PLUGIN_API is the oldest version it takes: 1 before QEMU 9, 2 from there on. */
extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);

int qemu_plugin_version = PLUGIN_API;

struct range {
    uint64_t start, end;
};

struct mark {
    char name[32];
    uint64_t first, last;
    bool entered, reached;
};

static struct range kernel_va, kernel_pa;
static struct mark marks[16];
static size_t mark_count;
static uint64_t kernel_instructions, all_instructions;
static FILE *out;

static bool in_range(const struct range *range, uint64_t place)
{
    return place >= range->start && place < range->end;
}

static bool is_reached(struct mark *mark, uint64_t place)
{
    if (mark->first == mark->last)
        return place == mark->first;
    if (place == mark->first)
        mark->entered = true;
    return mark->entered && !(place >= mark->first && place < mark->last);
}

static void on_kernel(unsigned vcpu_index, void *place)
{
    (void)vcpu_index;
    for (struct mark *mark = marks; mark < marks + mark_count; mark++) {
        if (mark->reached || !is_reached(mark, (uintptr_t)place))
            continue;
        mark->reached = true;
        fprintf(out, "%s %" PRIu64 " %" PRIu64 "\n", mark->name, kernel_instructions, all_instructions);
        fflush(out);
    }
    kernel_instructions++;
    all_instructions++;
}

static void on_other(unsigned vcpu_index, void *place)
{
    (void)vcpu_index;
    (void)place;
    all_instructions++;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t place = qemu_plugin_insn_vaddr(insn);
        bool kernel = in_range(&kernel_va, place) || in_range(&kernel_pa, place);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, kernel ? on_kernel : on_other, QEMU_PLUGIN_CB_NO_REGS,
                                               (void *)(uintptr_t)place);
    }
}

static bool read_argument(const char *argument)
{
    struct mark *mark = &marks[mark_count];
    if (strncmp(argument, "out=", 4) == 0)
        return (out = fopen(argument + 4, "w")) != NULL;
    if (sscanf(argument, "va=%" SCNx64 "-%" SCNx64, &kernel_va.start, &kernel_va.end) == 2)
        return true;
    if (sscanf(argument, "pa=%" SCNx64 "-%" SCNx64, &kernel_pa.start, &kernel_pa.end) == 2)
        return true;
    if (mark_count == sizeof(marks) / sizeof(marks[0]) ||
        sscanf(argument, "mark=%31[^:]:%" SCNx64 ":%" SCNx64, mark->name, &mark->first, &mark->last) != 3)
        return false;
    mark_count++;
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!read_argument(argv[i])) {
            fprintf(stderr, "boot_count: %s: cannot be used\n", argv[i]);
            return 1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return out == NULL;
}
