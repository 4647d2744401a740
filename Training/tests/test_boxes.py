import numpy as np

from deepvid_training.boxes import overlaps, suppress


def test_overlap_of_half_shifted_squares():
    a = np.float32([[0, 0, 10, 10]])
    b = np.float32([[5, 0, 15, 10], [20, 20, 30, 30]])
    assert np.allclose(overlaps(a, b), [[1 / 3, 0]])


def test_suppression_keeps_best_per_class():
    boxes = np.float32([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10]])
    kept = suppress(boxes, np.float32([0.5, 0.9, 0.7]), np.array([0, 0, 1]), 0.5)
    assert kept.tolist() == [1, 2]
