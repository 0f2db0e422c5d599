# SPDX-License-Identifier: BSD-2-Clause
"""What the lab says to people: one error class, progress lines with seconds."""

import os
import sys
import time


class LabError(Exception):
    """Something the user can act on: the text says what, where and the cure."""


class Progress:
    """Progress lines on stderr, each with the seconds since the start.

    A line is printed when something begins, and again every `interval_s`
    while it goes on, so that a silent lab is never mistaken for a hung one.
    XSM_LAB_QUIET=1 turns all of it off.
    """

    def __init__(self, interval_s=15.0):
        self.started = time.monotonic()
        self.interval_s = interval_s
        self.next_repeat = self.started + interval_s
        self.is_quiet = bool(os.environ.get("XSM_LAB_QUIET"))

    def seconds(self):
        return time.monotonic() - self.started

    def say(self, text):
        self.next_repeat = time.monotonic() + self.interval_s
        if not self.is_quiet:
            print(f"lab: [{self.seconds():6.1f} s] {text}", file=sys.stderr, flush=True)

    def still(self, text):
        """Say `text` if nothing was said for a while.  It may be a function,
        called only when its answer is wanted."""
        if time.monotonic() >= self.next_repeat:
            self.say(text() if callable(text) else text)
