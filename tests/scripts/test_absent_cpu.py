#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Boots the test kernel with a devicetree that names a CPU more than the machine has: it must be named and left out, and
the others run. Where there is no devicetree to give to QEMU there is nothing to test. Prints KTAP version 1."""
import argparse
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "scripts"))
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


def check(output):
    for words in ("cpu: %d of %d run" % (CPUS, CPUS + 1), "ok 1 cpu_numbers_and_ids"):
        if words not in output:
            raise AssertionError("no `%s' in\n%s" % (words, output[-2000:]))
    if not any(words in output for words in SAID):
        raise AssertionError("it is not named in\n%s" % output[-2000:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="x86_64 riscv64 aarch64", help="architectures, by blanks: %(default)s")
    arches = parser.parse_args().arch.split()
    print("KTAP version 1\n1..%d" % len(arches), flush=True)
    failed = 0
    for number, arch in enumerate(arches, 1):
        name = "absent_cpu_" + arch
        try:
            with tempfile.TemporaryDirectory() as folder:
                output = boot_with_less(arch, folder) if os.path.isdir(os.path.join(ROOT, "kernel", "cpu")) else None
            if output is None:
                print("ok %d %s # SKIP no kernel/cpu, or no devicetree" % (number, name), flush=True)
                continue
            check(output)
            print("ok %d %s" % (number, name), flush=True)
        except Exception as error:
            failed += 1
            print("".join("# %s\n" % line for line in str(error).split("\n")), end="")
            print("not ok %d %s" % (number, name), flush=True)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
