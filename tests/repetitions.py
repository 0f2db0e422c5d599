# SPDX-License-Identifier: BSD-2-Clause
"""How often a test repeats what it does: in ./check as often as it takes to find what
the test looks for, and more often with --long."""

import os

IS_LONG = bool(os.environ.get("XSM_LONG"))


def repetitions(usual, with_long):
    return with_long if IS_LONG else usual
