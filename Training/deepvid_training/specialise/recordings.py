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
        """The frames of those numbers."""
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


def held_window(counts, share):
    """(first, end) of the frames to hold out: the latest window with its share of the objects.

    The end of a recording may show nothing, and nothing can be judged there. One window, and not
    every seventh frame: neighbours are all but the same picture.
    """
    length = max(1, round(len(counts) * share))
    firsts = range(len(counts) - length, -1, -max(1, length // 2))
    sums = [int(counts[first : first + length].sum()) for first in firsts]
    enough = share * counts.sum() / 2
    chosen = next((i for i, n in enumerate(sums) if n >= enough and n), int(np.argmax(sums)))
    return firsts[chosen], firsts[chosen] + length


def read(clips, teacher, settings, least, score, height, width):
    """(training Material, held-out Material) of the first `share` of each clip."""
    counts = [max(2, int(frame_count(clip)[0] * settings["share"])) for clip in clips]
    step = max(1, -(-sum(counts) // settings["most"]))
    images, seen = [], []
    for clip, count in zip(clips, counts):
        looks = teacher.looks(clip, count, least)
        frames = pictures(clip, set(range(0, count, step)) & set(looks), height, width)
        images += [frames[index] for index in sorted(frames)]
        seen += [looks[index] for index in sorted(frames)]
        print(f"{clip}: {len(frames)} of the first {count} frames", flush=True)
    if len(images) < 20:
        raise SystemExit(f"{len(images)} frames are too few to train on: give longer clips")
    whole = Material(np.stack(images), seen)
    reported = np.array([(look.scores >= score).sum() for look in seen])
    first, end = held_window(reported, settings["held_out"])
    rest = [i for i in range(len(whole)) if not first <= i < end]
    return whole.subset(rest), whole.subset(list(range(first, end)))
