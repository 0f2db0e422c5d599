#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs every test and prints TAP, then a last line "N passed, N failed".

Three kinds of tests: C programs (unit and fake-xen, each built plainly and
with sanitizers), Python tests in network namespaces, Python tests in the lab
(real Xen).  `./check` builds what they need and then calls this."""

import argparse
import fnmatch
import os
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOWEST = 40    # of the tests are named with their seconds at the end
RESULT = re.compile(r"(not )?ok\b *(?:\d+)? *-? *(\S+)(?: \(([0-9.]+) s\))?")


class Programs:
    """The C test programs of one build."""

    def __init__(self, build, suffix):
        self.build = ROOT / "build" / build
        self.suffix = suffix

    def programs(self):
        made = subprocess.run(["make", "-s", "-C", self.build, "print-check-programs"],
                              capture_output=True, text=True, check=True)
        return [self.build / name for name in made.stdout.split()]

    def tests(self, options):
        for program in self.programs():
            listed = subprocess.run([program, "--list"], capture_output=True, text=True,
                                    check=True, cwd=self.build)
            for name in listed.stdout.split():
                yield name + self.suffix, program

    def run(self, chosen, options):
        """Yields (name, passed, notes, seconds) for each of the chosen (name, program)."""
        environment = dict(os.environ, srcdir=str(ROOT))
        for program in dict.fromkeys(program for _, program in chosen):
            names = [name for name, owner in chosen if owner == program]
            plain = [name.removesuffix(self.suffix) for name in names]
            # One run a program, unless only some of its tests are wanted.
            whole = len(plain) == sum(1 for _, p in self.tests(options) if p == program)
            commands = ([[program]] if whole else
                        [[program, "--only", name] for name in plain])
            for command in commands:
                yield from self._run_program(command, plain if whole else [command[2]],
                                             environment)

    def _run_program(self, command, names, environment):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", cwd=self.build,
                                   env=environment)
        left, notes, last = list(names), [], time.monotonic()
        for line in process.stdout:
            result = RESULT.match(line)
            if result and result[2] in left:
                left.remove(result[2])
                passed, now = not result[1], time.monotonic()
                yield result[2] + self.suffix, passed, [] if passed else notes, now - last
                notes, last = [], now
            else:
                notes.append(line.rstrip())
        status = process.wait()
        for name in left:
            yield name + self.suffix, False, notes + [
                f"not finished; exit status {status}"], 0
        if status and not left:
            yield Path(command[0]).name + self.suffix, False, notes + [
                f"exit status {status}"], 0


class PythonTests:
    """A folder of pytest tests, or some of its files; tests/tap.py prints the
    results."""

    def __init__(self, folder, only=("test_*.py",), but=(), environment=None):
        self.folder = ROOT / "tests" / folder
        self.environment = environment or {}
        self.files = sorted(self._named(only) - self._named(but))

    def _named(self, patterns):
        return {path for pattern in patterns for path in self.folder.glob(pattern)}

    def _pytest(self, *arguments, options):
        environment = dict(os.environ, PYTHONPATH=str(ROOT / "tests"),
                           PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1",
                           XSM_LONG="1" if options.long else "", **self.environment)
        return subprocess.Popen(
            ["/usr/bin/python3", "-m", "pytest", "-c", ROOT / "tests/pytest.ini", "--rootdir",
             ROOT / "tests", "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "tap",
             *arguments, *self.files],
            stdout=subprocess.PIPE, text=True, errors="replace", cwd=ROOT, env=environment)

    def tests(self, options):
        process = self._pytest("--collect-only", options=options)
        names = [line.split()[1] for line in process.stdout if line.startswith("test ")]
        if process.wait() not in (0, 5):
            raise SystemExit(f"check: cannot collect the tests in {self.folder}")
        return [(name, name) for name in names]

    def run(self, chosen, options):
        left, notes = [name for name, _ in chosen], []
        process = self._pytest("--tap-only", ",".join(left), options=options)
        for line in process.stdout:
            result = RESULT.match(line)
            if result and result[2] in left:
                left.remove(result[2])
                yield result[2], not result[1], notes, float(result[3] or 0)
                notes = []
            else:
                notes.append(line.rstrip())
        process.wait()
        for name in left:
            yield name, False, notes + [
                f"not run; pytest's exit status {process.returncode}"], 0


class SideBySide:
    """Suites that run at the same time."""

    def __init__(self, *suites):
        self.suites = suites

    def tests(self, options):
        for suite in self.suites:
            for name, key in suite.tests(options):
                yield name, (suite, key)

    def run(self, chosen, options):
        results, running = queue.SimpleQueue(), 0

        def run(suite, tests):
            end = None
            try:
                for result in suite.run(tests, options):
                    results.put(result)
            except Exception as problem:
                end = problem       # to be raised where it is seen
            results.put(end)

        for suite in self.suites:
            tests = [(name, key) for name, (owner, key) in chosen if owner is suite]
            if tests:
                threading.Thread(target=run, args=(suite, tests)).start()
                running += 1
        while running:
            result = results.get()
            if isinstance(result, Exception):
                raise result
            if result:
                yield result
            else:
                running -= 1


# The lab's machine has one processor, and so leaves the half of a small machine
# idle: its tests go in two halves, each in a lab of its own.  One has Debian's
# hypervisor, and one xen-patch's, which has something for mode=virtual.
HALF = "test_linux*.py", "test_nic_*.py", "test_uart_*.py"
LABS = SideBySide(PythonTests("lab", only=HALF, environment={"XSM_LAB_XEN": "patched"}),
                  PythonTests("lab", but=HALF))
SUITES = [Programs("plain", ""), Programs("sanitizers", "_sanitized"),
          PythonTests("documents"), PythonTests("guest"), PythonTests("unit/uart"),
          PythonTests("differential"),
          PythonTests("fuzz"), PythonTests("net"), PythonTests("bench"), LABS]


def matches(name, pattern):
    return not pattern or fnmatch.fnmatch(name, pattern) or pattern in name


def main():
    parser = argparse.ArgumentParser(prog="check", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name all tests")
    parser.add_argument("--only", metavar="PATTERN", default="",
                        help="run the tests whose name holds or matches PATTERN (nic, 'main_*')")
    parser.add_argument("--long", action="store_true", help="also run the slow tests")
    parser.add_argument("--bench", action="store_true",
                        help="measure instead: a table, build/plain/bench.json, bench.svg")
    options = parser.parse_args()
    if options.bench:
        return subprocess.call(["make", "-s", "-C", ROOT / "build/plain", "bench"])

    plan = [(suite, [test for test in suite.tests(options) if matches(test[0], options.only)])
            for suite in SUITES]
    if options.list:
        for _, tests in plan:
            for name, _ in tests:
                print(name)
        return 0

    print("TAP version 13", flush=True)
    print(f"1..{sum(len(tests) for _, tests in plan)}", flush=True)
    started, number, failed, seconds = time.monotonic(), 0, [], {}
    for suite, tests in plan:
        if not tests:
            continue
        for name, passed, notes, seconds_taken in suite.run(tests, options):
            seconds[name] = seconds_taken
            number += 1
            for note in notes:
                print(f"# {note}")
            print(f"{'ok' if passed else 'not ok'} {number} - {name}", flush=True)
            if not passed:
                failed.append(name)
    for name in sorted(seconds, key=seconds.get, reverse=True)[:SLOWEST]:
        if seconds[name] >= 10:
            print(f"# {seconds[name]:.0f} s in {name}")
    print(f"# {time.monotonic() - started:.0f} s")
    for name in failed:
        print(f"# failed: {name}")
    print(f"{number - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main())
