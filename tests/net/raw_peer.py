# SPDX-License-Identifier: BSD-2-Clause
"""A RawPeer is a machine on the clients' network whose frames are made by hand,
so that it can break the rules of TCP."""

import select
import socket
import struct
import time

from net_lab import MEDIATOR, PORT

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MAC = bytes.fromhex("020000000063")
IP = "192.168.77.99"
BROADCAST = b"\xff" * 6


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def ip_packet(protocol, payload, source=IP, more=0, target=MEDIATOR):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, more,
                       64, protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(target))
    return (head[:10] + struct.pack("!H", checksum(head)) + head[12:] +
            payload)


def tcp_segment(port, seq, ack, flags, data=b"", source=IP, window=65535,
                options=b"", offset=None, target=MEDIATOR):
    if offset is None:
        offset = (20 + len(options)) // 4 << 4
    segment = struct.pack("!HHIIBBHHH", port, PORT, seq & 0xffffffff,
                          ack & 0xffffffff, offset, flags, window, 0, 0)
    segment += options + data
    pseudo = (socket.inet_aton(source) + socket.inet_aton(target) +
              struct.pack("!HH", 6, len(segment)))
    return (segment[:16] + struct.pack("!H", checksum(pseudo + segment)) +
            segment[18:])


class RawPeer:
    def __init__(self, lab, interface="eth0", address=IP, mediator=MEDIATOR):
        self.address, self.mediator = address, mediator
        self.socket = lab.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                 socket.htons(3))
        self.socket.bind((interface, 3))
        self.socket.settimeout(10)
        self.their_mac = None
        self.find()

    def close(self):
        self.socket.close()

    def arp(self, operation=1, target=None):
        return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, MAC,
                           socket.inet_aton(self.address), b"\0" * 6,
                           socket.inet_aton(target or self.mediator))

    def find(self):
        """Asks for the net role's MAC address by ARP, which tells the net role ours."""
        deadline, ask_at = time.monotonic() + 60, 0.0
        while time.monotonic() < deadline:
            # It asks again and again, as any host does: a link that has just come
            # up may lose a frame.
            if time.monotonic() >= ask_at:
                self.socket.send(BROADCAST + MAC + b"\x08\x06" + self.arp())
                ask_at = time.monotonic() + 1
            if not select.select([self.socket], [], [], 0.1)[0]:
                continue
            frame = self.socket.recv(2000)
            if frame[:6] == MAC and frame[12:14] == b"\x08\x06":
                self.their_mac = frame[6:12]
                return
        raise AssertionError("nobody answers ARP")

    def send_ip(self, packet):
        self.socket.send(self.their_mac + MAC + b"\x08\x00" + packet)

    def segment(self, *arguments, source=None, **keywords):
        """The packet of a segment, from our address unless another is given."""
        ends = {"source": source or self.address, "target": self.mediator}
        return ip_packet(6, tcp_segment(*arguments, **keywords, **ends), **ends)

    def send(self, *arguments, **keywords):
        self.send_ip(self.segment(*arguments, **keywords))

    def forget(self):
        """Throws away the frames that came so far.  Those for other machines come
        here, too, and a socket that is full takes no more."""
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)

    def receive(self, port, mac=MAC):
        """Returns the next segment to our port, or with mac=None the next one to that
        port of any machine, as a tuple: sequence number, acknowledgement number,
        flags, data."""
        while True:
            frame = self.socket.recv(65536)
            if (frame[:6] != (mac or frame[:6]) or frame[12:14] != b"\x08\x00" or
                    frame[23] != 6):
                continue
            tcp = frame[34:14 + struct.unpack_from("!H", frame, 16)[0]]
            if struct.unpack_from("!H", tcp, 2)[0] != port:
                continue
            seq, ack, offset, flags = struct.unpack_from("!IIBB", tcp, 4)
            return seq, ack, flags, tcp[(offset >> 4) * 4:]

    def connect(self, port, options=b""):
        """Opens a connection.  Returns our next sequence number and theirs."""
        self.send(port, 1000, 0, SYN, options=options)
        seq, ack, flags, _ = self.receive(port)
        assert flags & (SYN | ACK | RST) == SYN | ACK and ack == 1001
        self.send(port, 1001, seq + 1, ACK)
        return 1001, seq + 1
