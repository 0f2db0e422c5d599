#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""This program measures how a guest's bytes become segments, and how long each byte
waits for its segment.

The net role sends from a guest's out ring to one client, over a veth pair.  For
comparison, byte_writer.c sends as the article's patch did: it calls tcp_write once a
byte and uses Nagle's algorithm.  "paced" means that bytes come as fast as a guest
writes at 115200 baud, "saturated" that they come without a pause.  The segments are
those that arrive in the client's network namespace, as a packet socket sees them.
The program needs root.

It prints a table with goals and writes a JSON file; it reaches no verdict."""

import argparse
import bisect
import contextlib
import socket
import statistics
import struct
import subprocess
import sys
import time
from array import array
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.report import Report, file  # noqa: E402
from net.net_lab import MEDIATOR, PORT, PROGRAMS, Client, Lab, stream  # noqa: E402

PACE = 11520                # bytes a second: 115200 baud, 8N1
SATURATED_BYTES = 10000000  # takes about a second; all of it fits the out ring
ARTICLE_BYTES = 500000      # takes about a second, with one tcp_write each
WAIT_LIMIT_NS = 5000000
SNAP_BYTES = 128
CAPTURE_BYTES = 512 << 20
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
PACKET_IGNORE_OUTGOING = 23
PACKET_STATISTICS = 6
SOL_PACKET = 263

GOALS = {
    "paced_bytes_a_segment": "10 or more",
    "paced_share_within_5_ms": "99 or more",
    "saturated_bytes_a_segment": "1400 or more",
}


class Capture:
    """A Capture records the frames that reach the clients' end of the veth pair."""

    def __init__(self, lab):
        self.socket = lab.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, CAPTURE_BYTES // 2)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind(("eth0", 0x0800))
        self.socket.setblocking(False)

    def segments(self):
        """Returns [(ns of CLOCK_MONOTONIC, offset in the stream, bytes)] of all
        segments that came with data, without repetitions."""
        offset_ns = time.clock_gettime_ns(time.CLOCK_REALTIME) - time.monotonic_ns()
        found, first, seen = [], None, 0
        for stamp, frame in self._frames():
            if frame[23] != 6 or struct.unpack_from("!H", frame, 34)[0] != PORT:
                continue
            head = 34 + (frame[46] >> 4) * 4
            data = 14 + struct.unpack_from("!H", frame, 16)[0] - head
            seq = struct.unpack_from("!I", frame, 38)[0]
            if frame[47] & 2:
                first = seq + 1
            begin = (seq - first) % 2**32
            if data > 0 and begin == seen:
                found.append((stamp - offset_ns, begin, data))
                seen += data
        return found

    def _frames(self):
        while True:
            try:
                frame, control, _, _ = self.socket.recvmsg(SNAP_BYTES, 64)
            except BlockingIOError:
                break
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            yield seconds * 10**9 + nanoseconds, frame
        _, drops = struct.unpack("II", self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        assert drops == 0, f"{drops} frames were not captured"

    def close(self):
        self.socket.close()


def times_of(path):
    times = array("Q")
    times.frombytes(Path(path).read_bytes())
    return times


def share_in_time(segments, times):
    """Returns the percentage of bytes that were sent within WAIT_LIMIT_NS."""
    soon = 0
    for stamp, begin, data in segments:
        # The bytes were written in this order: from the first one on that is not too
        # old, all are in time.
        old = bisect.bisect_left(times, stamp - WAIT_LIMIT_NS, begin, begin + data)
        soon += begin + data - old
    return 100 * soon / len(times)


def median_size(segments):
    return statistics.median(data for _, _, data in segments)


def mean_size(segments):
    return sum(data for _, _, data in segments) / len(segments)


def net_role(count, rate):
    """Sends `count` bytes, by the net role.  Returns the segments, when each byte was
    written (None without a rate), and the seconds that it took."""
    with Lab() as lab:
        lab.start(history=max(1 << 20, 2 * count))
        capture = Capture(lab)
        client = Client(lab)
        while lab.status()[2] != 1:
            time.sleep(0.001)
        begin = time.monotonic()
        lab.begin_write(count, rate)
        client.socket.settimeout(60)
        complete = client.read(count) == stream(0, count)
        seconds = time.monotonic() - begin
        lab.wait_write()
        assert complete, "the client read something else than the guest wrote"
        segments = capture.segments()
        capture.close()
        times = times_of(Path(lab.directory, "1.times")) if rate else None
    assert sum(data for _, _, data in segments) == count
    return segments, times, seconds


def article(count, rate):
    """Does and returns the same as net_role(), with byte_writer.c in the place of the net
    role."""
    with Lab() as lab:
        path = Path(lab.directory, "times")
        with subprocess.Popen(
                ["nsenter", "--net=/run/netns/" + lab.dom0,
                 PROGRAMS.parent / "bench/byte_writer", f"netdev:eth1,netns={lab.card}",
                 MEDIATOR + "/24", str(PORT), str(count), str(rate), path],
                stdout=subprocess.PIPE, text=True) as writer:
            try:
                assert writer.stdout.readline() == "ready\n"
                capture = Capture(lab)
                begin = time.monotonic()
                client = Client(lab)
                client.socket.settimeout(60)
                data = client.read(count)
                seconds = time.monotonic() - begin
                client.close()
                assert writer.wait(10) == 0
            finally:
                writer.kill()
        assert data == bytes(i & 255 for i in range(count))
        segments = capture.segments()
        capture.close()
        times = times_of(path) if rate else None
    assert sum(data for _, _, data in segments) == count
    return segments, times, seconds


def measure_once(seconds):
    """Measures each figure once and returns {name: (value, unit)}."""
    found = {}
    for prefix, method, flood in (("", net_role, SATURATED_BYTES),
                                  ("article_", article, ARTICLE_BYTES)):
        segments, times, _ = method(int(PACE * seconds), PACE)
        found[prefix + "paced_bytes_a_segment"] = median_size(segments), "bytes"
        found[prefix + "paced_share_within_5_ms"] = share_in_time(segments, times), "%"
        count = int(flood * seconds)
        segments, _, took = method(count, 0)
        found[prefix + "saturated_bytes_a_segment"] = mean_size(segments), "bytes"
        found[prefix + "saturated_rate"] = count / took / 1e6, "MB/s"
    return found


def measure(runs, seconds):
    report = Report()
    for _ in range(runs):
        report.add_round(measure_once(seconds), GOALS)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of guest output each")
    parser.add_argument("--output", type=file, default=Path("bench-net.json"))
    options = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr):  # measure() prints the net role's log
        report = measure(options.runs, options.seconds)
    print(report.table())
    report.write_json(options.output)


if __name__ == "__main__":
    main()
