# SPDX-License-Identifier: BSD-2-Clause
"""A lab's network is one namespace that holds both network cables and every client.

    namespace xsm-NAME
      tap-nic   192.168.0.1/24     the mediator's card in the machine; 192.168.0.2
                                   is the mediator itself
      tap-dom0  192.168.100.1/24   dom0's eth0, 192.168.100.2: ssh

The namespace has no way out.  So labs that run side by side can use the same addresses,
and no frame reaches the host's networks.
"""

import subprocess

from . import debian

NIC_TAP, NIC_HOST = "tap-nic", "192.168.0.1/24"
DOM0_TAP, DOM0_HOST = "tap-dom0", "192.168.100.1/24"
DOM0_ADDRESS = "192.168.100.2"


class Network:
    def __init__(self, lab_name):
        self.namespace = f"xsm-{lab_name}"

    def wrap(self, argv):
        """Return the argv that runs the given one in the namespace.  `ip` execs the
        program, so its process id is that of `ip`."""
        return ["ip", "netns", "exec", self.namespace, *map(str, argv)]

    def _in(self, *argv):
        debian.run(["ip", "-n", self.namespace, *argv],
                   f"set up the namespace {self.namespace}")

    def up(self):
        debian.run(["ip", "netns", "add", self.namespace],
                   f"make the network namespace {self.namespace}")
        self._in("link", "set", "lo", "up")
        for tap, address in ((NIC_TAP, NIC_HOST), (DOM0_TAP, DOM0_HOST)):
            self._in("tuntap", "add", tap, "mode", "tap")
            self._in("address", "add", address, "dev", tap)
            self._in("link", "set", tap, "up")

    def is_up(self):
        text = subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE,
                              text=True).stdout
        return any(l.split()[:1] == [self.namespace] for l in text.splitlines())

    def down(self):
        """Delete the namespace; the TAP devices go with it."""
        if self.is_up():
            debian.run(["ip", "netns", "delete", self.namespace],
                       f"delete the network namespace {self.namespace}")
