# SPDX-License-Identifier: BSD-2-Clause
"""Commands and files in dom0: ssh over one kept connection, and a 9p share.

The first connection costs seconds under emulation, each command over it about
a tenth of one.  Files go through the share: it is a hundred times faster.
"""

import json
import os
import shlex
import shutil
import subprocess
import time
import uuid
from pathlib import Path

from . import process
from .cache import locked
from .network import DOM0_ADDRESS
from .report import LabError

TIMED_OUT = 124         # what timeout(1) exits with
LOST = 255              # what ssh exits with when its connection breaks
# Commands that change nothing: they may be asked again after that.
QUESTIONS = ("xl domid", "xl list", "mediatorctl status", "mediatorctl list", "xenstore-read",
             "xenstore-exists", "xenstore-ls", "pgrep", "cat /proc", "cat /run/lab")


def _is_question(cmd):
    line = cmd if isinstance(cmd, str) else " ".join(map(str, cmd))
    return line.startswith(QUESTIONS) and ">" not in line


class Dom0:
    """Several programs may use one lab: what they share is in its folder,
    ssh.sock, and ssh.json, which identifies the process behind it."""

    def __init__(self, folder, network, ssh_key):
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
                        self.network.wrap(self._ssh("-M", "-nTN")), start_new_session=True,
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

    def command(self, cmd, timeout=None, tty=False):
        """The argv, for this host, that runs cmd in dom0.  cmd: a shell line,
        or a list of words."""
        self.connect()
        line = cmd if isinstance(cmd, str) else shlex.join(map(str, cmd))
        if timeout is not None:
            # dom0 itself ends the command: killing ssh here would leave it running
            line = f"exec timeout -k 5 {timeout} /bin/sh -c {shlex.quote(line)}"
        return self._ssh("-tt" if tty else "-T") + ["--", line]

    def _run(self, cmd, timeout, input):
        argv = self.command(cmd, timeout)
        how = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        is_binary = isinstance(input, bytes)
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=not is_binary, errors=None if is_binary else "replace",
                              timeout=None if timeout is None else timeout + 30, **how)

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
