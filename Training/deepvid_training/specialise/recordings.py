"""A camera's recordings as training material: small pictures and what the teacher saw there."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass
class Material:
    """Frames of one camera, in order: pictures uint8 [N, H, W, 3] RGB, a Look each."""

    pictures: np.ndarray
    looks: list

    def __len__(self):
        return len(self.pictures)

    def subset(self, which):
        """Those frames."""
        return Material(self.pictures[which], [self.looks[i] for i in which])


def frame_count(clip):
    """Frames of a clip as its container says; refuses what is no video."""
    capture = cv2.VideoCapture(str(clip))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    size = tuple(int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    capture.release()
    if count < 1 or min(size) < 1:
        raise SystemExit(f"{clip}: no frames can be read from it; is it a video file?")
    return count, size


def input_size(clips, longer_side):
    """(height, width) of the submodels' input: the camera's shape, in multiples of 32."""
    sizes = {frame_count(clip)[1] for clip in clips}
    if len(sizes) > 1:
        raise SystemExit(f"the clips are of several sizes, {sorted(sizes)}: one camera has one")
    width, height = sizes.pop()
    scale = longer_side / max(width, height)
    return tuple(max(64, round(side * scale / 32) * 32) for side in (height, width))


def pictures(clip, wanted, height, width):
    """{frame index: RGB uint8 [height, width, 3]} of the wanted frames, stretched."""
    capture, found = cv2.VideoCapture(str(clip)), {}
    for index in range(max(wanted) + 1):
        if not capture.grab():
            break
        if index not in wanted:
            continue
        good, frame = capture.retrieve()
        if good:
            # Area: what a camera's own smaller picture would show.
            small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
            found[index] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    capture.release()
    return found


def read(clips, teacher, settings, least, height, width):
    """(training Material, held-out Material): the end of each clip's share is held out."""
    counts = [max(2, int(frame_count(clip)[0] * settings["share"])) for clip in clips]
    step = max(1, -(-sum(counts) // settings["most"]))
    parts = {"train": ([], []), "held": ([], [])}
    for clip, count in zip(clips, counts):
        looks = teacher.looks(clip, count, least)
        wanted = set(range(0, count, step))
        frames = pictures(clip, wanted & set(looks), height, width)
        border = count * (1 - settings["held_out"])
        for index in sorted(frames):
            images, seen = parts["train" if index < border else "held"]
            images.append(frames[index])
            seen.append(looks[index])
        print(f"{clip}: {len(frames)} of the first {count} frames", flush=True)
    if min(len(images) for images, _ in parts.values()) < 1:
        raise SystemExit("there are too few frames to train on and to hold out: give longer clips")
    return tuple(Material(np.stack(images), seen) for images, seen in parts.values())
