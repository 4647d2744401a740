import json
import tomllib

import cv2
import numpy as np
import onnx
import pytest
import torch

from deepvid_training import classifier, crops

SETTINGS = {
    "classes": {"car": ["car"], "heavy": ["bus", "truck"]},
    "side": 32,
    "margin": 0.1,
    "moved": 0.1,
    "least": 12,
}


def labelled(folder):
    """Twelve pictures: cars are red, what is heavy is blue."""
    rows = ["file,width,height,class,x1,y1,x2,y2,split,source,ignore"]
    (folder / "images").mkdir()
    for number in range(12):
        name, part = ("car", "bus", "truck")[number % 3], ("train", "val", "test")[number // 4]
        picture = np.full((60, 80, 3), 90, np.uint8)
        picture[10:50, 20:60] = (200, 60, 60) if name != "car" else (60, 60, 200)
        cv2.imwrite(str(folder / f"images/{number}.png"), picture)
        rows.append(f"images/{number}.png,80,60,{name},20,10,60,50,{part},here,0")
        rows.append(f"images/{number}.png,80,60,car,0,0,8,8,{part},here,0")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")


def test_a_class_stands_for_its_labels_and_small_boxes_for_none(tmp_path):
    labelled(tmp_path)
    read = crops.read(tmp_path, SETTINGS, ["here"], "train")
    assert [crop.label for crop in read] == [0, 1, 1, 0]
    assert crops.read(tmp_path, SETTINGS, ["elsewhere"], "train") == []


def test_two_views_are_not_the_same():
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    crop, random = crops.Crop(picture, (20, 10, 60, 50), 0), np.random.default_rng(1)
    first, second = (crops.seen(crop, SETTINGS, random) for _ in range(2))
    assert first.shape == second.shape == (32, 32, 3)
    assert (first != second).any()


def test_divergence_is_of_both_ways_and_none_of_the_same():
    a, b = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    p, q = a.softmax(1), b.softmax(1)
    wanted = ((p - q) * (p.log() - q.log())).sum() / 2
    torch.testing.assert_close(classifier.divergence(a, b), wanted)
    torch.testing.assert_close(classifier.divergence(a, b), classifier.divergence(b, a))
    assert classifier.divergence(a, a) == 0


def test_it_learns_and_its_file_says_the_same(tmp_path):
    labelled(tmp_path)
    rules = {"channels": [8, 8, 8], "epochs": 4, "crops": 64, "shares": [0.5, 0.5], "batch": 16}
    rules |= {"rate": 0.01, "decay": 0.0, "smoothing": 0.05, "consistency": 1.0, "seed": 1}
    data = {"labelled": tmp_path, "sources": ["here"]}
    config = {"data": data, "crops": SETTINGS, "train": rules}
    target = tmp_path / "kinds.onnx"
    classifier.run(config, "kinds", target)
    card = json.loads(target.with_suffix(".json").read_text())
    assert card["labels"] == ["car", "heavy"]
    pools = [node for node in onnx.load(target).graph.node if node.op_type == "AveragePool"]
    assert len(pools) == 1


def test_steadiness_of_one_answer_is_one():
    model = classifier.Classifier(2, [8, 8])
    with torch.no_grad():
        model.classes.weight.zero_()
        model.classes.bias.copy_(torch.tensor([1.0, 0.0]))
    picture = np.zeros((60, 80, 3), np.uint8)
    views = [crops.Crop(picture, (20, 10, 60, 50), 0)] * 3
    assert classifier.steadiness(model, views, SETTINGS) == 1


def test_the_configuration_names_a_share_for_each_class():
    with open("classifier.toml", "rb") as file:
        config = tomllib.load(file)
    assert len(config["train"]["shares"]) == len(config["crops"]["classes"])
    assert sum(config["train"]["shares"]) == pytest.approx(1)
