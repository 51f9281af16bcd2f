#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Compares the page tables as the kernel lists them with what QEMU's MMU makes of them; prints KTAP version 1.

The test kernel lists its mappings and is stopped at machine_exit() by QEMU's gdb stub, which passes commands on to the
monitor: x86_64 `info tlb', riscv64 `info mem'. aarch64 has neither; arch/aarch64/tests/paging.c asks the CPU.
"""
import argparse
import functools
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import ktap  # noqa: E402
sys.path.insert(0, os.path.join(ktap.ROOT, "scripts"))
import guest  # noqa: E402

TIMEOUT_S = 30
TLB_X86_64 = re.compile(r"([0-9a-f]{16}): ([0-9a-f]{16}) ([X-])[G-]([P-])[D-][A-][C-][T-][U-]([W-])")
MEM_RISCV64 = re.compile(r"([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{16}) (r[w-][x-])")
LEAF = re.compile(r"(?m)^# leaf (\w+) (\w+) (\w+) (\S+)$")


def read_x86_64(text):
    return [(int(va, 16), int(pa, 16), 1 << 21 if block == "P" else 1 << 12,
             "r" + ("w" if write == "W" else "-") + ("-" if no_execute == "X" else "x"))
            for va, pa, no_execute, block, write in TLB_X86_64.findall(text)]


def read_riscv64(text):
    return [(int(va, 16), int(pa, 16), int(size, 16), flags) for va, pa, size, flags in MEM_RISCV64.findall(text)]


VIEWS = {"x86_64": ("info tlb", read_x86_64), "riscv64": ("info mem", read_riscv64)}


def merge(mappings):
    """Neighbours that continue each other become one: how large the entries are is not compared."""
    merged = []
    for va, pa, size, flags in sorted(mappings):
        if merged and merged[-1][0] + merged[-1][2] == va and merged[-1][1] + merged[-1][2] == pa \
                and merged[-1][3] == flags:
            va, pa, size = merged[-1][0], merged[-1][1], merged.pop()[2] + size
        merged.append((va, pa, size, flags))
    return ["%016x %x %x %s" % mapping for mapping in merged]


class Stub:
    """QEMU's gdb stub (GDB manual, "Remote Protocol"). It goes on without acknowledgements, so none are sent."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_S)
        end = time.monotonic() + TIMEOUT_S
        while self.socket.connect_ex(path) != 0:
            if time.monotonic() > end:
                raise AssertionError("QEMU's gdb stub does not answer")
            time.sleep(0.02)
        self.file = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 0xff))

    def receive(self):
        while self.file.read(1) not in (b"$", b""):
            pass
        text = b""
        while not text.endswith(b"#"):
            byte = self.file.read(1)
            if not byte:
                raise AssertionError("QEMU has ended")
            text += byte
        self.file.read(2)
        return text[:-1].decode()

    def ask(self, text):
        self.send(text)
        return self.receive()

    def monitor(self, command):
        self.send("qRcmd," + command.encode().hex())
        output = ""
        while True:
            answer = self.receive()
            if answer == "OK":
                return output
            output += bytes.fromhex(answer[1:]).decode()


def views(arch, folder):
    """The kernel's list of mappings and QEMU's."""
    firmware, make_nm = guest.make_variables(arch, "TEST_FIRMWARE", "NM")
    result = guest.make("ARCH=" + arch, "CONFIG=test", "FIRMWARE=" + firmware, "APPEND=", "SMP=1", "MEM=128M",
                        "QEMU_ARGS=", "image", "qemu-command")
    if result.status != 0:
        raise AssertionError(result.output or result.why)
    command = guest.command_line_of(result.output)
    elf = command[command.index("-kernel") + 1]
    names = subprocess.run([make_nm, elf], cwd=guest.ROOT, check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    address = re.search(r"(?m)^(\w+) T machine_exit$", names).group(1)
    serial, stub_path = os.path.join(folder, arch + ".log"), os.path.join(folder, arch)
    command = guest.set_arguments(command, append="test=paging_leaves_are_listed", more=(
        "-S", "-chardev", "socket,id=stub,server=on,wait=off,path=" + stub_path, "-gdb", "chardev:stub"))
    command[command.index("-serial") + 1] = "file:" + serial
    process = subprocess.Popen(command, cwd=guest.ROOT, stdin=subprocess.DEVNULL)
    try:
        stub = Stub(stub_path)
        if stub.ask("Z0,%s,1" % address) != "OK":
            raise AssertionError("no breakpoint at machine_exit")
        stub.ask("c")
        monitor_command, read = VIEWS[arch]
        seen = read(stub.monitor(monitor_command))
    finally:
        process.kill()
        process.wait()
    with open(serial, errors="replace") as file:
        told = [(int(va, 16), int(pa, 16), int(size, 16), flags)
                for va, pa, size, flags in LEAF.findall(file.read().replace("\r", ""))]
    return merge(told), merge(seen)


def compare(arch, folder):
    if arch not in VIEWS:
        raise ktap.Skip("QEMU does not show them")
    if not os.path.isdir(os.path.join(ktap.ROOT, "kernel", "memory")):
        raise ktap.Skip("no kernel/memory")
    told, seen = views(arch, folder)
    if not told:
        raise AssertionError("the kernel has listed nothing")
    differences = ["only the kernel: " + line for line in told if line not in seen]
    differences += ["only QEMU: " + line for line in seen if line not in told]
    if differences:
        raise AssertionError("\n".join(differences))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", default=" ".join(VIEWS), help="architectures, separated by blanks: %(default)s")
    arches = parser.parse_args().arch.split()
    with tempfile.TemporaryDirectory() as folder:
        ktap.run([("page_tables_" + arch, functools.partial(compare, arch, folder)) for arch in arches])


main()
