# SPDX-License-Identifier: 0BSD
# The port of nothing: every arch_ name there is, none of which works. A new port is a copy of this folder and of
# configs/template.config, and is written in the order of docs/porting.md. This file comes first: toolchain prefixes,
# what the compiler must not use before somebody saves it (floating point, red zones), and the emulator's line.

TOOLCHAIN_PREFIXES := native x86_64-linux-gnu- aarch64-linux-gnu- riscv64-linux-gnu-

# Whatever compiler builds this: the code model for the top 2 GiB. A port has one target and its own flags.
machine      = $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ARCH_CFLAGS  = $(if $(filter x86_64,$(machine)),-mcmodel=kernel)$(if $(filter riscv64,$(machine)),-mcmodel=medany) \
    -Wno-unused-parameter

QEMU          := qemu-system-template
FIRMWARES     := none
TEST_FIRMWARE := none
QEMU_none      = -kernel $B/ossa.elf -append "$(APPEND)"
