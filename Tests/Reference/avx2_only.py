#!/usr/bin/env python3
"""A copy of onnxruntime or OpenVINO that takes this CPU for one with AVX2 and nothing beyond.

    avx2_only.py OUT PACKAGE…
    PYTHONPATH=OUT LD_PRELOAD=OUT/avx2_only.so python …

PACKAGE: the folder of an installed Python package. It is copied to OUT, and in its libraries the first byte of each `cpuid` that objdump
finds is changed, so that the preloaded library (avx2_only.c) answers in its place. The copy does not run without it, nor with Python's faulthandler.
Needs objdump and cc.
"""
import pathlib
import re
import shutil
import subprocess
import sys

CPUID, MARKED = b"\x0f\xa2", b"\x0e\xa2"


def sections(library):
    """(address, offset in the file, size) of what runs."""
    listed = subprocess.run(["objdump", "-h", library], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^ +\d+ \S+ +(\w+) +(\w+) +\w+ +(\w+) .*\n.*\bCODE\b", listed, re.MULTILINE)
    return [(int(address, 16), int(offset, 16), int(size, 16)) for size, address, offset in found]


def mark(library):
    """How many instructions were changed."""
    data = bytearray(library.read_bytes())
    if not any(CPUID in data[offset : offset + size] for _, offset, size in sections(library)):
        return 0
    count = 0
    with subprocess.Popen(["objdump", "-d", "--no-show-raw-insn", library], stdout=subprocess.PIPE, text=True) as listing:
        for line in listing.stdout:
            if "\tcpuid" not in line:
                continue
            place = int(line.split(":")[0], 16)
            at = next(place - address + offset for address, offset, size in sections(library) if address <= place < address + size)
            assert data[at : at + 2] == CPUID
            data[at : at + 2] = MARKED
            count += 1
    library.write_bytes(data)
    return count


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", out / "avx2_only.so", pathlib.Path(__file__).with_suffix(".c")], check=True)
    for package in map(pathlib.Path, sys.argv[2:]):
        copy = shutil.copytree(package, out / package.name, dirs_exist_ok=True)
        for library in sorted(p for p in copy.rglob("*.so*") if p.is_file()):
            if count := mark(library):
                print(f"{library}: {count} cpuid")


if __name__ == "__main__":
    main()
