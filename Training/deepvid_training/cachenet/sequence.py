"""The evaluation video: pictures of one label after another (§6.1) as a lossless FFV1 clip."""

import csv
import subprocess
from pathlib import Path

from . import images
from .routing import grouped


def write(root, target, seed=0, runs=1, limit=None, fps=25):
    """<target>.mkv of the `test` split, and <target>.csv: frame, label."""
    pictures, labels = images.read(root, "test", limit)
    names, order, target = images.classes(root), grouped(labels, seed, runs), Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    height, width = pictures.shape[1:3]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    command += ["-c:v", "ffv1", "-pix_fmt", "bgr0", "-bitexact", str(target.with_suffix(".mkv"))]
    subprocess.run(command, input=pictures[order].tobytes(), check=True)
    with open(target.with_suffix(".csv"), "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["frame", "label"])
        rows.writerows((frame, names[labels[i]]) for frame, i in enumerate(order))
