/* SPDX-License-Identifier: 0BSD */
/*
 * Phase 2: the cleanups of the frames between a panic and its catch frame. GCC puts those of a function into landing
 * pads, lists in .gcc_except_table (LSDA) which calls and faulting instructions lead to which pad, and ends each pad
 * with _Unwind_Resume(). Invariant: the cursor is one frame ahead of the pad that runs, so that coming back from it
 * takes neither a look at the stack nor at the tables.
 */
#include "reader.h"
#include <ossa/kasan.h>
#include <ossa/panic.h>

/* One field of the call site table: as numbers, not as pointers. */
static uint64_t read_call_site(struct reader *reader, uint8_t encoding)
{
    return encoding == ENCODING_ULEB128 ? reader_uleb(reader) : reader_u32(reader);
}

/*
 * The landing pad of the frame just left, 0 if there is none for left_site. The layout is GCC's own (gcc/except.cc,
 * output_function_exception_table); in C every action is 0, "cleanup", and there are no types.
 */
static enum unwind_result find_landing_pad(const struct unwind_cursor *cursor, uint64_t *pad)
{
    struct reader reader = {cursor->left_lsda, unwind_tables.lsda_end, false};
    uint64_t site = cursor->left_site - cursor->left_function, base = cursor->left_function;
    if (cursor->left_lsda < unwind_tables.lsda || cursor->left_lsda >= unwind_tables.lsda_end)
        return UNWIND_BAD_LSDA;
    uint8_t base_encoding = reader_u8(&reader);
    if (base_encoding != ENCODING_OMITTED)
        base = reader_pointer(&reader, base_encoding);
    if (reader_u8(&reader) != ENCODING_OMITTED)
        reader_uleb(&reader);
    uint8_t encoding = reader_u8(&reader);
    size_t length_bytes = reader_uleb(&reader);
    const uint8_t *call_sites = reader.at;
    reader_skip(&reader, length_bytes);
    reader.end = reader.at;
    reader.at = call_sites;
    reader.failed |= encoding != ENCODING_ULEB128 && encoding != ENCODING_UDATA4;
    *pad = 0;
    while (!reader.failed && reader.at < reader.end) {
        uint64_t start = read_call_site(&reader, encoding), size_bytes = read_call_site(&reader, encoding);
        uint64_t landing = read_call_site(&reader, encoding), action = reader_uleb(&reader);
        if (site < start) /* they are sorted */
            break;
        if (site - start >= size_bytes)
            continue;
        *pad = landing == 0 ? 0 : base + landing;
        bool valid = landing == 0 ||
                     (action == 0 && *pad >= (uintptr_t)unwind_tables.text && *pad < (uintptr_t)unwind_tables.text_end);
        reader.failed |= !valid;
        break;
    }
    return reader.failed ? UNWIND_BAD_LSDA : UNWIND_OK;
}

void unwind_run(struct unwind_cursor *cursor)
{
    enum unwind_result result = UNWIND_OK;
    while (!unwind_at_handler(cursor)) {
        uint64_t pad = 0;
        result = unwind_step(cursor);
        if (result == UNWIND_OK && cursor->left_lsda != NULL)
            result = find_landing_pad(cursor, &pad);
        if (result != UNWIND_OK)
            unwind_failed(cursor, result);
        if (pad == 0)
            continue;
        kasan_drop_frames(cursor->left_registers.slot[ARCH_UNWIND_SP]);
        arch_unwind_enter(&cursor->left_registers, pad, cursor);
    }
    kasan_drop_frames(cursor->registers.slot[ARCH_UNWIND_SP]);
    arch_unwind_enter(&cursor->registers, (uintptr_t)arch_unwind_caught, (void *)true);
}

/* Used: under LTO the references to these two appear only when code is generated. */
__attribute__((used)) void _Unwind_Resume(struct unwind_cursor *cursor)
{
    unwind_run(cursor);
}

__attribute__((used)) void __gcc_personality_v0(void)
{
    BUG();
}
