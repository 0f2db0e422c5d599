# SPDX-License-Identifier: BSD-2-Clause
"""This file runs commands in dom0, by ssh over one kept connection, and copies files to
and from it, by a 9p share.

Under emulation the first connection takes seconds, and each command over it about a tenth
of a second; by the agent a command takes a third of that.  Files go through the share
because it is a hundred times faster than ssh.
"""

import json
import os
import re
import select
import shlex
import shutil
import subprocess
import threading
import time
import uuid
from pathlib import Path

from . import process
from .cache import locked
from .network import DOM0_ADDRESS
from .report import LabError

# When nothing has come from dom0 for that long, ssh asks whether dom0 is still there.  The
# reason: QEMU can lose the interrupt of the machine's own timer when it comes while a
# guest's VMEXIT is emulated.  A machine that then sleeps in HLT would sleep for good; the
# frame with ssh's question wakes it.
HEARTBEAT_SECONDS = 2
TIMED_OUT = 124         # what timeout(1) exits with
LOST = 255              # what ssh exits with when its connection breaks
# Commands that begin so change nothing: they may be run again after a lost connection.
QUESTIONS = ("xl domid", "xl list", "mediatorctl status", "mediatorctl list", "xenstore-read",
             "xenstore-exists", "xenstore-ls", "pgrep", "cat /proc", "cat /run/lab")


def _is_question(cmd):
    line = cmd if isinstance(cmd, str) else " ".join(map(str, cmd))
    return line.startswith(QUESTIONS) and ">" not in line


class Agent:
    """An Agent is the host's end of dom0/exec_agent, which runs command after command in
    one ssh session.  So no command needs a session of sshd and a shell of its own."""

    def __init__(self, folder, argv):
        self._folder = folder
        self._folder.mkdir(exist_ok=True)
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True)
        self._number = 0
        self._one_at_a_time = threading.Lock()

    def is_alive(self):
        return self._process.poll() is None

    def run(self, line, given, timeout):
        """Run a shell line and return (status, stdout, stderr), the latter two as bytes.
        The status is LOST if the connection was lost."""
        with self._one_at_a_time:
            self._number += 1
            base = self._folder / str(self._number)
            base.with_suffix(".sh").write_text(line)
            if given is not None:
                base.with_suffix(".in").write_bytes(given)
            try:
                answer = self._ask("/dev/null" if given is None else
                                   f"/share/exec/{self._number}.in", timeout)
                if not answer:
                    self.end()
                    return LOST, b"", b""
                return (int(answer.split()[1]), base.with_suffix(".out").read_bytes(),
                        base.with_suffix(".err").read_bytes())
            finally:
                for path in self._folder.glob(f"{self._number}.*"):
                    path.unlink()

    def _ask(self, given, timeout):
        try:
            self._process.stdin.write(f"{self._number} {given}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return ""
        # The agent answers each line with one line, so no earlier answer is waiting in
        # the buffer, where select() would not see it.
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            self.end()          # a late answer would be taken for that of the next command
            raise subprocess.TimeoutExpired("a command in dom0", timeout)
        return self._process.stdout.readline()

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Dom0:
    """Dom0 is one lab's dom0.  Several programs may use a lab at a time; they share the
    connection by two files in the lab's folder: ssh.sock, and ssh.json, which identifies
    the process behind it."""

    def __init__(self, folder, network, ssh_key, qemu=None):
        """qemu is what identifies the machine's process (process.py)."""
        self._agent = None
        self.qemu = qemu
        self.folder = folder
        self.network = network
        self.ssh_key = ssh_key

    def _ssh(self, *more):
        return ["ssh", "-F", "none", "-S", str(self.folder / "ssh.sock"),
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-o", "ConnectTimeout=60",
                "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
                "-i", str(self.ssh_key), *more, f"root@{DOM0_ADDRESS}"]

    def _connection(self):
        try:
            return json.loads((self.folder / "ssh.json").read_text())
        except (OSError, ValueError):
            return None

    def _is_connected(self):
        return (self.folder / "ssh.sock").exists() and process.is_alive(self._connection())

    def _watch(self):
        """End the connection when QEMU ends.  Nothing else would: the cable to a machine that
        is gone looks like one to a machine that is slow, for which ssh waits half an hour."""
        end = shlex.join(map(str, self._ssh("-O", "exit")))
        subprocess.Popen(
            ["sh", "-c", f"tail -s 1 --pid={self.qemu['pid']} -f /dev/null; exec {end}"],
            start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def disconnect(self):
        process.end(self._connection(), 1.0)

    def start_agent(self):
        """Start the agent, which from now on runs what exec() is given."""
        shutil.copy(Path(__file__).parent / "dom0/exec_agent", self.folder / "share")
        self._agent = Agent(self.folder / "share/exec", self.command("exec sh /share/exec_agent"))

    def end_agent(self):
        if self._agent:
            self._agent.end()
            self._agent = None

    def connect(self, timeout_s=90.0):
        """Make the connection to dom0 unless there is one already."""
        if self._is_connected():
            return
        with locked(self.folder / "ssh.lock"):
            if self._is_connected():
                return
            self.disconnect()
            sock = self.folder / "ssh.sock"
            sock.unlink(missing_ok=True)
            deadline = time.monotonic() + timeout_s
            while True:
                with open(self.folder / "ssh.log", "ab") as log:
                    # -n -T -N make a connection and nothing else.  Commands reach it by
                    # its socket, which is a file, so they need not enter the namespace.
                    child = subprocess.Popen(
                        self.network.wrap(self._ssh(
                            "-M", "-nTN", "-o", f"ServerAliveInterval={HEARTBEAT_SECONDS}",
                            "-o", "ServerAliveCountMax=1000")), start_new_session=True,
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                who = process.identify(child.pid)
                (self.folder / "ssh.json").write_text(json.dumps(who))
                while child.poll() is None and time.monotonic() < deadline:
                    if sock.exists():
                        if self.qemu:
                            self._watch()
                        return
                    time.sleep(0.05)
                if time.monotonic() >= deadline:
                    process.end(who, 1.0)
                    words = (self.folder / "ssh.log").read_text(errors="replace").strip()
                    raise LabError(f"dom0's sshd does not answer within {timeout_s:.0f} s "
                                   f"({words or 'no message'}); `lab log` shows its console")
                time.sleep(0.5)

    @staticmethod
    def _line(cmd, timeout=None):
        line = cmd if isinstance(cmd, str) else shlex.join(map(str, cmd))
        if timeout is not None:
            # dom0 itself ends the command: if we killed ssh here, it would run on.
            line = f"exec timeout -k 5 {timeout} /bin/sh -c {shlex.quote(line)}"
        return line

    def command(self, cmd, timeout=None, tty=False):
        """Return the argv that, run on this host, runs cmd in dom0.  cmd is a shell line or
        a list of words."""
        self.connect()
        return self._ssh("-tt" if tty else "-T") + ["--", self._line(cmd, timeout)]

    def _run(self, cmd, timeout, input):
        given = input.encode() if isinstance(input, str) else input
        patience = None if timeout is None else timeout + 30
        line = self._line(cmd, timeout)
        if self._agent:
            if not self._agent.is_alive():
                self.start_agent()
            status, out, err = self._agent.run(line, given, patience)
        else:
            how = {"stdin": subprocess.DEVNULL} if given is None else {"input": given}
            done = subprocess.run(self.command(line), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=patience, check=False, **how)
            status, out, err = done.returncode, done.stdout, done.stderr
        if not isinstance(input, bytes):
            out, err = (re.sub("\r\n?", "\n", text.decode(errors="replace"))
                        for text in (out, err))
        return subprocess.CompletedProcess(cmd, status, out, err)

    def exec(self, cmd, check=True, timeout=None, input=None):
        """Run cmd in dom0 and return a CompletedProcess, whose output is text.

        With check, an exit status that is not 0 raises LabError.  After timeout seconds
        the command is ended in dom0, and subprocess.TimeoutExpired is raised.  If input
        is bytes, the output is bytes, too."""
        done = self._run(cmd, timeout, input)
        if done.returncode == LOST and not self._is_connected() and _is_question(cmd):
            done = self._run(cmd, timeout, input)
        if timeout is not None and done.returncode in (TIMED_OUT, 128 + 9):
            raise subprocess.TimeoutExpired(cmd, timeout, done.stdout, done.stderr)
        if check and done.returncode:
            lost = done.returncode == LOST and not self._is_connected()
            raise LabError(f"in dom0, {cmd!r} exited {done.returncode}:\n"
                           f"{done.stdout}{done.stderr}".rstrip()
                           + ("\nthe connection to dom0 was lost; see ssh.log" if lost else ""))
        return done

    def popen(self, cmd, **popen):
        """Start cmd in dom0 without waiting for it; return the subprocess.Popen of its ssh."""
        popen.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(self.command(cmd), **popen)

    def push(self, local, remote):
        """Copy a file or folder into dom0, as `cp -a` does: into remote if that is a
        folder, else to that name."""
        local = Path(local)
        if not local.exists():
            raise LabError(f"cannot push {local}: no such file")
        with self._parcel() as (here, there):
            name = local.resolve().name
            subprocess.run(["cp", "-a", "--", str(local.resolve()), here / name], check=True)
            self.exec(f"mkdir -p {shlex.quote(os.path.dirname(str(remote)) or '.')} && "
                      f"cp -a --remove-destination {shlex.quote(f'{there}/{name}')} {shlex.quote(str(remote))}")

    def pull(self, remote, local):
        """Copy a file or folder out of dom0."""
        local = Path(local)
        with self._parcel() as (here, there):
            self.exec(f"cp -a {shlex.quote(str(remote))} {there}/")
            found = list(Path(here).iterdir())
            target = local / found[0].name if local.is_dir() else local
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", "-T", "--", found[0], target], check=True)

    def _parcel(self):
        return _Parcel(self.folder / "share")


class _Parcel:
    """A _Parcel is a folder in the share for one copy, with its path on the host and its
    path in dom0."""

    def __init__(self, share):
        self.here = share / f".parcel-{uuid.uuid4().hex[:8]}"

    def __enter__(self):
        self.here.mkdir()
        return self.here, f"/share/{self.here.name}"

    def __exit__(self, *exc):
        shutil.rmtree(self.here, ignore_errors=True)
