"""Who is who in a clip, as far as that can be told without asking people: several detectors' agreement at the full frame rate,
linked offline, both ways in time. It is no part of deepvid's tracker and uses none of its rules.

Needs the venv of Training (numpy, opencv-python-headless, onnxruntime) and scipy.
"""
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from common import ROOT, SHARED

sys.path.insert(0, str(ROOT / "Training"))
from deepvid_training.consensus import vote  # noqa: E402
from deepvid_training.detectors import Detections, OnnxDetector  # noqa: E402

TEACHERS = ("yolox_nano_416", "picodet_s_320_coco", "nanodet_m_416")
# Classes that detectors take for one another: person; bicycle and motorbike; car, bus and truck.
GROUPS = (0, 1, 2, 1, 2, 2)
LEAST_VOTE, SURE_VOTE = 0.2, 0.35  # Mean of the detectors' best scores: to be linked, and as Training trusts it.
LINK_IOU, LINK_SECONDS = 0.35, 0.25  # From one frame to the next.
GAP_SECONDS, REST_SECONDS, REST_IOU = 2.5, 10, 0.6  # Joined over a gap: by extrapolation, and of what stands in the same place.
LEAST_SECONDS = 0.6


@dataclass
class Sequence:
    """Frames with their times in seconds, boxes [class, score, x, y, w, h], truth [(id, group, [x, y, w, h])] and doubtful boxes."""
    name: str
    times: list = field(default_factory=list)
    boxes: list = field(default_factory=list)
    truth: list = field(default_factory=list)
    doubtful: list = field(default_factory=list)


def overlaps(a, b):
    """IoU of [n, 4] and [m, 4] boxes x, y, w, h."""
    a, b = np.asarray(a, float).reshape(-1, 4), np.asarray(b, float).reshape(-1, 4)
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
    both = np.prod((high - low).clip(0), axis=2)
    return both / np.maximum(np.prod(a[:, 2:], 1)[:, None] + np.prod(b[:, 2:], 1)[None] - both, 1e-9)


def detect(clip: Path, cache: Path):
    """Boxes of the embedded detector and the teachers for every frame, kept in a file."""
    file = cache / f"{clip.name}.jsonl"
    if not file.exists():
        paths = [ROOT / "Sources/CDefaultModel/default.onnx", *(SHARED / f"models/{name}.onnx" for name in TEACHERS)]
        detectors = [OnnxDetector(path, threads=1, score=0.1, nms_iou=0.5) for path in paths]
        capture, lines = cv2.VideoCapture(str(clip)), []
        while True:
            there, picture = capture.read()
            if not there:
                break
            found = [detector(np.ascontiguousarray(picture[:, :, ::-1])) for detector in detectors]
            lines.append(json.dumps([[[int(label), round(float(score), 4), *np.round(np.append(box[:2], box[2:] - box[:2]), 2).tolist()]
                                      for box, score, label in zip(one.boxes, one.scores, one.classes)] for one in found]))
        file.write_text("\n".join(lines))
    return [json.loads(line) for line in file.read_text().splitlines()]


def times(clip: Path, count: int):
    """Of the frames, in seconds; evenly spread where the container has none."""
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "csv=p=0", "-show_entries"]
    words = subprocess.run([*probe, "frame=best_effort_timestamp_time", clip], capture_output=True, text=True, check=True).stdout.split()
    found = [float(word.split(",")[0]) for word in words if word[0].isdigit()]
    rate = subprocess.run([*probe, "stream=avg_frame_rate", clip], capture_output=True, text=True, check=True).stdout.split("/")
    return found if len(found) == count else [index * float(rate[1]) / float(rate[0]) for index in range(count)]


def votes(opinions):
    """One frame's consensus: [(group, vote, [x, y, w, h])]."""
    tables = [np.array(one, float).reshape(-1, 6) for one in opinions]
    judged = vote([Detections(np.hstack([t[:, 2:4], t[:, 2:4] + t[:, 4:]]).astype(np.float32), t[:, 1], t[:, 0].astype(int)) for t in tables])
    return [(GROUPS[v.label], v.score, [*v.box[:2], *(v.box[2:] - v.box[:2])]) for v in judged]


def link(frames, moments):
    """Tracks of consensus boxes: dicts with group, frames, boxes and votes."""
    done, live = [], []
    for index, found in enumerate(frames):
        found = [v for v in found if v[1] >= LEAST_VOTE]
        taken = set()
        if found and live:
            matrix = overlaps([_ahead(track, moments, moments[index]) for track in live], [v[2] for v in found])
            matrix[np.array([t["group"] for t in live])[:, None] != np.array([v[0] for v in found])[None]] = 0
            for row, column in zip(*linear_sum_assignment(-matrix)):
                if matrix[row, column] >= LINK_IOU:
                    _extend(live[row], index, found[column])
                    taken.add(column)
        live += [_extend({"group": v[0], "frames": [], "boxes": [], "votes": []}, index, v) for n, v in enumerate(found) if n not in taken]
        done += [t for t in live if moments[index] - moments[t["frames"][-1]] > LINK_SECONDS]
        live = [t for t in live if moments[index] - moments[t["frames"][-1]] <= LINK_SECONDS]
    return _join([t for t in done + live if len(t["frames"]) >= 3 and _seconds(t, moments) >= 0.15], moments)


def _extend(track, index, found):
    for key, value in (("frames", index), ("votes", found[1]), ("boxes", found[2])):
        track[key].append(value)
    return track


def _seconds(track, moments):
    return moments[track["frames"][-1]] - moments[track["frames"][0]]


def _ahead(track, moments, now):
    last, frames = np.array(track["boxes"][-1]), track["frames"]
    if len(frames) < 5:
        return last
    return last + (last - np.array(track["boxes"][-5])) / (moments[frames[-1]] - moments[frames[-5]]) * (now - moments[frames[-1]])


def _velocity(track, moments, part):
    times_, boxes = np.array(moments)[track["frames"][part]], np.array(track["boxes"][part])
    return np.polyfit(times_, boxes, 1)[0] if len(times_) >= 3 else np.zeros(4)


def _join_cost(before, after, moments):
    """Of one track being the other's continuation; None where it cannot be."""
    gap = moments[after["frames"][0]] - moments[before["frames"][-1]]
    if before["group"] != after["group"] or not 0 < gap <= REST_SECONDS:
        return None
    last, first, end, start = np.array(before["boxes"][-1]), np.array(after["boxes"][0]), slice(-8, None), slice(0, 8)
    if overlaps(np.median(before["boxes"][end], 0), np.median(after["boxes"][start], 0))[0, 0] > REST_IOU:
        return 0.1 + 0.05 * gap
    if gap > GAP_SECONDS:
        return None
    def apart(a, b):
        return np.hypot(*((a[:2] + a[2:] / 2) - (b[:2] + b[2:] / 2))) / max(last[3], first[3])
    distance = min(apart(last + _velocity(before, moments, end) * gap, first), apart(last, first - _velocity(after, moments, start) * gap))
    alike = min(last[3], first[3]) / max(last[3], first[3]) > 0.6
    return distance + 0.2 * gap if alike and distance < 0.3 + 0.5 * gap / GAP_SECONDS else None


def _join(tracks, moments):
    while tracks:
        costs = np.full((len(tracks), len(tracks)), 1e3)
        for row, before in enumerate(tracks):
            for column, after in enumerate(tracks):
                cost = None if row == column else _join_cost(before, after, moments)
                costs[row, column] = 1e3 if cost is None else cost
        following = {row: column for row, column in zip(*linear_sum_assignment(costs)) if costs[row, column] < 1e3}
        if not following:
            break
        heads, joined = set(range(len(tracks))) - set(following.values()), []
        for place in sorted(heads):
            track = tracks[place]
            while place in following:
                place = following[place]
                for key in ("frames", "boxes", "votes"):
                    track[key] += tracks[place][key]
            joined.append(track)
        tracks = joined
    return tracks


def read(clip: Path, cache: Path, alone=False) -> Sequence:
    """A clip with the embedded detector's boxes and the consensus of all as truth; with `alone`, its own boxes of all frames, for a clip that
    the others do not understand."""
    opinions = detect(clip, cache)
    sequence = Sequence(clip.stem, times(clip, len(opinions)), [one[0] for one in opinions], [[] for _ in opinions])
    frames = [[(GROUPS[b[0]], b[1], b[2:]) for b in one[0]] if alone else votes(one) for one in opinions]
    sequence.doubtful = [[v[2] for v in found] for found in frames]
    number = 0
    for track in link(frames, sequence.times):
        if _seconds(track, sequence.times) < LEAST_SECONDS or np.mean(np.array(track["votes"]) >= SURE_VOTE) < 0.5:
            continue
        number += 1
        for frame in range(track["frames"][0], track["frames"][-1] + 1):
            now, seen = sequence.times[frame], [sequence.times[f] for f in track["frames"]]
            box = [np.interp(now, seen, column) for column in np.array(track["boxes"]).T]
            sequence.truth[frame].append((number, track["group"], box))
    return sequence
