# SPDX-License-Identifier: BSD-2-Clause
"""A Flooder sends the mediator's card, from the clients' network, the frames of
tests/net/flood.py.

    with Flooder(lab, "syns", port) as flooder:
        flooder.begin()
        frames = flooder.end()

As a program: the sender itself, in the clients' namespace.
usage: flooder.py syns|segments|both VICTIMS_PORT"""

import os
import socket
import sys
from pathlib import Path

RATE = 1000         # frames a second, of each kind
VICTIM, ATTACKER, MEDIATOR = "192.168.0.1", "192.168.0.99", "192.168.0.2"
INTERFACE = "tap-nic"


class Flooder:
    def __init__(self, lab, kind, victims_port):
        self.process = lab.client(["/usr/bin/python3", __file__, kind, str(victims_port)],
                                  text=True, bufsize=1)
        self._expect("ready")

    def _expect(self, word):
        said = self.process.stdout.readline().split()
        if said[:1] != [word]:
            raise AssertionError(self.process.communicate()[1])
        return said[1:]

    def begin(self):
        self.process.stdin.write("begin\n")
        self._expect("begun")

    def end(self):
        """How many frames were sent."""
        self.process.stdin.write("end\n")
        return int(self._expect("sent")[0])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()      # its word to end
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()


class Here:
    """Where the program runs: what RawPeer wants of a lab."""
    socket = staticmethod(socket.socket)


def main():
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "net"))
    import flood
    from raw_peer import RawPeer

    kinds = {"syns": (flood.syns, RATE), "segments": (flood.out_of_window, RATE),
             "both": (flood.both, 2 * RATE)}
    make_frames, rate = kinds[sys.argv[1]]
    peer = RawPeer(Here, INTERFACE, ATTACKER, MEDIATOR)
    # Nobody closes the attacker's connection: the next one comes from another port.
    ours = 5000 + os.getpid() % 50000
    frames = make_frames(peer, VICTIM, int(sys.argv[2]), ours)
    print("ready", flush=True)
    while sys.stdin.readline() == "begin\n":
        with flood.Flood(peer, frames, rate) as sender:
            print("begun", flush=True)
            sys.stdin.readline()
        peer.forget()
        print("sent", sender.sent, flush=True)
    peer.close()


if __name__ == "__main__":
    main()
