import csv

import cv2
import numpy as np

from deepvid_training.consensus import Vote
from deepvid_training.detectors import Detections
from deepvid_training.everyday import adopt, judged, split_of
from deepvid_training.sources import read_folder


def person(*box, score=0.5, trusted=True, label=0):
    return Vote(np.float32(box), label, score, trusted)


def test_large_boxes_that_no_teacher_sees_are_not_trusted():
    boxes = np.float32([[0, 0, 200, 300], [300, 0, 400, 300], [390, 390, 400, 410]])
    trusted, _ = judged(boxes, [person(305, 0, 400, 290)], 416, 416)
    assert trusted.tolist() == [False, True, True]  # the small one may well be missed by teachers


def test_persons_that_nobody_labelled_are_left_open():
    boxes = np.float32([[0, 0, 200, 300]])
    votes = [person(0, 0, 200, 310), person(10, 10, 60, 100), person(300, 20, 330, 100, score=0.13)]
    _, unlabelled = judged(boxes, [*votes, person(0, 350, 50, 400, label=2)], 416, 416)
    assert unlabelled.tolist() == [[300, 20, 330, 100]]  # parts of labelled persons are nothing new


def test_frames_of_a_clip_stay_together():
    rows = [{"source_name": f"youtube-{n}", "image": str(n)} for n in range(24)]
    assert {split_of(row) for row in rows} == {"train"}
    rows = [{"source_name": f"img{n}", "image": str(n)} for n in range(24)]
    assert [split_of(row) for row in rows].count("val") == 2


def write_set(folder):
    """One picture in the set's own shape, with one labelled person."""
    (folder / "images").mkdir(parents=True)
    cv2.imwrite(str(folder / "images" / "00001.jpg"), np.zeros((100, 100, 3), np.uint8))
    tables = {
        "images": ["image", "file", "width", "height", "aspect", "source_name"],
        "labels": ["image", "class", "x", "y", "w", "h"],
    }
    rows = {
        "images": [1, "00001.jpg", 100, 100, "stretched", "img1"],
        "labels": [1, "person", 10, 20, 30, 60],
    }
    for name, fields in tables.items():
        with open(folder / f"{name}.csv", "w", newline="") as file:
            csv.writer(file).writerows([fields, rows[name]])


def test_the_set_is_read_as_the_others_are(tmp_path):
    write_set(tmp_path / "person_everyday")

    def teacher(_):
        boxes = np.float32([[10, 20, 40, 80], [60, 60, 90, 90], [70, 0, 80, 30]])
        return Detections(boxes, np.float32([0.9, 0.8, 0.8]), np.array([0, 2, 0]))

    adopt({"data": {"everyday": str(tmp_path)}}, [teacher] * 2)
    (sample,) = read_folder(tmp_path)
    assert sample.boxes.tolist() == [[10, 20, 40, 80], [60, 60, 90, 90]]
    assert sample.classes.tolist() == [0, 2]
    assert sample.load().shape == (100, 100, 3)
    # All classes but persons are open everywhere, everything is where the teachers alone see a
    # person.
    assert sample.ignores.tolist() == [[0, 0, 100, 100], [70, 0, 80, 30]]
    assert sample.ignored.tolist() == [[False] + [True] * 5, [True] * 6]
