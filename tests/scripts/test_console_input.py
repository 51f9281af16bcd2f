#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Types at the console of the test kernel, which sends back what has come by its interrupts; prints KTAP version 1."""
import argparse
import functools
import os
import select
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import ktap  # noqa: E402
sys.path.insert(0, os.path.join(ktap.ROOT, "scripts"))
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
    for part in ("device", "interrupt"):
        if not os.path.isdir(os.path.join(ktap.ROOT, "kernel", part)):
            raise ktap.Skip("no kernel/" + part)
    firmware, = guest.make_variables(arch, "TEST_FIRMWARE")
    result = guest.make("ARCH=" + arch, "CONFIG=test", "FIRMWARE=" + firmware, "APPEND=", "SMP=2", "MEM=128M",
                        "QEMU_ARGS=", "image", "qemu-command")
    if result.status != 0:
        raise AssertionError(result.output or result.why)
    command = guest.set_arguments(guest.command_line_of(result.output),
                                  append="test=console_input_is_echoed typist=1")
    process = subprocess.Popen(command, cwd=guest.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
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
    ktap.run([("console_input_" + arch, functools.partial(type_line, arch)) for arch in arches])


main()
