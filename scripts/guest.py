# SPDX-License-Identifier: 0BSD
"""What scripts/test and scripts/bench share: asking make for kernels and emulator command lines, and running a command
with a bound on its time and on what it prints. Knows no test, no bench and no architecture."""
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUTPUT_MAX_BYTES = 1 << 20
POLL_S = 0.1
GRACE_S = 5  # from SIGTERM to SIGKILL; scripts/run gives QEMU two of them

running = set()
running_lock = threading.Lock()


class Result:
    """How a command ended. status: its exit status, or None if it was killed; why: None, or the reason for that."""

    def __init__(self, status, output, seconds, why=None):
        self.status, self.output, self.seconds, self.why = status, output, seconds, why


def make_environment():
    """The environment without the outer make's job server, which is not ours; its variables stay in force."""
    environment = dict(os.environ)
    flags = [word for word in environment.get("MAKEFLAGS", "").split() if not re.match(r"-j|--jobserver|-l|-O", word)]
    environment["MAKEFLAGS"] = " ".join(flags)
    return environment


def kill_group(process):
    """Kills what a command left running: it leads a process group of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def watch(process, ended, output, timeout_s, why):
    """Stops what takes or prints too much, and kills what does not stop; its reason goes to `why`."""
    end = time.monotonic() + timeout_s
    while not ended.wait(POLL_S):
        if time.monotonic() > end + GRACE_S:
            kill_group(process)
        elif not why and time.monotonic() > end:
            why.append("no end after %d s" % timeout_s)
            process.terminate()
        elif not why and os.fstat(output.fileno()).st_size > OUTPUT_MAX_BYTES:
            why.append("printed more than %d bytes" % OUTPUT_MAX_BYTES)
            process.terminate()
            end = time.monotonic()


def run(command, timeout_s, log=None, environment=None):
    """Runs a command and keeps what it prints, in the file `log` too. Kills what takes or prints too much, and what the
    command leaves behind: this returns although a process that outlives it holds its output open. It prints to a file,
    for a pipe's reader would have to wake up for each byte that a guest sends."""
    start = time.monotonic()
    with open(log, "w+b") if log else tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        except OSError as error:
            return Result(None, "", 0, "%s: %s" % (command[0], error.strerror))
        with running_lock:
            running.add(process)
        why, ended = [], threading.Event()
        watcher = threading.Thread(target=watch, args=(process, ended, output, timeout_s, why), daemon=True)
        watcher.start()
        status = process.wait()
        ended.set()
        watcher.join()
        kill_group(process)
        with running_lock:
            running.discard(process)
        output.truncate(min(output.seek(0, os.SEEK_END), OUTPUT_MAX_BYTES))
        output.seek(0)
        text = output.read().decode("utf-8", "replace").replace("\r", "")
    if status < 0 and not why:
        why.append("died of signal %d" % -status)
    return Result(None if why else status, text, time.monotonic() - start, why[0] if why else None)


def stop_all():
    """Ends every command under way; scripts/run takes its QEMU along."""
    with running_lock:
        for process in running:
            process.terminate()


def die_with_children():
    """Makes SIGTERM and SIGHUP end this process as Ctrl-C does, so that stop_all() is reached."""
    def interrupt(number, frame):
        raise KeyboardInterrupt
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def make(*arguments, timeout_s=300, log=None):
    return run(["make", "-s", "--no-print-directory"] + list(arguments), timeout_s, log, make_environment())


def make_variables(arch, *names):
    """The values of the Makefile's variables as `make ARCH=arch` sees them."""
    result = make("ARCH=" + arch, *["print-" + name for name in names])
    lines = result.output.split("\n")
    if result.status != 0 or len(lines) < len(names):
        sys.exit("make ARCH=%s: %s" % (arch, result.output.strip() or result.why))
    return [line.strip() for line in lines[-len(names) - 1:-1]]


def command_line_of(output):
    """The emulator's command line from the output of `make ... qemu-command`, its last line."""
    lines = output.strip().split("\n")
    return shlex.split(lines[-1])


def takes_command_line(command):
    return "-append" in command


def set_arguments(command, smp=None, mem=None, append=None, more=(), accel=None):
    """The same machine with other CPUs, memory, kernel command line and accelerator."""
    command = list(command)
    for option, value in (("-smp", smp), ("-m", mem), ("-append", append), ("-accel", accel)):
        if value is not None:
            command[command.index(option) + 1] = str(value)
    return command + list(more)


def boot(command, timeout_s, log=None):
    """Boots and returns the kernel's status as scripts/run documents it."""
    return run(["scripts/run", "--timeout", str(timeout_s), "--"] + command, timeout_s + 10, log)
