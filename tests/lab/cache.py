# SPDX-License-Identifier: BSD-2-Clause
"""The cache keeps artefacts; each is a folder named by the hash of what it is made from.

    ~/.cache/xen-serial-mediator/lab/root-0123456789abcdef/
        inputs.json      what went into the hash, for people
        ...              whatever the maker put there

A folder with its final name is complete: it was made under another name and
renamed.  When two programs build the same artefact at a time, a lock makes the
second one wait, and it then finds the work done.  Nothing in a finished folder
changes any more.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from .report import LabError

KEEP_OF_EACH_KIND = 3


def cache_home():
    """Return the folder that XSM_CACHE names, or else the one where the XDG rules put caches."""
    if os.environ.get("XSM_CACHE"):
        return Path(os.environ["XSM_CACHE"]).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base).absolute() / "xen-serial-mediator"


def hash_of(inputs):
    text = json.dumps(inputs, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def hash_of_file(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


@contextlib.contextmanager
def locked(path, on_wait=None):
    """Hold an exclusive lock on a file.  on_wait() is called if another process has it.
    That process may remove the file; whoever waited then makes the file anew and locks that."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if on_wait:
                    on_wait()
                fcntl.flock(fd, fcntl.LOCK_EX)
            if _is_same_file(fd, path):
                yield
                return
        finally:
            os.close(fd)


def _is_same_file(fd, path):
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


class Cache:
    def __init__(self, progress, home=None):
        self.progress = progress
        self.home = (Path(home) if home else cache_home()) / "lab"

    def artefact(self, kind, inputs, make):
        """Return the folder of `kind` that is made from `inputs`.  If there is none yet,
        make(folder) fills it."""
        final = self.home / f"{kind}-{hash_of(inputs)}"
        if not self._is_fresh(final):
            self.home.mkdir(parents=True, exist_ok=True)
            with locked(self.home / f".{final.name}.lock",
                        lambda: self.progress.say(f"waiting: another build makes {kind}")):
                if not self._is_fresh(final):
                    self._make(final, inputs, make)
                    self._prune(kind)
        return final

    def _is_fresh(self, final):
        """Say whether the folder exists, and set its time stamp to now if it does:
        _prune() keeps what was used last."""
        try:
            os.utime(final)
            return True
        except FileNotFoundError:
            return False

    def _make(self, final, inputs, make):
        # We hold the lock, so any other half-made folder is left over from a build that died.
        for leftover in self.home.glob(f".{final.name}.making.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        half_made = self.home / f".{final.name}.making.{os.getpid()}"
        half_made.mkdir(mode=0o755)
        try:
            make(half_made)
            (half_made / "inputs.json").write_text(json.dumps(inputs, indent=2) + "\n")
            half_made.rename(final)
        except OSError as e:
            raise LabError(f"cannot fill the cache at {final}: {e}; "
                           "free some space there or set XSM_CACHE") from e
        finally:
            shutil.rmtree(half_made, ignore_errors=True)

    def _prune(self, kind):
        """Remove all folders of `kind` but the most recently used few.  A lab that runs
        from a removed disk has the file open, and so keeps it until the lab ends."""
        found = [p for p in self.home.glob(f"{kind}-*")
                 if len(p.name) == len(kind) + 17]
        found.sort(key=lambda p: p.stat().st_mtime, reverse=True)
        for old in found[KEEP_OF_EACH_KIND:]:
            # A build that just found a folder has touched it, and may still read from it:
            # whatever was used within the last hour stays.
            if time.time() - old.stat().st_mtime > 3600:
                shutil.rmtree(old, ignore_errors=True)
                (self.home / f".{old.name}.lock").unlink(missing_ok=True)
