# SPDX-License-Identifier: 0BSD
# The only place for riscv64's toolchain, code generation, emulator and firmware.

TOOLCHAIN_PREFIXES := riscv64-linux-gnu- riscv64-elf- riscv64-unknown-elf- riscv64-none-elf- native

# The linker makes no accesses relative to gp, for it finds no __global_pointer$.
ARCH_CFLAGS := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-save-restore
GUARD_FLAGS := -mstack-protector-guard=tls -mstack-protector-guard-reg=tp -mstack-protector-guard-offset=0

QEMU          := qemu-system-riscv64
FIRMWARES     := opensbi opensbi-image
TEST_FIRMWARE := opensbi
TEST_CPUS     := rv64 rv64,sstc=off sifive-u54
# FIRMWARE:SMP:options of QEMU's -machine, for make matrix; :few: the tests that look at each CPU once, or at none. Its
# harts do not let others run when they pause.
TEST_MACHINES := opensbi:4:aia=aplic opensbi:4:aia=aplic-imsic opensbi:64::few opensbi:512::few

# Lines of code in the evening: what CONFIG=tiny compiles, neither blank nor comment. scripts/check-style
TINY_LINES := 2500

# How many nanoseconds, and so under -icount shift=0 instructions, a tick of arch_ticks() takes in QEMU.
ICOUNT_NS_PER_TICK := 100

IMAGES         = $B/Image
QEMU_opensbi       = -M virt -bios default -kernel $B/ossa.elf -append "$(APPEND)"
QEMU_opensbi-image = -M virt -bios default -kernel $B/Image -append "$(APPEND)"
