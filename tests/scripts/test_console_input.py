#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Types at the console of the test kernel, which sends back what has come by its interrupts; prints KTAP version 1."""
import argparse
import os
import select
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import guest  # noqa: E402

TIMEOUT_S = 30
LINE = b"the quick brown fox 0123456789"


def read_until(process, words, end):
    """What the machine prints, up to these words."""
    output = b""
    while words not in output:
        left = end - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            raise AssertionError("no `%s' in %d s, but: %r" % (words.decode(), TIMEOUT_S, output[-400:]))
        piece = os.read(process.stdout.fileno(), 4096)
        if not piece:
            raise AssertionError("QEMU has ended: %r" % output[-400:])
        output += piece


def type_line(arch):
    firmware, = guest.make_variables(arch, "TEST_FIRMWARE")
    result = guest.make("ARCH=" + arch, "CONFIG=test", "FIRMWARE=" + firmware, "APPEND=", "SMP=2", "MEM=128M",
                        "QEMU_ARGS=", "image", "qemu-command")
    if result.status != 0:
        raise AssertionError(result.output or result.why)
    command = guest.set_arguments(guest.command_line_of(result.output),
                                  append="test=console_input_is_echoed typist=1")
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        end = time.monotonic() + TIMEOUT_S
        read_until(process, b"# type a line", end)
        process.stdin.write(LINE + b"\n")
        process.stdin.flush()
        read_until(process, b"# typed " + LINE + b"\r\nok 1 console_input_is_echoed", end)
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default="x86_64 riscv64 aarch64", help="architectures, by blanks: %(default)s")
    arches = parser.parse_args().arch.split()
    print("KTAP version 1\n1..%d" % len(arches), flush=True)
    failed = 0
    parts = [os.path.join(ROOT, "kernel", part) for part in ("device", "interrupt")]
    for number, arch in enumerate(arches, 1):
        name = "console_input_" + arch
        if not all(os.path.isdir(part) for part in parts):
            print("ok %d %s # SKIP no kernel/device or kernel/interrupt" % (number, name), flush=True)
            continue
        try:
            type_line(arch)
            print("ok %d %s" % (number, name), flush=True)
        except Exception as error:
            failed += 1
            print("".join("# %s\n" % line for line in str(error).split("\n")), end="")
            print("not ok %d %s" % (number, name), flush=True)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
