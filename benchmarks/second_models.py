#!/usr/bin/env python3
"""What a second model (--then) costs over clips of one camera, and how often its answers are what it would have said.

    benchmarks/second_models.py DEEPVID MODEL --on car,truck,bus CLIP CLIP CLIP [--rounds 3] [--edge DEEPVID-EDGE]

Runs `deepvid batch` over the clips, objects followed, one job and one thread: with the model run in every frame on every object
(`--answer-age 0`), with answers kept along tracks, with the result cache as well (a new file), and with the file that this left. With --edge,
also two devices over one edge, one after the other, each with a new file: the first and then the second. Rounds take turns. Printed for
each: crops, the share of them that were answered without the model, and by the edge; seconds of the second stage by its own clock (`timing_ms.then` of
all frames, the least of all rounds), and their ratio to always; and of the answers that no model was run for, the share that is the same

* voted: as that of the run that asks in every frame, in which what is reported is the vote of the latest looks;
* raw: as what the model says of that very crop, from a run that does not follow objects, for those boxes that both runs report;

for classifiers by the best class, for embeddings by a cosine of 0.9 or more; and what the run itself estimates by its audits (`then.agreement`,
each clip by its crops). "the model itself" is how often it says the same of an object in two frames that follow each other: no answer that is
taken from another frame can be expected to agree more often with what it says of a crop.
"""
import argparse
import json
import pathlib
import socket
import subprocess
import tempfile
import time

import numpy as np


def infer(given, *more):
    """The same as `batch`, which asks no edge: one clip after the other on one device."""
    command = [given.deepvid, "infer", "--threads", "1", "--then", given.model, "--on", given.on, *more]
    outputs = {clip: subprocess.run([*command, clip], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout for clip in given.clips}
    return {pathlib.Path(clip).name + ".jsonl": [json.loads(line) for line in lines.splitlines()] for clip, lines in outputs.items()}


def batch(given, folder, *more):
    """By clip, the records."""
    command = [given.deepvid, "batch", *given.clips, "--output", str(folder), "--jobs", "1", "--threads", "1", "--quiet"]
    subprocess.run([*command, "--then", given.model, "--on", given.on, *more], check=True, stdout=subprocess.DEVNULL)
    files = sorted(folder.rglob("*.jsonl"))
    return {file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in files if file.name != "manifest.jsonl"}


def stage(records):
    """Seconds of the second stage."""
    frames = (line for lines in records.values() for line in lines if line["type"] == "frame")
    return sum(line["timing_ms"].get("then", 0) for line in frames) / 1000


class Edge:
    """A deepvid-edge that keeps answers."""

    def __init__(self, program):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % free.getsockname()[1]
        command = [program, "--listen", self.address, "--result-cache-memory", "64"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)

    def stop(self):
        self.process.terminate()
        self.process.wait()


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
    parser.add_argument("--edge", metavar="DEEPVID-EDGE", help="program of an edge that two devices share")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        along = ["--track", "--answer-age", given.answer_age]
        settings = [
            ("always", ["--track", "--answer-age", "0"], None),
            ("along tracks", along, None),
            ("and the cache", along, "tracks"),
            ("and a kept cache", along, "tracks"),
            ("the cache alone", [], "alone"),
            ("always, not followed", [], None),
        ]
        if given.edge:
            settings += [("first device", along, "first"), ("second device", along, "second")]
        records, seconds = {}, {}
        for number in range(given.rounds):
            edge = given.edge and Edge(given.edge)
            for title, options, cache in settings:
                if cache:
                    options = [*options, "--result-cache", str(folder / f"{number}-{cache}.cache")]
                if title.endswith("device"):
                    said = infer(given, *options, "--edge", f"http://{edge.address}")
                else:
                    said = batch(given, folder / f"{number}-{title.replace(' ', '-')}", *options)
                seconds.setdefault(title, []).append(stage(said))
                records.setdefault(title, said)
            if edge:
                edge.stop()
        report(settings, records, {title: min(all) for title, all in seconds.items()})


def report(settings, records, seconds):
    raw = {(clip, frame, tuple(one["box"])): one for clip, frame, one in answered(records["always, not followed"])}
    voted = {(clip, frame, one["track_id"]): one for clip, frame, one in answered(records["always"]) if "track_id" in one}
    print("| second model | crops | without the model | by the edge | stage s | of always | voted | raw | audits |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for title, options, _ in settings:
        said = records[title]
        ends = [line["then"][0] for lines in said.values() for line in lines if line["type"] == "end"]
        always = "always" if options else "always, not followed"
        crops, runs = sum(each["crops"] for each in ends), sum(each["runs"] for each in ends)
        # What was taken from elsewhere; where the model ran every time, all.
        ours = [each for each in answered(said) if runs == crops or each[2].get("reused")]
        by_vote = [(one, voted[key]) for clip, frame, one in ours if (key := (clip, frame, one.get("track_id"))) in voted]
        by_crop = [(one, raw[key]) for clip, frame, one in ours if (key := (clip, frame, tuple(one["box"]))) in raw]
        told = [(each["agreement"]["estimate"], each["crops"]) for each in ends if each.get("agreement", {}).get("estimate") is not None]
        audits = f"{np.average([a for a, _ in told], weights=[n for _, n in told]):.3f}" if told else "-"
        print(
            f"| {title} | {crops} | {1 - runs / max(1, crops):.3f} | {sum(each.get('edge', 0) for each in ends) / max(1, crops):.3f} "
            f"| {seconds[title]:.3f} | {seconds[title] / seconds[always]:.2f} | {share(by_vote)} | {share(by_crop)} | {audits} |",
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
