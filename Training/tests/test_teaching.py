import numpy as np
import onnx
import onnxruntime
import torch
from test_export import HEIGHT, WIDTH, model

from deepvid_training.correction import correct
from deepvid_training.export import to_onnx
from deepvid_training.network import Detector
from deepvid_training.teaching import DenseTeacher
from deepvid_training.unfolding import unfold


def test_labels_put_a_teacher_right():
    boxes = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 10, 9], [40, 0, 50, 10], [80, 0, 90, 10]]])
    scores = torch.zeros(1, 4, 6)
    scores[0, :, 5] = torch.tensor([0.9, 0.8, 0.7, 0.6])  # trucks everywhere
    objects, labels = torch.tensor([[[0.0, 0, 10, 10], [0, 0, 0, 0]]]), torch.tensor([[2, 0]])
    unknown = torch.zeros(1, 4, 6, dtype=torch.bool)
    unknown[0, 3] = True
    lesson = correct(scores, boxes, objects, labels, torch.tensor([[True, False]]), unknown)
    # The first two are the labelled car; the third is nothing; of the fourth the labels are silent.
    assert lesson.speaks[0].tolist() == [True, True, False, True]
    assert torch.allclose(lesson.targets[0, :2, 2], torch.tensor([0.9, 0.8]))
    assert lesson.targets[0, :2, 5].sum() == 0 and lesson.targets[0, 3, 5] == scores[0, 3, 5]
    assert lesson.boxes[0, 1].tolist() == [0, 0, 10, 10]


def test_a_teacher_takes_scenes_of_any_size(tmp_path):
    net, path = model(), tmp_path / "large.onnx"
    onnx.save(to_onnx(net, HEIGHT, WIDTH, "test"), path)
    scenes = np.random.default_rng(2).integers(0, 255, (3, 96, 160, 3), np.uint8)
    scores, boxes, hints = DenseTeacher(path, "large")(scenes)
    with torch.no_grad():
        logits, raw = net(torch.from_numpy(scenes).permute(0, 3, 1, 2) / 255)
    assert np.abs(scores - logits.sigmoid().numpy()).max() < 0.02
    assert np.abs(boxes - raw.numpy()).max() < 0.1
    assert not hints


def test_an_exported_file_can_be_trained_on(tmp_path):
    path = tmp_path / "default.onnx"
    onnx.save(to_onnx(model(), HEIGHT, WIDTH, "test"), path)
    net, images = Detector(6), torch.rand(8, 3, HEIGHT, WIDTH)
    unfold(net, path, images)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {"images": images[:1].numpy() * 255})
    with torch.no_grad():
        trained, _ = net.train()(images)
        found, raw = net.eval()(images)
    assert np.abs(found[:1].sigmoid().numpy() - wanted[..., 5:]).max() < 1e-4
    assert np.abs(raw[:1].numpy() - wanted[..., :4]).max() < 1e-3
    # On the very pictures that measured it, normalisation by the batch is the stored one.
    assert (trained.sigmoid() - found.sigmoid()).abs().max() < 1e-3
