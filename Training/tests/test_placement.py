from pathlib import Path

import numpy as np

from deepvid_training.placement import Scene, close_up, mosaic, place, single
from deepvid_training.sources import Sample


def sample(boxes, width=80, height=60):
    """A black image with a white rectangle for each box."""
    pixels = np.zeros((height, width, 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        pixels[y1:y2, x1:x2] = 255
    made = Sample(Path("x"), width, height, "s", "train", np.ones(6, bool), pixels=pixels)
    made.boxes, made.classes = [list(map(float, b)) for b in boxes], [2] * len(boxes)
    return made.freeze()


def test_boxes_follow_the_pixels():
    for flip in (False, True):
        scene = Scene.blank(120, 160)
        place(scene, sample([(20, 10, 40, 50)]), (0, 0, 160, 120), (1.5, 2.0), (10, 0), flip)
        rows, columns = np.nonzero(scene.canvas[..., 0] > 200)
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert np.allclose(scene.boxes[0], seen, atol=2)


def test_cut_off_boxes_become_ignore_regions():
    scene = Scene.blank(60, 80)
    place(scene, sample([(20, 10, 40, 50)]), (0, 0, 24, 60), (1.0, 1.0), (0, 0), False)
    assert not scene.boxes and len(scene.ignores) == 1 and scene.ignored[0].all()


def test_close_ups_show_an_object_where_its_box_is():
    rng, heights = np.random.default_rng(4), []
    for _ in range(40):
        scene = close_up(sample([(20, 10, 40, 50)]), 96, 160, rng)
        for x1, y1, x2, y2 in scene.boxes:
            rows, columns = np.nonzero(scene.canvas[..., 0] > 200)
            seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert np.allclose([x1, y1, x2, y2], seen, atol=3)
            heights.append(y2 - y1)
    assert len(heights) > 20 and max(heights) > 1.7 * min(heights)


def test_random_scenes_stay_on_the_canvas():
    rng = np.random.default_rng(0)
    for _ in range(20):
        four = [sample([(5, 5, 30, 30), (40, 20, 70, 55)]) for _ in range(4)]
        made = (mosaic(four, 64, 96, rng, 0.5), single(four[0], 64, 96, rng))
        for scene in (*made, close_up(four[1], 64, 96, rng)):
            boxes = np.array(scene.boxes).reshape(-1, 4)
            assert scene.canvas.shape == (64, 96, 3)
            assert (boxes >= 0).all() and (boxes[:, 2] <= 96).all() and (boxes[:, 3] <= 64).all()
