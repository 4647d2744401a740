import numpy as np

from deepvid_training.detectors import Detections
from deepvid_training.pictures import RED, nearest_alarm


def test_the_best_box_is_drawn():
    picture = np.zeros((60, 80, 3), np.uint8)
    boxes = np.float32([[5, 5, 20, 20], [30, 10, 70, 50]])
    found = Detections(boxes, np.float32([0.2, 0.3]), np.array([2, 0]))
    drawn, score = nearest_alarm(picture, found)
    assert abs(score - 0.3) < 1e-6
    assert tuple(drawn[50, 50]) == RED
    assert not drawn[12, 12].any()
    assert not picture.any()


def test_without_a_box_the_picture_is_as_it_is():
    picture = np.full((6, 8, 3), 7, np.uint8)
    nothing = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, int))
    drawn, score = nearest_alarm(picture, nothing)
    assert score == 0 and np.array_equal(drawn, picture)
