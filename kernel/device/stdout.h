/* SPDX-License-Identifier: 0BSD */
/*
 * Between the files of kernel/device/: the node that stdout-path names, which device_read_stdout() has looked for.
 */
#pragma once

#include <ossa/fdt.h>

extern struct fdt_node device_stdout;
extern bool device_has_stdout;
