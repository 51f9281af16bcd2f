#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Boots the test kernel with a devicetree that names a CPU more than the machine has: it must be named and left out, and
the others run. Where there is no devicetree to give to QEMU there is nothing to test. Prints KTAP version 1."""
import argparse
import functools
import os
import sys
import tempfile

sys.dont_write_bytecode = True
import ktap  # noqa: E402
sys.path.insert(0, os.path.join(ktap.ROOT, "scripts"))
import guest  # noqa: E402

TIMEOUT_S = 60
CPUS = 2
SAID = ("cpu: 0x2 has been started, but does not arrive", "cpu: 0x2 cannot be started")


def boot_with_less(arch, folder):
    """What the kernel prints; None if this machine takes no devicetree."""
    firmware, = guest.make_variables(arch, "TEST_FIRMWARE")
    result = guest.make("ARCH=" + arch, "CONFIG=test", "FIRMWARE=" + firmware, "APPEND=", "SMP=%d" % CPUS, "MEM=128M",
                        "QEMU_ARGS=", "image", "qemu-command")
    if result.status != 0:
        raise AssertionError(result.output or result.why)
    command = guest.set_arguments(guest.command_line_of(result.output), append="test=cpu_numbers_and_ids")
    tree = os.path.join(folder, arch + ".dtb")
    larger = guest.set_arguments(command, smp=CPUS + 1)
    machine = larger.index("-M") + 1
    larger[machine] += ",dumpdtb=" + tree
    guest.run(larger, TIMEOUT_S)  # writes it and ends, or boots
    if not os.path.exists(tree):
        return None
    return guest.run(command + ["-dtb", tree], TIMEOUT_S).output


def check(arch):
    if not os.path.isdir(os.path.join(ktap.ROOT, "kernel", "cpu")):
        raise ktap.Skip("no kernel/cpu")
    with tempfile.TemporaryDirectory() as folder:
        output = boot_with_less(arch, folder)
    if output is None:
        raise ktap.Skip("no devicetree")
    for words in ("cpu: %d of %d run" % (CPUS, CPUS + 1), "ok 1 cpu_numbers_and_ids"):
        ktap.want(words in output, "no `%s' in" % words, output[-2000:])
    ktap.want(any(words in output for words in SAID), "it is not named in", output[-2000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="x86_64 riscv64 aarch64", help="architectures, by blanks: %(default)s")
    ktap.run([("absent_cpu_" + arch, functools.partial(check, arch)) for arch in parser.parse_args().arch.split()])


main()
