# SPDX-License-Identifier: 0BSD
# The only place for x86_64's toolchain, code generation, emulator and firmware.

TOOLCHAIN_PREFIXES := x86_64-linux-gnu- x86_64-elf- x86_64-unknown-elf- native

ARCH_CFLAGS := -m64 -mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fcf-protection=none
GUARD_FLAGS := -mstack-protector-guard=tls -mstack-protector-guard-reg=gs -mstack-protector-guard-offset=8

QEMU          := qemu-system-x86_64
FIRMWARES     := grub grub-uefi pvh microvm
TEST_FIRMWARE := microvm
TEST_SLOW     := grub-uefi
TEST_CPUS     := qemu64 max
# FIRMWARE:SMP:options of QEMU's -machine, for make matrix; :few: the tests that look at each CPU once, or at none.
TEST_MACHINES := pvh:4:hpet=off pvh:64: microvm:64: pvh:255::few

# Lines of code in the evening: what CONFIG=tiny compiles, neither blank nor comment. scripts/check-style
TINY_LINES := 2500

# How many nanoseconds, and so under -icount shift=0 instructions, a tick of arch_ticks() takes in QEMU.
ICOUNT_NS_PER_TICK := 1

qemu_exit     := -device isa-debug-exit,iobase=0xf4,iosize=0x04
QEMU_grub      = -M q35 $(qemu_exit) -cdrom $B/ossa.iso
QEMU_grub-uefi = -M q35 $(qemu_exit) -cdrom $B/ossa.iso -net none \
    -drive if=pflash,format=raw,unit=0,readonly=on,file=$(or $(OVMF_CODE),$(error OVMF not found: install ovmf)) \
    -drive if=pflash,format=raw,unit=1,snapshot=on,file=$(OVMF_VARS)
QEMU_pvh       = -M q35 $(qemu_exit) -kernel $B/ossa.elf -append "$(APPEND)"
QEMU_microvm   = -M microvm $(qemu_exit) -kernel $B/ossa.elf -append "$(APPEND)"

# UEFI for QEMU, where Debian and Ubuntu, Fedora, Arch, openSUSE and Homebrew put it; the variables lie beside the code.
OVMF_CODE ?= $(firstword $(wildcard /usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd \
    /usr/share/edk2/ovmf/OVMF_CODE.fd /usr/share/edk2/x64/OVMF_CODE.4m.fd /usr/share/edk2/x64/OVMF_CODE.fd \
    /usr/share/qemu/ovmf-x86_64-code.bin /opt/homebrew/share/qemu/edk2-x86_64-code.fd \
    /usr/local/share/qemu/edk2-x86_64-code.fd))
OVMF_VARS ?= $(subst x86_64-code.fd,i386-vars.fd,$(subst -code.bin,-vars.bin,$(subst CODE,VARS,$(OVMF_CODE))))
