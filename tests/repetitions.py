# SPDX-License-Identifier: BSD-2-Clause
"""repetitions() says how many times a test repeats what it does: in ./check as many as it
takes to find what the test looks for, and more with --long."""

import os

IS_LONG = bool(os.environ.get("XSM_LONG"))


def repetitions(usual, with_long):
    return with_long if IS_LONG else usual
