# SPDX-License-Identifier: BSD-2-Clause
"""An Agent is the host's side of the test guest's command channel, which is its COM2.

    agent = Agent(connected_socket)                 # or
    agent = Agent(process.stdout, process.stdin)    # nc -U, ssh, socat ...
    agent.sync(timeout=120)                         # until the guest listens
    reply = agent.command("stream poll 7 65536", timeout=300)
    assert reply["sha256"] == stream_sha256(7, 65536)

An Agent uses file descriptors only, so anything with a fileno() will do.  Pipes of a
subprocess need bufsize=0 only if somebody else reads them, too.
"""
import itertools
import os
import select
import time


class GuestError(Exception):
    """The guest has answered "error ..."."""


class GuestTimeout(Exception):
    """The guest has not answered in time."""


class GuestGone(Exception):
    """The guest's channel has been closed."""


class Reply:
    """A Reply is one "ok ..." line.  It has .text, which is what stands behind "ok ";
    .notes, the "# ..." lines before it; .seconds, the time since the command was sent;
    and reply["key"] for its key=value words (reply.number("key") for a decimal one)."""

    def __init__(self, text, notes, seconds):
        self.text = text
        self.notes = notes
        self.seconds = seconds
        words = (word.partition("=") for word in text.split())
        self.fields = {key: value for key, equals, value in words if equals}

    def __getitem__(self, key):
        try:
            return self.fields[key]
        except KeyError:
            raise KeyError("no %s= in the guest's reply: %s" % (key, self.text))

    def number(self, key):
        return int(self[key])

    def __repr__(self):
        return "Reply(%r)" % self.text


class Agent:
    _tokens = itertools.count(1)

    def __init__(self, reader, writer=None, log=None):
        """log is called with every line in both directions ("> ..." and "< ...")."""
        self._reader = reader        # its owner closes it
        self._writer = writer or reader
        self._log = log or (lambda line: None)
        self._received = b""
        self._sent = None            # the command that is not answered yet
        self._sent_at = 0.0
        self._notes = []
        self._is_in_step = True

    # Bytes and lines

    def _write(self, data, deadline):
        fd = self._writer.fileno()
        while data:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([], [fd], [], left)[1]:
                raise GuestTimeout("the guest's channel takes no more bytes; is "
                                   "its COM2 connected and the guest running?")
            try:
                data = data[os.write(fd, data):]
            except BlockingIOError:
                pass
            except ConnectionError as error:
                raise self._gone(error)

    def _gone(self, why):
        command, self._sent = self._sent, None
        return GuestGone("the guest's channel is closed (%s); not answered: %s"
                         % (why, command or "nothing"))

    def _read_line(self, deadline):
        """Returns a line without its end, or None if it did not come in time."""
        fd = self._reader.fileno()
        while b"\n" not in self._received:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([fd], [], [], left)[0]:
                return None
            try:
                data = os.read(fd, 65536)
            except BlockingIOError:
                continue
            except ConnectionError as error:
                raise self._gone(error)
            if not data:
                raise self._gone("end of file")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        line = line.decode("ascii", "replace").rstrip("\r")
        self._log("< " + line)
        return line

    # Commands

    def send(self, command, timeout=10):
        """Sends a command without waiting for its answer; reply() or wait_note() must
        follow.  This is for a command that runs while the test does something else."""
        if "\n" in command:
            raise ValueError("a command is one line: %r" % command)
        if self._sent is not None:
            raise RuntimeError("not answered yet: %s" % self._sent)
        if not self._is_in_step:
            self.sync(timeout)
        self._log("> " + command)
        self._write(command.encode("ascii") + b"\n", time.monotonic() + timeout)
        self._sent = command
        self._sent_at = time.monotonic()
        self._notes = []

    def _timeout(self, wanted, timeout):
        detail = "; notes so far: %s" % self._notes if self._notes else ""
        if self._received:
            detail += "; unfinished line: %r" % self._received
        return GuestTimeout("the guest did not send %s to %r within %g s%s"
                            % (wanted, self._sent, timeout, detail))

    def wait_note(self, text, timeout=30):
        """Returns the next note ("# ...") of the running command that contains
        `text`."""
        deadline = time.monotonic() + timeout
        while True:
            line = self._read_line(deadline)
            if line is None:
                raise self._timeout("a note with %r" % text, timeout)
            if line.startswith("# "):
                self._notes.append(line[2:])
                if text in line:
                    return line[2:]
            elif line.startswith(("ok", "error")):
                self._received = line.encode() + b"\n" + self._received
                raise GuestError("%s: answered before a note with %r came: %s"
                                 % (self._sent, text, line))

    def reply(self, timeout=30):
        """Returns the answer to send().  After a GuestTimeout it may be called again,
        to wait longer; after sync() the answer is lost."""
        deadline = time.monotonic() + timeout
        while True:
            line = self._read_line(deadline)
            if line is None:
                raise self._timeout("an answer", timeout)
            if line.startswith("# "):
                self._notes.append(line[2:])
                continue
            word, _, rest = line.partition(" ")
            if word not in ("ok", "error"):
                continue             # a BIOS printed it, or a reset cut it off
            command, self._sent = self._sent, None
            if word == "error":
                raise GuestError("%s: %s" % (command, rest))
            return Reply(rest, self._notes, time.monotonic() - self._sent_at)

    def command(self, command, timeout=30):
        """Sends a command and returns its answer; raises GuestError, GuestTimeout or
        GuestGone."""
        self.send(command)
        try:
            return self.reply(timeout)
        except GuestTimeout:
            self._sent = None
            self._is_in_step = False
            raise

    def sync(self, timeout=120):
        """Waits until the guest listens and no old answer is left on the way.  This is
        needed at the start, after a reset and after a timeout.  It skips what a BIOS
        prints."""
        token = "sync-%d-%d" % (os.getpid(), next(self._tokens))
        start = time.monotonic()
        deadline = start + timeout
        again = 1.0
        self._sent = "echo " + token
        while True:
            # This is repeated, because bytes that come before the guest has set up
            # its COM2 are lost.  The empty line ends what may be left of a line of which
            # only a part was sent.
            self._write(b"\necho %s\n" % token.encode(), deadline)
            until = min(deadline, time.monotonic() + again)
            again = min(again * 2, 16.0)
            while True:
                line = self._read_line(until)
                if line == "ok echo " + token:
                    return self._finish_sync()
                if line is None:
                    break
            if time.monotonic() >= deadline:
                self._sent = None
                self._is_in_step = False
                raise GuestTimeout("the guest does not listen on its COM2 after "
                                   "%g s" % (time.monotonic() - start))

    def _finish_sync(self):
        """Sends another echo, which is sent only once, and waits for its answer: the guest
        may still answer earlier copies of the first one."""
        token = "in-step-%d-%d" % (os.getpid(), next(self._tokens))
        deadline = time.monotonic() + 30
        self._write(b"echo %s\n" % token.encode(), deadline)
        while True:
            line = self._read_line(deadline)
            if line is None:
                self._sent = None
                self._is_in_step = False
                raise GuestTimeout("the guest fell silent while syncing")
            if line == "ok echo " + token:
                self._sent = None
                self._is_in_step = True
                return
