"""Compares two folders of a batch's records: everything but times, memory and the number of threads must be the same."""
import json
import pathlib
import subprocess
import sys

# What may differ from run to run, by record.
VARYING = {"begin": [("options", "threads")], "frame": [("timing_ms",)], "end": [("fps",), ("wall_s",), ("timing_ms",), ("peak_memory_mb",)]}


def records(path):
    """The records of a file, without what varies. Fails for a line that is not complete."""
    data = subprocess.run(["zstd", "-qdc", path], check=True, capture_output=True).stdout if path.suffix == ".zst" else path.read_bytes()
    assert not data or data.endswith(b"\n"), f"{path}: the last line is torn"
    result = []
    for line in data.splitlines():
        record = json.loads(line)
        for keys in VARYING.get(record["type"], []):
            place = record
            for key in keys[:-1]:
                place = place.get(key, {})
            place.pop(keys[-1], None)
        result.append(record)
    return result


def outputs(folder):
    """Every file of records in a folder, by its name without the endings."""
    folder = pathlib.Path(folder)
    files = [f for f in sorted(folder.rglob("*.jsonl*")) if f.suffix in (".jsonl", ".zst") and not f.name.startswith("manifest")]
    return {str(f.relative_to(folder)).removesuffix(".zst").removesuffix(".jsonl"): f for f in files}


def difference(one, other):
    """The first difference of two folders in a sentence; None if there is none."""
    ours, theirs = outputs(one), outputs(other)
    if ours.keys() != theirs.keys():
        return f"only on one side: {sorted(ours.keys() ^ theirs.keys())[:10]}"
    for name, path in ours.items():
        a, b = records(path), records(theirs[name])
        for number, (x, y) in enumerate(zip(a, b), 1):
            if x != y:
                return f"{name}, line {number}:\n  {json.dumps(x)}\n  {json.dumps(y)}"
        if len(a) != len(b):
            return f"{name}: {len(a)} records and {len(b)}"
        frames = [r["frame"] for r in a if r["type"] == "frame"]
        if len(frames) != len(set(frames)):
            return f"{name}: a frame has two records"
    return None


if __name__ == "__main__":
    found = difference(sys.argv[1], sys.argv[2])
    print(found or f"the same records in {len(outputs(sys.argv[1]))} files")
    sys.exit(found is not None)
