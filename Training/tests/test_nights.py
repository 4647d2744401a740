import numpy as np
from test_placement import sample

from deepvid_training.blended_scenes import blended
from deepvid_training.dataset import Collate, Scenes, seen
from deepvid_training.empty_nights import empty_night, render
from deepvid_training.night import darken, visible
from deepvid_training.placement import Scene, aim_at_object, place, vacancy, vacant
from deepvid_training.shapes import covered
from deepvid_training.sources import read_folder


def test_a_drawn_night_depends_on_its_seed_and_number_alone():
    assert np.array_equal(empty_night(3, 5), empty_night(3, 5))
    assert not np.array_equal(empty_night(3, 5), empty_night(3, 6))
    shapes = {empty_night(3, index).shape[:2] for index in range(8)}
    assert len(shapes) > 2


def test_drawn_nights_are_a_set_without_objects(tmp_path):
    render(tmp_path, {"train": 2, "test": 1}, {"train": 1, "test": 2})
    samples = read_folder(tmp_path)
    assert [s.split for s in samples] == ["train", "train", "test"]
    assert all(not len(s.boxes) and s.annotated.all() and not len(s.ignores) for s in samples)
    assert all(s.load().shape[:2] == (s.height, s.width) for s in samples)


def test_a_night_is_darker_and_infrared_light_has_no_color():
    rng, day = np.random.default_rng(0), np.full((96, 160, 3), (90, 140, 60), np.uint8)
    nights = [darken(day, rng) for _ in range(40)]
    assert all(n.shape == day.shape and n.dtype == np.uint8 for n in nights)
    assert np.median([n.mean() for n in nights]) < day.mean()
    colorful = [np.ptp(n.astype(int), axis=2).mean() > 8 for n in nights]
    assert 0 < sum(colorful) < 30


def test_what_the_dark_hides_is_left_open():
    picture = np.full((96, 160, 3), 20, np.uint8)
    picture[30:60, 20:40] = 120
    assert visible(picture, [(20, 30, 40, 60), (100, 30, 120, 60)]).tolist() == [True, False]
    rng, hidden, kept = np.random.default_rng(1), 0, 0
    for _ in range(60):
        scene = Scene.blank(96, 160)
        place(scene, sample([(20, 10, 40, 50)]), (0, 0, 160, 96), (1.6, 1.6), (0, 0), False)
        scene.canvas //= 4
        night = seen(scene, rng, 1.0)
        assert len(night.boxes) == len(night.classes) and len(night.ignores) == len(night.ignored)
        assert len(night.boxes) + len(night.ignores) == 1
        kept, hidden = kept + len(night.boxes), hidden + len(night.ignores)
    assert kept > 10 and hidden > 1


def test_an_empty_part_has_neither_objects_nor_doubts():
    made, rng = sample([(0, 0, 40, 60)], 320, 240), np.random.default_rng(2)
    made.ignores = np.float32([[200, 0, 320, 240], [0, 0, 320, 240]])
    made.ignored = np.array([[True] * 6, [True] + [False] * 5])
    parts = [part for part in (vacancy(made, rng) for _ in range(40)) if part]
    assert len(parts) > 10
    assert all(x2 <= 200 and (x1 >= 40 or y1 >= 60) for x1, y1, x2, y2 in parts)
    scenes = [vacant(made, 64, 96, rng) for _ in range(40)]
    empty = [s for s in scenes if not s.boxes]
    assert len(empty) > 20 and all((s.canvas <= 114).all() for s in empty)


def test_empty_parts_show_other_things():
    made, rng = sample([(0, 0, 40, 60)], 640, 480), np.random.default_rng(7)
    made.things = np.float32([[400, 300, 480, 380]])
    parts = [part for part in (vacancy(made, rng) for _ in range(40)) if part]
    around = [x1 <= 400 and y1 <= 300 and x2 >= 480 and y2 >= 380 for x1, y1, x2, y2 in parts]
    close = [whole and x2 - x1 <= 145 for whole, (x1, _, x2, _) in zip(around, parts)]
    assert sum(close) > 12


def test_shapes_cover_a_part_of_the_picture():
    rng, back, stuff = (
        np.random.default_rng(6),
        np.zeros((64, 96, 3), np.uint8),
        np.full((40, 40, 3), 200, np.uint8),
    )
    shares = [(covered(back, stuff, rng).max(2) > 20).mean() for _ in range(60)]
    assert min(shares) < 0.2 and max(shares) > 0.5


def test_empty_scenes_stay_empty():
    groups = {"highway": [sample([(0, 0, 40, 60)], 320, 240)]}
    config = {"train": {"mix": {"highway": 1.0}, "seed": 1, "batch": 2}}
    scenes = Scenes(groups, config, [(64, 96), (96, 64)], 0.0, 0.0, 1.0)
    assert all(not scenes[index].boxes for index in range(12))
    assert np.array_equal(scenes[3].canvas, scenes[3].canvas)
    shapes = [scenes[index].canvas.shape[:2] for index in range(6)]
    assert shapes == [(64, 96)] * 2 + [(96, 64)] * 2 + [(64, 96)] * 2


def test_a_picture_full_of_something_has_no_empty_part():
    assert vacancy(sample([(0, 0, 80, 60)]), np.random.default_rng(3)) is None


def test_close_ups_do_not_magnify_a_few_pixels():
    rng, made = np.random.default_rng(4), sample([(150, 100, 160, 120)], 400, 300)
    scales = [aim_at_object(made, (0, 0, 416, 256), rng)[0] for _ in range(40)]
    assert max(np.sqrt(x * y) for x, y in scales) <= 2.5 + 1e-6


def test_blended_batches_are_for_the_teacher_alone():
    groups = {"highway": [sample([(0, 0, 40, 60)], 320, 240)]}
    config = {"train": {"mix": {"highway": 1.0}, "seed": 1, "batch": 2, "blended": 0.5}}
    scenes = Scenes(groups, config, [(64, 96)], 0.0)
    assert [scenes[i].to_blend is not None for i in range(8)] == [False] * 2 + [True] * 2 + [
        False
    ] * 2 + [True] * 2
    plain, mixed = (Collate()([scenes[i], scenes[i + 1]]) for i in (0, 2))
    assert "blended" not in plain
    assert mixed["blended"]
    whole = np.stack([scenes[i].canvas for i in (2, 3)])
    assert not np.array_equal(mixed["images"].permute(0, 2, 3, 1).numpy(), whole)
    again = Collate()([scenes[2], scenes[3]])
    assert np.array_equal(again["images"], mixed["images"])


def test_blends_lie_between_their_pictures():
    pictures = np.stack([np.full((8, 8, 3), v, np.uint8) for v in (0, 200)])
    levels = [blended(pictures, np.random.default_rng(i))[0, 0, 0, 0] for i in range(60)]
    plain = [v for v in levels if v <= 101]  # a tenth is inverted
    assert 40 < len(plain) < 60 and min(plain) >= 29 and max(plain) > 80
