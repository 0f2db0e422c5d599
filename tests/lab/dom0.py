# SPDX-License-Identifier: BSD-2-Clause
"""Commands and files in dom0: ssh over one kept connection, and a 9p share.

The first connection costs seconds under emulation, each command over it about
a tenth of one, a third of that by an agent.  Files go through the share: it is a
hundred times faster.
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

# Where nothing else comes from dom0, ssh asks whether it is there.  QEMU can lose the
# interrupt of the machine's own timer when that comes while a guest's VMEXIT is
# emulated; a machine that then sleeps in HLT would do so for good, and goes on with
# the next frame that reaches dom0.
HEARTBEAT_SECONDS = 2
TIMED_OUT = 124         # what timeout(1) exits with
LOST = 255              # what ssh exits with when its connection breaks
# Commands that change nothing: they may be asked again after that.
QUESTIONS = ("xl domid", "xl list", "mediatorctl status", "mediatorctl list", "xenstore-read",
             "xenstore-exists", "xenstore-ls", "pgrep", "cat /proc", "cat /run/lab")


def _is_question(cmd):
    line = cmd if isinstance(cmd, str) else " ".join(map(str, cmd))
    return line.startswith(QUESTIONS) and ">" not in line


class Agent:
    """dom0/exec_agent at the other end of the connection: who runs many commands is
    spared a session of sshd, and a shell, for each."""

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
        """(status, stdout, stderr) of a shell line, all but the status as bytes; LOST
        where the connection is."""
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
        # It writes a line for each that it reads: nothing is left in the buffer.
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            self.end()          # or its answer would be taken for the next one's
            raise subprocess.TimeoutExpired("a command in dom0", timeout)
        return self._process.stdout.readline()

    def end(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Dom0:
    """Several programs may use one lab: what they share is in its folder,
    ssh.sock, and ssh.json, which identifies the process behind it."""

    def __init__(self, folder, network, ssh_key):
        self._agent = None
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

    def disconnect(self):
        process.end(self._connection(), 1.0)

    def start_agent(self):
        """From now on exec() goes to it."""
        shutil.copy(Path(__file__).parent / "dom0/exec_agent", self.folder / "share")
        self._agent = Agent(self.folder / "share/exec", self.command("exec sh /share/exec_agent"))

    def end_agent(self):
        if self._agent:
            self._agent.end()
            self._agent = None

    def connect(self, timeout_s=90.0):
        """Have a connection; cheap if there is one."""
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
                    # -n -T -N: a connection and nothing else.  Its socket is
                    # a file, so commands need not enter the namespace.
                    child = subprocess.Popen(
                        self.network.wrap(self._ssh(
                            "-M", "-nTN", "-o", f"ServerAliveInterval={HEARTBEAT_SECONDS}",
                            "-o", "ServerAliveCountMax=1000")), start_new_session=True,
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                who = process.identify(child.pid)
                (self.folder / "ssh.json").write_text(json.dumps(who))
                while child.poll() is None and time.monotonic() < deadline:
                    if sock.exists():
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
            # dom0 itself ends the command: killing ssh here would leave it running
            line = f"exec timeout -k 5 {timeout} /bin/sh -c {shlex.quote(line)}"
        return line

    def command(self, cmd, timeout=None, tty=False):
        """The argv, for this host, that runs cmd in dom0.  cmd: a shell line,
        or a list of words."""
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
        """Run cmd in dom0; a CompletedProcess with text output.

        check: a non-zero exit is a LabError.  timeout, in seconds: the command
        is ended in dom0, and subprocess.TimeoutExpired raised."""
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
        """Start cmd in dom0 and go on; a subprocess.Popen of its ssh."""
        popen.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(self.command(cmd), **popen)

    def push(self, local, remote):
        """Copy a file or folder into dom0, as `cp -a` would: into remote if
        that is a folder, else to that name."""
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
    """A folder of the share for one copy, seen from both sides."""

    def __init__(self, share):
        self.here = share / f".parcel-{uuid.uuid4().hex[:8]}"

    def __enter__(self):
        self.here.mkdir()
        return self.here, f"/share/{self.here.name}"

    def __exit__(self, *exc):
        shutil.rmtree(self.here, ignore_errors=True)
