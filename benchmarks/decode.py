#!/usr/bin/env python3
"""What `--decode active` gains and misses, against `--decode all` and against decoding alone.

    benchmarks/decode.py deepvid clip...  [--threads 1] [--repeat 3] [-- further options of infer]

Times are CPU seconds (user and system) of whole processes, the least of the runs, which are interleaved. Objects of `all` count as found if
`active` has one of the same class in the same frame with an IoU of 0.5; events (objects followed for a second or longer) if they begin and
end within half a second of each other. Two runs that reuse differ by themselves, as what is reused depends on the frames before: with
`-- --cache off` what is left is what not decoding alone misses.
"""

import argparse
import json
import resource
import subprocess
import tempfile


def cpu(command, output=None):
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=output or subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def iou(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0
    return w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def objects(reference, tested):
    """Objects of `reference`, and how many of them `tested` has; frames that one of them lacks."""
    frames = {r["frame"]: r for r in tested if r["type"] == "frame"}
    total = found = lost = wrong = 0
    for record in (r for r in reference if r["type"] == "frame"):
        other = frames.get(record["frame"])
        if other is None or other.get("pts_s") != record.get("pts_s"):
            lost += 1
            continue
        left = list(other.get("objects", []))
        for one in record.get("objects", []):
            total += 1
            match = next((o for o in left if o["label"] == one["label"] and iou(o["box"], one["box"]) >= 0.5), None)
            if match:
                found += 1
                left.remove(match)
        wrong += len(left)
    return total, found, wrong, lost + len(frames) - sum(r["type"] == "frame" for r in reference)


def events(path, seconds=1.0):
    """(label, begin, end) of objects that were followed for long enough, by their ids in frame records."""
    seen = {}
    for record in read(path):
        for one in record.get("objects", []) if record["type"] == "frame" else []:
            if "track_id" in one:
                begin, _, label = seen.get(one["track_id"], (record["pts_s"], 0, one["label"]))
                seen[one["track_id"]] = (begin, record["pts_s"], label)
    return [(label, begin, end) for begin, end, label in seen.values() if end - begin >= seconds]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("deepvid")
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", help="also write the figures here")
    options, further = parser.parse_known_args()
    further = [o for o in further if o != "--"]
    rows = []
    print(f"{'clip':44} {'ffmpeg':>7} {'all':>7} {'active':>7} {'vs ff':>6} {'vs all':>6} {'share':>6} {'objects':>14} {'events':>9} wrong lost")
    with tempfile.TemporaryDirectory() as folder:
        for clip in options.clips:
            names = {mode: f"{folder}/{mode}.jsonl" for mode in ("all", "active")}
            times = {"ffmpeg": [], "all": [], "active": []}
            for _ in range(options.repeat):
                times["ffmpeg"].append(
                    cpu(["ffmpeg", "-v", "quiet", "-threads", options.threads, "-i", clip, "-map", "0:v:0", "-f", "null", "-"]))
                for mode, name in names.items():
                    times[mode].append(
                        cpu([options.deepvid, "infer", clip, "--threads", options.threads, "--track", "--decode", mode, "-o", name, *further]))
            least = {name: min(values) for name, values in times.items()}
            reference, tested = read(names["all"]), read(names["active"])
            total, found, wrong, lost = objects(reference, tested)
            wanted, got = events(names["all"]), events(names["active"])
            matched = sum(
                any(o[0] == e[0] and abs(o[1] - e[1]) <= 0.5 and abs(o[2] - e[2]) <= 0.5 for o in got) for e in wanted)
            end = tested[-1]
            decode = end.get("decode", {})
            row = {
                "clip": clip.split("/")[-1], "cpu_s": least, "vs_ffmpeg": least["ffmpeg"] / least["active"],
                "vs_all": least["all"] / least["active"], "objects": total, "objects_found": found, "objects_more": wrong,
                "events": len(wanted), "events_found": matched, "frames_lost": lost, "decode": decode}
            rows.append(row)
            print(
                f"{row['clip'][:44]:44} {least['ffmpeg']:7.2f} {least['all']:7.2f} {least['active']:7.2f} {row['vs_ffmpeg']:6.2f}"
                f" {row['vs_all']:6.2f} {decode.get('share', 1):6.3f} {found:6}/{total:<7} {matched:4}/{len(wanted):<4} {wrong:5} {lost:4}",
                flush=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
