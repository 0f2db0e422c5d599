# SPDX-License-Identifier: BSD-2-Clause
"""This file has what the lab says to people: an error class, and progress lines."""

import os
import sys
import time


class LabError(Exception):
    """A LabError is something that the user can act on.  Its text says what is wrong, where,
    and what to do about it."""


class Progress:
    """Progress prints lines on stderr, each with the seconds since the start.

    A line is printed when something begins, and another one every `interval_s` seconds
    while it goes on, so that nobody takes a lab that works for one that hangs.
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
        """Say `text` if nothing was said for `interval_s` seconds.  It may be a function
        that returns the text; it is called only if the text is said."""
        if time.monotonic() >= self.next_repeat:
            self.say(text() if callable(text) else text)
