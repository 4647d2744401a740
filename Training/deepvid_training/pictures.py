"""Contact sheets: what `deepvid render` draws over clips, and objects that were missed."""

import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from .alarms import drawn
from .boxes import overlaps
from .detectors import OnnxDetector
from .frames import sample_frames
from .labels import CLASSES, VEHICLES
from .sources import read_folder

RED = (255, 40, 40)


def drawn_clip(deepvid, clip, folder, options=()):
    """Path of the video that deepvid makes of a clip: `infer`, then `render`."""
    records, video = Path(folder) / f"{clip.stem}.jsonl", Path(folder) / f"{clip.stem}.mp4"
    infer = [deepvid, "infer", clip, "--output", records, "--quiet", *options]
    subprocess.run(infer, check=True)
    subprocess.run([deepvid, "render", clip, records, "--output", video], check=True)
    return video


def fit(image, width, height):
    """RGB image scaled into width x height pixels, black around it."""
    scale = min(width / image.shape[1], height / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((height, width, 3), np.uint8)
    y, x = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    tile[y : y + small.shape[0], x : x + small.shape[1]] = small
    return tile


def grid(tiles, columns):
    """Tiles of one size -> one picture, row by row."""
    tiles = list(tiles)
    while len(tiles) % columns:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)


def save(path, picture, quality=80):
    """Write an RGB picture as JPEG."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)


def middles(video, columns):
    """`columns` frames from the middles of as many equal spans of a video."""
    frames = [image for _, image in sample_frames(video, 2 * columns + 1, 1280)]
    return frames[1 : 2 * columns : 2]


def contact_sheet(clips, deepvid, target, columns=4, width=360, height=203):
    """A row of drawn frames for each clip."""
    tiles = []
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips:
            video = drawn_clip(deepvid, clip, folder)
            tiles += [fit(image, width, height) for image in middles(video, columns)]
    save(target, grid(tiles, columns))


def missed(sample, found, score):
    """The sample's boxes [n, 4] that no detection of the same kind comes near (IoU 0.3)."""
    sure = found.scores >= score
    kinds = np.where(np.isin(found.classes[sure], VEHICLES), VEHICLES[0], found.classes[sure])
    wanted = np.where(np.isin(sample.classes, VEHICLES), VEHICLES[0], sample.classes)
    near = (overlaps(sample.boxes, found.boxes[sure]) > 0.3) & (wanted[:, None] == kinds[None])
    return sample.boxes[~near.any(1)]


def sheet_of_misses(config, detector, clips, target, columns=3, width=480, height=270):
    """The two frames of each clip in which most is missed; missed objects in red."""
    tiles, score = [], config["export"]["score"]
    samples = read_folder(config["data"]["video"], rules=config)
    for clip in clips:
        judged = []
        for sample in (s for s in samples if s.source == clip.stem):
            boxes = missed(sample, detector(sample.load()), score)
            judged.append((len(boxes), len(judged), boxes, sample))
        for count, _, boxes, sample in sorted(judged, key=lambda j: (-j[0], j[1]))[:2]:
            if not count:
                continue
            picture = sample.load().copy()
            for x1, y1, x2, y2 in boxes.round().astype(int).tolist():
                cv2.rectangle(picture, (x1, y1), (x2, y2), RED, 2)
            tiles.append(fit(picture, width, height))
    if tiles:
        save(target, grid(tiles, columns))


def nearest_alarm(picture, found):
    """The picture with the box that scores highest where nothing is, and that score, 0 without."""
    if not len(found.scores):
        return picture, 0.0
    best = int(found.scores.argmax())
    drawn, (x1, y1, x2, y2) = picture.copy(), found.boxes[best].round().astype(int).tolist()
    name = f"{CLASSES[found.classes[best]]} {found.scores[best]:.2f}"
    cv2.rectangle(drawn, (x1, y1), (x2, y2), RED, 2)
    cv2.putText(drawn, name, (x1 + 4, y1 + 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, RED, 2)
    return drawn, float(found.scores[best])


def sheet_of_alarms(config, detector, target, count=12, columns=4, width=360, height=203):
    """Of the drawn empty nights of the test, those whose best box scores highest: what was a false
    alarm, or came nearest to one."""
    looks = (nearest_alarm(s.load(), detector(s.load())) for s in drawn(config, "test"))
    worst = sorted(looks, key=lambda look: -look[1])[:count]
    if worst:
        save(target, grid([fit(picture, width, height) for picture, _ in worst], columns))


def run(config, arguments):
    """Write contact.jpg and missed.jpg for the clips whose names contain one of the parts, and
    alarms.jpg."""
    parts = arguments.clips or [""]
    clips = sorted(Path(config["data"]["clips"]).iterdir())
    clips = [clip for clip in clips if any(part in clip.name for part in parts)]
    target = Path(arguments.target)
    target.mkdir(parents=True, exist_ok=True)
    contact_sheet(clips, arguments.deepvid, target / "contact.jpg")
    detector = OnnxDetector(arguments.model)
    sheet_of_misses(config, detector, clips, target / "missed.jpg")
    sheet_of_alarms(config, detector, target / "alarms.jpg")
