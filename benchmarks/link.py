#!/usr/bin/env python3
"""A network link between two network namespaces: delay and rate, packet by packet, in user space.

For kernels without netem. Two TUN devices, one in each namespace; every IP packet read from one is written to the
other when the link would have delivered it. Used by benchmarks/cachenet.py; needs root.
"""
import argparse
import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
DEVICE, EDGE = "10.77.0.2", "10.77.0.1"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def tunnel(name: str, namespace: str, own: str, other: str) -> int:
    """A TUN device inside `namespace`; packets are read from and written to the descriptor here."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    ip("link", "set", name, "netns", namespace)
    ip("-n", namespace, "addr", "add", own, "peer", other, "dev", name)
    ip("-n", namespace, "link", "set", name, "mtu", "1500", "up")
    ip("-n", namespace, "link", "set", "lo", "up")
    return descriptor


class Direction:
    """Packets on their way from one descriptor to another."""

    def __init__(self, source: int, target: int, delay: float, rate: float) -> None:
        self.source, self.target, self.delay, self.rate = source, target, delay, rate
        self.free, self.packets = 0.0, collections.deque()

    def take(self, now: float) -> None:
        """Reads what was sent; each packet waits for those before it."""
        while True:
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            self.free = max(now, self.free) + len(packet) * 8 / self.rate
            self.packets.append((self.free + self.delay, packet))

    def deliver(self, now: float) -> float:
        """Writes what has arrived; when the next one will, or infinity."""
        while self.packets and self.packets[0][0] <= now:
            os.write(self.target, self.packets.popleft()[1])
        return self.packets[0][0] if self.packets else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("namespaces", nargs=2, help="of the device and of the edge")
    parser.add_argument("--round-trip", type=float, required=True, help="milliseconds")
    parser.add_argument("--rate", type=float, required=True, help="Mbit/s, each way")
    options = parser.parse_args()
    device = tunnel("dvdevice", options.namespaces[0], DEVICE, EDGE)
    edge = tunnel("dvedge", options.namespaces[1], EDGE, DEVICE)
    delay, rate = options.round_trip / 2000, options.rate * 1e6
    ways = [Direction(device, edge, delay, rate), Direction(edge, device, delay, rate)]
    print("ready", flush=True)
    following = float("inf")
    while True:
        wait = None if following == float("inf") else max(0.0, following - time.monotonic())
        ready, _, _ = select.select([device, edge], [], [], wait)
        now = time.monotonic()
        for way in ways:
            if way.source in ready:
                way.take(now)
        following = min(way.deliver(now) for way in ways)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
