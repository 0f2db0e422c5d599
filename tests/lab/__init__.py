# SPDX-License-Identifier: BSD-2-Clause
"""The lab runs real Xen on any Debian 12 machine, in a machine that QEMU emulates.

    from lab import Lab              # with tests/ on sys.path

    with Lab("mytest", com1="socket") as lab:
        print(lab.exec("xl info").stdout)
        lab.client(["nc", "-w5", "192.168.0.2", "1234"])
"""

from .report import LabError
from .session import Lab, labs

__all__ = ["Lab", "LabError", "labs"]
