#!/usr/bin/env python3
"""What a second model (--then) costs over clips of one camera, and how often its answers are what it would have said.

    benchmarks/second_models.py DEEPVID MODEL --on car,truck,bus CLIP CLIP CLIP [--rounds 3]

Runs `deepvid batch` over the clips, objects followed, one job and one thread: with the model run in every frame on every object
(`--answer-age 0`), with answers kept along tracks, with the result cache as well (a new file), and with the file that this left. Rounds take
turns. Printed for each: crops answered without the model, CPU seconds of the whole run (user and system, the least of all rounds), those of the
second stage, which are what is more than those of the same run without a second model, and their ratio to always, and of the answers that no
model was run for, the share that is the same

* voted: as that of the run that asks in every frame, in which what is reported is the vote of the latest looks;
* raw: as what the model says of that very crop, from a run that does not follow objects, for those boxes that both runs report;

for classifiers by the best class, for embeddings by a cosine of 0.9 or more. "the model itself" is how often it says the same of an object in
two frames that follow each other: no answer that is taken from another frame can be expected to agree more often.
"""
import argparse
import json
import pathlib
import resource
import subprocess
import tempfile

import numpy as np


def batch(given, folder, *more, second=True):
    """CPU seconds; by clip, the records."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [given.deepvid, "batch", *given.clips, "--output", str(folder), "--jobs", "1", "--threads", "1", "--quiet"]
    if second:
        command += ["--then", given.model, "--on", given.on]
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    files = sorted(folder.rglob("*.jsonl"))
    records = {
        file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in files if file.name != "manifest.jsonl"
    }
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, records


def answered(records):
    """(clip, frame, object) with its answer."""
    for clip, lines in records.items():
        for record in lines:
            if record["type"] == "frame":
                for one in record["objects"]:
                    if "classes" in one or "embedding" in one:
                        yield clip, record["frame"], one


def same(a, b):
    if "classes" in a:
        return a["classes"][0]["class_id"] == b["classes"][0]["class_id"]
    x, y = np.float32(a["embedding"]), np.float32(b["embedding"])
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y)) >= 0.9


def share(pairs):
    pairs = [same(a, b) for a, b in pairs]
    return f"{np.mean(pairs):.3f}" if pairs else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("deepvid")
    parser.add_argument("model")
    parser.add_argument("clips", nargs="+")
    parser.add_argument("--on", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--answer-age", default="10", help="of the runs that keep answers along tracks, as for deepvid")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        along = ["--track", "--answer-age", given.answer_age]
        settings = [
            ("always", ["--track", "--answer-age", "0"], None),
            ("along tracks", along, None),
            ("and the cache", along, "new"),
            ("and a kept cache", along, "kept"),
            ("the cache alone", [], "alone"),
            ("always, not followed", [], None),
            ("none", ["--track"], None),
            ("none, not followed", [], None),
        ]
        records, cpu = {}, {}
        for number in range(given.rounds):
            for title, options, cache in settings:
                if cache:
                    file = folder / f"{number}-{'alone' if cache == 'alone' else 'tracks'}.cache"
                    options = [*options, "--result-cache", str(file)]
                seconds, said = batch(given, folder / f"{number}-{title.replace(' ', '-')}", *options, second=not title.startswith("none"))
                cpu.setdefault(title, []).append(seconds)
                ends = [line["then"][0] for lines in said.values() for line in lines if line["type"] == "end" and "then" in line]
                records.setdefault(title, (said, ends))
        raw = {(clip, frame, tuple(one["box"])): one for clip, frame, one in answered(records["always, not followed"][0])}
        voted = {(clip, frame, one["track_id"]): one for clip, frame, one in answered(records["always"][0]) if "track_id" in one}
        print("| second model | crops | without the model | stage s | of always | run, CPU s | voted | raw |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        least = {title: min(times) for title, times in cpu.items()}
        for title, options, _ in settings[:-2]:
            said, ends = records[title]
            base, none = ("always", "none") if options else ("always, not followed", "none, not followed")
            stage, always = least[title] - least[none], least[base] - least[none]
            crops, runs = sum(each["crops"] for each in ends), sum(each["runs"] for each in ends)
            # What was taken from elsewhere; where the model ran every time, all.
            ours = [each for each in answered(said) if runs == crops or each[2].get("reused")]
            by_vote = [(one, voted[key]) for clip, frame, one in ours if (key := (clip, frame, one.get("track_id"))) in voted]
            by_crop = [(one, raw[key]) for clip, frame, one in ours if (key := (clip, frame, tuple(one["box"]))) in raw]
            print(
                f"| {title} | {crops} | {1 - runs / max(1, crops):.3f} | {stage:.2f} | {stage / always:.2f} "
                f"| {least[title]:.2f} | {share(by_vote)} | {share(by_crop)} |",
                flush=True,
            )
        # Of the raw answers, those of one object in consecutive frames, by the tracks of the run that follows objects.
        following = [
            (raw[a], raw[b])
            for (clip, frame, track), one in voted.items()
            if (next_one := voted.get((clip, frame + 1, track)))
            and (a := (clip, frame, tuple(one["box"]))) in raw
            and (b := (clip, frame + 1, tuple(next_one["box"]))) in raw
        ]
        print(f"\nThe model itself, a frame later: {share(following)} of {len(following)}.")


if __name__ == "__main__":
    main()
