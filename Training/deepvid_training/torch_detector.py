"""A PyTorch model behind the ONNX detectors' interface."""

import torch

from .cells import cells, decode
from .detectors import OURS, OnnxDetector, finish


class TorchDetector(OnnxDetector):
    """Calls a `Detector` on RGB uint8 images [H, W, 3], in inputs of `pixels` in their shape."""

    def __init__(self, model, pixels, score=0.01, nms_iou=0.5):
        self.model = model.eval()
        self.recipe, self.pixels = OURS, pixels
        self.score, self.nms_iou = score, nms_iou

    def resize(self, height, width):
        self.height, self.width = height, width
        self.corners, self.strides = cells(height, width)

    @torch.no_grad()
    def __call__(self, image):
        pixels, (sx, sy) = self.prepare(image)
        tensor = torch.from_numpy(pixels / 255).contiguous(memory_format=torch.channels_last)
        logits, raw = self.model(tensor)
        boxes = decode(raw, self.corners, self.strides)[0] / torch.tensor([sx, sy, sx, sy])
        scores = logits[0].sigmoid().numpy()
        return finish(boxes.numpy(), scores, image.shape, self.score, self.nms_iou)
