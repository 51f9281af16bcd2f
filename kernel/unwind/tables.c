/* SPDX-License-Identifier: 0BSD */
/*
 * Where the linker has put the kernel's own tables and code.
 */
#include <ossa/image.h>
#include <ossa/unwind.h>

const struct unwind_tables unwind_tables = {
    .header = eh_frame_hdr_start,
    .header_end = eh_frame_hdr_end,
    .frames = eh_frame_start,
    .frames_end = eh_frame_end,
    .lsda = lsda_start,
    .lsda_end = lsda_end,
    .text = text_start,
    .text_end = text_end,
};
