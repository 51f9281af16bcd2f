#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Tests scripts/run, scripts/test and scripts/deps against fake guests; prints KTAP version 1.

The fakes are shell scripts that stand for make and QEMU and misbehave as FAKE in the environment says: what must be
noticed is an exit status that lies, a stream that lies, a guest that hangs, floods, vanishes or survives.
"""
import glob
import argparse
import importlib.machinery
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

sys.dont_write_bytecode = True
import ktap  # noqa: E402


def load(path):
    loader = importlib.machinery.SourceFileLoader(os.path.basename(path), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


runner = load(os.path.join(ktap.ROOT, "scripts", "test"))
Result = runner.guest.Result


def check(got, want, what):
    if got != want:
        raise AssertionError("%s: got %r, want %r" % (what, got, want))


# == The judges =======================================================================================================

GOOD = "[ 1t] ready\n\nKTAP version 1\n1..2\nok 1 one\n[ 2t] noise\nok 2 two # SKIP no device\n"
NAMES = ["one", "two"]


def judged(text, status=0, expected=NAMES):
    cases, problems = runner.judge_tests(Result(status, text, 0), expected)
    return [case.outcome for case in cases], problems


@ktap.test
def good_run_is_good():
    check(judged(GOOD), (["passed", "skipped"], []), "cases and problems")


@ktap.test
def each_oddity_is_noticed():
    failing = GOOD.replace("ok 1 one", "# a.c:7: does not hold: x\nnot ok 1 one")
    for text, status, word in (
            (GOOD, 1, "exit status: got 1, want 0"),
            (GOOD, 125, "exit status: got 125"),
            (GOOD.replace("1..2\n", ""), 0, "no plan"),
            (GOOD.replace("1..2", "1..3"), 0, "plan: got 2 results, want 3"),
            (GOOD.replace("ok 2", "ok 3"), 0, "numbering: got 3, want 2"),
            (GOOD.replace("ok 2 two", "ok 2 one"), 0, "run twice: one"),
            (GOOD.replace("ok 2 two", "ok 2 one"), 0, "not run: two"),
            (GOOD.replace("two", "three"), 0, "not in the kernel's list: three"),
            (GOOD.replace("ok 2 two # SKIP no device\n", ""), 0, "not run: two"),
            (GOOD.replace("1..2\nok 1 one\n", "ok 1 one\n1..2\n"), 0, "a plan in the wrong place"),
            (GOOD.replace("KTAP version 1\n", ""), 0, "no line `KTAP version 1'"),
            (GOOD + GOOD, 0, "a second KTAP stream"),
            (GOOD.replace("noise\n", "noise "), 0, "not run: two"),
            (GOOD.replace("ok 1 one", "ok one"), 0, "a result line that cannot be read"),
            (GOOD.replace("ok 1 one", "ok 1 one survived"), 0, "something survived"),
            (GOOD.replace("[ 2t] noise", "panic: at the disco"), 0, "unexpected: panic: at the disco"),
            (GOOD.replace("[ 2t] noise", "boot: E05 x: got 1, want 2"), 0, "unexpected: boot: E05"),
            (GOOD.replace("# SKIP", "# TODO"), 0, "words after a result"),
            ("KTAP version 1\n1..0\n", 0, "no test was run"),
            ("", 0, "no test was run"),
            (failing, 0, "exit status: got 0, want 1")):
        problems = judged(text, status)[1]
        if not any(word in problem for problem in problems):
            raise AssertionError("%r, status %d: got %r, want %r" % (text, status, problems, word))
    check(judged(failing, 1), (["failed", "skipped"], []), "a test that fails")
    check(judged(GOOD, None)[1], ["exit status: got None, want 0"], "a killed guest")


@ktap.test
def failure_keeps_its_reason():
    cases, problems = runner.judge_results("KTAP version 1\n1..1\n# a.c:7: does not hold: x\nnot ok 1 one\n")
    check((cases[0].text, problems), ("# a.c:7: does not hold: x", []), "text")


FATAL = "\nKTAP version 1\n1..1\n# fatal: status 101, words: panic: so\n\npanic: so: it went\n"


@ktap.test
def fatal_must_die_as_told():
    def outcome(text, status=101):
        return runner.judge_fatal(Result(status, text, 0), "f", 101, "panic: so")[0][0].outcome

    check(outcome(FATAL), "passed", "as told")
    for text, status, what in ((FATAL, 0, "status 0"), (FATAL, 103, "another status"), (FATAL, 125, "vanished"),
                               (FATAL.replace("it went", "it went") + "not ok 1 f survived\n", 101, "survived"),
                               (FATAL.replace("\npanic: so: it went", ""), 101, "words only in the announcement"),
                               ("panic: so" + FATAL.replace("panic: so: it", ""), 101, "died too early"),
                               (FATAL.replace("# fatal", "# fat"), 101, "not started"),
                               (FATAL.replace("1..1\n", ""), 101, "no plan"), ("", 101, "nothing")):
        check(outcome(text, status), "failed", what)
    for words, want in (("panic: so ... went", "passed"), ("went ... panic: so", "failed"), ("so ... so", "failed")):
        check(runner.judge_fatal(Result(101, FATAL, 0), "f", 101, words)[0][0].outcome, want, "words in order: " + words)
    skip = "\nKTAP version 1\n1..1\n# fatal: status 101, words: x\nok 1 f # SKIP not compiled in\n"
    check(outcome(skip, 0), "skipped", "a fatal test that skips")


@ktap.test
def init_must_be_ready():
    def outcome(text, status=0):
        return runner.judge_init(Result(status, text, 0))[0][0].outcome

    check(outcome("[ 3t] ready, 3 ticks\nhello\n"), "passed", "as it must be")
    check(outcome("[ 3t] ready, 3 ticks\n", 1), "failed", "status 1")
    check(outcome("[ 3t] already\n"), "failed", "no ready")
    check(outcome("[ 3t] ready\npanic: x\n"), "failed", "panic")


@ktap.test
def list_must_be_whole():
    check(runner.read_list(Result(0, "# test a\n# fatal f 101 panic: no\n", 0)), (["a"], [("f", 101, "panic: no")], []),
          "list")
    check(bool(runner.read_list(Result(0, "", 0))[2]), True, "zero tests")
    check(bool(runner.read_list(Result(0, "# test a\n# test a\n", 0))[2]), True, "a name twice")
    check(bool(runner.read_list(Result(1, "# test a\n", 0))[2]), True, "status")


@ktap.test
def junit_is_xml():
    cases = [runner.Case("a<b", "failed", "got \"<&>\"\x00\x1b[m"), runner.Case("c", "error"),
             runner.Case("d", "skipped", "why")]
    with tempfile.NamedTemporaryFile() as file:
        runner.write_junit(file.name, [("job", cases, 1.5, "log\x07 <&]]>")])
        root = xml.etree.ElementTree.parse(file.name).getroot()
    check(root.attrib, {"tests": "3", "failures": "1", "errors": "1", "skipped": "1", "time": "1.500"}, "sums")
    check(root[0][0][0].text, "got \"<&>\"??[m", "failure's text")
    check(root[0][-1].text, "log? <&]]>", "log")


# == scripts/run ======================================================================================================

FAKE_QEMU = """#!/bin/sh
for pid_file; do :; done
echo $$ >"$pid_file"
trap 'rm -f "$pid_file"; exit 0' TERM
case $1 in
exit) rm -f "$pid_file"; exit "$2" ;;
signal) kill -"$2" $$ ;;
hang) sleep 30 >/dev/null 2>&1 & wait $! ;;
deaf) trap '' TERM; while :; do sleep 0.1; done ;;
cat) cat; rm -f "$pid_file"; exit 33 ;;
esac
"""


def write_script(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)


def fake_qemu(folder):
    path = os.path.join(folder, "qemu-fake")
    write_script(path, FAKE_QEMU)
    return path


def default_signals():
    """What a child starts with, whatever we inherited: a shell cannot trap a signal that was ignored when it began, as
    nohup leaves SIGHUP."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)


def run_script(*arguments, **options):
    return subprocess.run([os.path.join(ktap.ROOT, "scripts", "run")] + list(arguments), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, timeout=20,
                          preexec_fn=default_signals, **options)


@ktap.test
def run_translates_every_status():
    with tempfile.TemporaryDirectory() as folder:
        qemu = fake_qemu(folder)
        for arguments, want, words in ((("exit", "33"), 0, ""), (("exit", "35"), 1, "init() returned 1"),
                                       (("exit", "231"), 99, "init() returned 99"), (("exit", "235"), 101, "panicked"),
                                       (("exit", "237"), 102, "boot error"), (("exit", "239"), 103, "while panicking"),
                                       (("exit", "139"), 53, "init() returned 53"), (("exit", "0"), 125, "vanished"),
                                       (("exit", "1"), 126, "failed with status 1"), (("exit", "34"), 126, "failed"),
                                       (("signal", "SEGV"), 126, "died of signal 11"),
                                       (("signal", "KILL"), 126, "died of signal 9")):
            result = run_script("--", qemu, *arguments, stdin=subprocess.DEVNULL)
            if result.returncode != want or words not in result.stderr:
                raise AssertionError("%s: got %d %r, want %d %r" % (arguments, result.returncode, result.stderr, want,
                                                                    words))
        result = run_script("--", qemu, "cat", input="through\n")
        check((result.returncode, result.stdout), (0, "through\n"), "standard input and output")
        check(run_script("--", "qemu-system-of-nobody").returncode, 127, "no such QEMU")


def running(program):
    """The processes of this program, which is a script."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if program in words[:2]:
            found.append(path.split("/")[2])
    return found


def parent_of(process):
    """The fourth field of its stat (proc(5)), behind a name that may have anything in it; None if it is gone."""
    try:
        with open("/proc/%s/stat" % process) as file:
            return file.read().rpartition(")")[2].split()[1]
    except OSError:
        return None


@ktap.test
def run_leaves_no_qemu_behind():
    with tempfile.TemporaryDirectory() as folder:
        qemu = fake_qemu(folder)
        check(run_script("--timeout", "1", "--", qemu, "hang").returncode, 124, "timeout")
        processes = [(number, subprocess.Popen([os.path.join(ktap.ROOT, "scripts", "run"), "--", qemu, kind],
                                               stderr=subprocess.PIPE, preexec_fn=default_signals))
                     for number in (signal.SIGTERM, signal.SIGHUP) for kind in ("hang", "deaf")]
        runs = {str(process.pid) for number, process in processes}
        deadline = time.monotonic() + 10
        # What a guest has just forked looks like one, but is no child of scripts/run.
        while (started := sum(parent_of(guest) in runs for guest in running(qemu))) < len(processes) \
                and time.monotonic() < deadline:
            time.sleep(0.01)
        check(started, len(processes), "guests started")
        for number, process in processes:
            process.send_signal(number)
        for number, process in processes:
            check(process.wait(timeout=10), 128 + number, "stopped by signal %d" % number)
            process.stderr.close()
        check(running(qemu), [], "processes left")


@ktap.test
def run_does_not_wait_for_what_a_command_leaves_behind():
    result = runner.guest.run(["sh", "-c", "sleep 30 & setsid sleep 5 & echo $!; exit 3"], 10)
    check((result.status, result.why, result.seconds < 5), (3, None, True), "status, why, and the time it took")
    runner.guest.GRACE_S = 1
    result = runner.guest.run(["sh", "-c", "trap '' TERM; sleep 30; sleep 30"], 1)
    check((result.status, result.why), (None, "no end after 1 s"), "a command that is deaf to SIGTERM")


# == scripts/test, whole, in a tree where make and QEMU are fakes =====================================================

FAKE_MAKE = """#!/bin/sh
for word; do
    case $word in
    print-FIRMWARES) echo fast slow ;;
    print-TEST_FIRMWARE) echo fast ;;
    print-*) echo ;;
    host-tests) echo "$PWD/test_host" ;;
    CONFIG=*) config=${word#*=} ;;
    FIRMWARE=slow) slow=yes ;;
    image) [ "$FAKE" != build ] || { echo "error: this does not compile"; exit 2; } ;;
    qemu-command) echo "./qemu-fake x '$config' -m 128M -smp 1 ${slow:--append ''}" ;;
    run) ./qemu-fake x "$config" -m 128M -smp 1 -append '' -pidfile pid; [ $? -eq 33 ] ;;
    esac
done
"""

FAKE_GUEST = """#!/bin/sh
for pid_file; do :; done
append=
while [ $# -gt 0 ]; do
    [ "$1" != x ] || config=$2
    [ "$1" != -append ] || append=$2
    shift
done
leave() { exit $(($1 * 2 + 33)); }
echo "[ 1t] ready, 1 ticks after entry"
case $config in *test*) ;; *) leave 0 ;; esac
case $append in
'test=?') echo "# test one"; echo "# test two"; echo "# test soak_one"; echo "# fatal dies 101 panic: so"; leave 0 ;;
test=dies)
    printf '\\nKTAP version 1\\n1..1\\n# fatal: status 101, words: panic: so\\n'
    [ "$FAKE" != survives ] || { echo "not ok 1 dies survived"; leave 1; }
    echo "panic: so it ends"; leave 101 ;;
esac
printf '\\nKTAP version 1\\n1..2\\nok 1 one\\n'
case $FAKE in
hangs) echo $$ >"$pid_file"; exec sleep 30 ;;
floods) while :; do echo "more and more and more and more and more and more and more and more"; done ;;
vanishes) exit 0 ;;
esac
[ "$FAKE" != soak ] || { echo "# seed=5"; echo "not ok 2 two"; leave 1; }
echo "ok 2 two"
leave 0
"""


def run_tests(fake, *more):
    """Exit status, output and junit.xml of scripts/test among fakes that misbehave in one way."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "scripts"))
        for name in ("run", "test", "deps", "guest.py"):
            shutil.copy(os.path.join(ktap.ROOT, "scripts", name), os.path.join(folder, "scripts", name))
        path = os.path.join(folder, "scripts", "test")
        with open(path) as file:
            text = file.read()
        for given in ("BOOT_TIMEOUT_S = 60", "LOADER_TIMEOUT_S = 90"):
            text = text.replace(given, given.split()[0] + " = 1")
        write_script(path, text)
        write_script(os.path.join(folder, "make"), FAKE_MAKE)
        write_script(os.path.join(folder, "qemu-fake"), FAKE_GUEST)
        write_script(os.path.join(folder, "test_host"), "#!/bin/sh\nprintf 'KTAP version 1\\n1..1\\nok 1 host\\n'\n")
        environment = dict(os.environ, FAKE=fake, PATH=folder + os.pathsep + os.environ["PATH"])
        result = subprocess.run([sys.executable, path, "--arch", "fake", "--out", "out", "--jobs", "8"] + list(more),
                                cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                universal_newlines=True, timeout=60, preexec_fn=default_signals)
        junit = xml.etree.ElementTree.parse(os.path.join(folder, "out", "junit.xml")).getroot()
        return result.returncode, result.stdout, junit


def check_session(fake, status, words, *more):
    got, output, junit = run_tests(fake, *more)
    summary = output.rstrip("\n").split("\n")[-1]
    passed, failed = int(summary.split()[0]), int(summary.split()[2])
    check(summary, "%d passed, %d failed, %d skipped" % (passed, failed, int(summary.split()[4])), "last line")
    if got != status or words not in output or (failed == 0 and status != 0 and passed > 0):
        raise AssertionError("%s: status got %d, want %d with %r in:\n%s" % (fake, got, status, words, output))
    check(int(junit.get("tests")), passed + failed, "cases in junit.xml")
    return passed


@ktap.test
def session_passes_if_all_is_well():
    check(check_session("nothing", 0, "jobs in") > 10, True, "more than 10 cases")


@ktap.test
def session_runs_one_by_name():
    check(check_session("nothing", 0, "jobs in", "--name", "dies"), 1, "a fatal test, in the kernel that has it usually")
    check(check_session("nothing", 1, "no test of the name nobody", "--name", "nobody"), 0, "an unknown name")


@ktap.test
def session_runs_a_list_of_names():
    check(check_session("nothing", 0, "jobs in", "--name", "one,t*") > 5, True, "more than 5 cases")


@ktap.test
def names_are_chosen_as_the_kernel_does():
    tests = ["one", "once", "two", "soak_one"]
    for names, want in (("", ["one", "once", "two"]), ("one", ["one"]), ("on*", ["one", "once"]), ("o", []),
                        ("two,soak_*", ["two", "soak_one"]), ("*", tests), ("one*,x", ["one"]), ("nothing", [])):
        check(runner.choose(tests, names), want, "test=" + names)


@ktap.test
def session_soaks_from_a_seed():
    got, output, _ = run_tests("soak", "--soak", "1", "--seed", "77")
    check((got, "soak=1 seed=77" in output, "seed 77" in output), (1, True, True), "status, command and seed: " + output)


@ktap.test
def session_fails_if_a_guest_hangs():
    check_session("hangs", 1, "no end after 1 s")


@ktap.test
def session_says_what_repeats_a_failure():
    check_session("hangs", 1, "again: make ARCH=fake CONFIG=test FIRMWARE=fast SMP=1 MEM=32M APPEND= run")
    check_session("soak", 1, "MEM=64M 'APPEND= seed=5' run")


@ktap.test
def session_fails_if_a_guest_floods():
    check_session("floods", 1, "printed more than 1048576 bytes")


@ktap.test
def session_fails_if_a_guest_vanishes():
    check_session("vanishes", 1, "got 125, want 0")


@ktap.test
def session_fails_if_a_fatal_test_survives():
    check_session("survives", 1, "it survived")


@ktap.test
def session_fails_if_a_kernel_does_not_build():
    check_session("build", 1, "error: this does not compile")


# == scripts/deps =====================================================================================================

@ktap.test
def deps_names_the_package():
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("sh", "sed", "awk", "grep", "tr", "paste", "dirname", "uname", "cut", "sort", "cat"):
            os.symlink(shutil.which(tool), os.path.join(folder, tool))
        environment = {"PATH": folder}

        def deps(*arguments):
            result = subprocess.run([os.path.join(ktap.ROOT, "scripts", "deps")] + list(arguments), env=environment,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
            return result.returncode, result.stdout
        status, line = deps("--missing", "compiler", "riscv64")
        check((status, "gcc-riscv64-linux-gnu" in line, line.count("\n")), (0, True, 1), "missing compiler: " + line)
        status, line = deps("--missing", "emulator", "qemu-system-aarch64")
        check((status, "qemu-system-arm" in line), (0, True), "missing emulator: " + line)
        status, text = deps("--arch", "riscv64", "run")
        check((status, "qemu-system-riscv64" in text, "grub" in text), (1, True, False), "names for riscv64: " + text)
        status, text = deps("--doctor", "--arch", "riscv64")
        check((status, "missing: package gcc-riscv64-linux-gnu" in text), (0, True), "doctor: " + text)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    ktap.run_collected()


main()
