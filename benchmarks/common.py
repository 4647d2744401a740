"""What the parts of benchmarks/run share: where things are, what machine this is, choosing, and result files."""
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterable

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
RESULTS = ROOT / "benchmarks" / "results"

# Options that say where files are, and not what is measured: kept out of what is committed.
PATH_OPTIONS = {"--binary", "--bench-binary", "--json", "--output", "--work"}


class Refused(Exception):
    """Something that the user has to change; the message says what."""


def say(line: str) -> None:
    """Progress: for people, on stderr."""
    print(line, file=sys.stderr, flush=True)


def machine() -> dict[str, Any]:
    """The machine and the commit that a result belongs to; no names of hosts or folders."""
    cpu = platform.machine()
    if Path("/proc/cpuinfo").exists():
        cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), cpu)
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    try:
        onnxruntime = importlib.metadata.version("onnxruntime")
    except importlib.metadata.PackageNotFoundError:
        onnxruntime = None
    return {"cpu": cpu, "cores": os.cpu_count(), "commit": commit, "onnxruntime": onnxruntime,
            "date": time.strftime("%Y-%m-%d"), "command": command_line(sys.argv[1:])}


def command_line(arguments: list[str]) -> str:
    """The `make bench` that measures the same, without the options that only name files."""
    kept, skip = [], False
    for argument in arguments:
        if argument.split("=")[0] in PATH_OPTIONS:
            skip = "=" not in argument
        elif skip:
            skip = False
        elif argument != "--resume":
            kept.append(argument)
    return f'make bench BENCH="{shlex.join(kept)}"' if kept else "make bench"


def slug(text: str) -> str:
    """Text as a part of a file name: 'AMD EPYC' becomes 'amd-epyc'."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def fingerprint(path: Path) -> str:
    """The first digits of a file's SHA-256: tells builds apart."""
    if not path.exists():
        raise Refused(f"{path} is missing; build it with 'make build'")
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def choose(known: Iterable[str], patterns: list[str] | None, what: str) -> list[str]:
    """The known names that contain one of the patterns, in their own order; all of them without patterns."""
    known = list(known)
    for pattern in patterns or []:
        if not any(pattern in name for name in known):
            raise Refused(f"no {what} is named like '{pattern}'; there are {', '.join(known)}")
    return [name for name in known if not patterns or any(pattern in name for pattern in patterns)]


def clips(*kinds: str) -> list[str]:
    """The clips of ../shared of these kinds: fixed, tripod, moving."""
    found = [path.name for kind in kinds for path in sorted((SHARED / "videos").glob(f"{kind}_*"))]
    if not found:
        raise Refused(f"no {', '.join(kinds)} clips in ../shared/videos; get ../shared first (its MANIFEST.md lists what is in it)")
    return found


def kind_of(clip: str) -> str:
    """How the camera of a clip moves: fixed, tripod, moving."""
    return clip.split("_")[0]


def model_path(name: str) -> Path:
    """A model of ../shared by its name without .onnx."""
    path = SHARED / "models" / f"{name}.onnx"
    if not path.exists():
        raise Refused(f"../shared/models/{name}.onnx is missing; get ../shared, or leave the model out with --models")
    return path


def write_json(path: Path, result: dict[str, Any]) -> None:
    """Writes a result, one line for each member of a list, and never leaves half a file behind."""
    fields = []
    for key, value in result.items():
        if isinstance(value, list) and value:
            text = "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in value) + "\n ]"
        else:
            text = json.dumps(value)
        fields.append(f" {json.dumps(key)}: {text}")
    write_text(path, "{\n" + ",\n".join(fields) + "\n}\n")


def write_text(path: Path, text: str) -> None:
    """Writes a whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.replace(path)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table, its columns padded so that it reads as plain text too; the first column to the left."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    cells = lambda line: [text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(line, widths))]
    rule = ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [cells(head), rule, *map(cells, lines[1:])])
