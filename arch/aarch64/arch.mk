# SPDX-License-Identifier: 0BSD
# The only place for aarch64's toolchain, code generation, emulator and firmware.

TOOLCHAIN_PREFIXES := aarch64-linux-gnu- aarch64-elf- aarch64-unknown-elf- aarch64-none-elf- native

ARCH_CFLAGS := -mgeneral-regs-only -mstrict-align -mno-outline-atomics -mcmodel=small
GUARD_FLAGS := -mstack-protector-guard=sysreg -mstack-protector-guard-reg=sp_el0 -mstack-protector-guard-offset=0

QEMU          := qemu-system-aarch64
FIRMWARES     := virt virt-el2
TEST_FIRMWARE := virt
TEST_CPUS     := cortex-a53 cortex-a72 neoverse-n1 max
# FIRMWARE:SMP:options of QEMU's -machine, for make matrix; :few: the tests that look at each CPU once, or at none.
TEST_MACHINES := virt:4:gic-version=2 virt:4:gic-version=3 virt:64:gic-version=3 virt:512:gic-version=3:few

# Lines of code in the evening: what CONFIG=tiny compiles, neither blank nor comment. scripts/check-style
# EL2 and EL3, caches and break-before-make take 250 lines more than elsewhere.
TINY_LINES := 2750

# How many nanoseconds, and so under -icount shift=0 instructions, a tick of arch_ticks() takes in QEMU.
ICOUNT_NS_PER_TICK := 16

IMAGES         = $B/Image
qemu_exit     := -semihosting-config enable=on,target=native
QEMU_virt     = -M virt -cpu cortex-a72 $(qemu_exit) -kernel $B/Image -append "$(APPEND)"
QEMU_virt-el2 = -M virt,virtualization=on -cpu cortex-a72 $(qemu_exit) -kernel $B/Image -append "$(APPEND)"
