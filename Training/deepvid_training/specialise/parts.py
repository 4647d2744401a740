"""A camera's world in K parts: k-means on coarse pictures, and a selector that is exactly that.

A coarse picture, means of cells of 32x32 pixels of the picture that the teacher takes, shows what
changes slowly or much: the light, the time of day, how full the road is. Of K centres m, the
nearest to x is that of the largest 2 m.x - |m|^2, which is linear: so k-means' own rule is a
network of one pooling and one layer. A softmax makes shares of it, and the code of a picture is
the mean, by these shares, of the midpoints of the bundle's sectors (equation 11 of the CacheNet
paper).
"""

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CELL = 32
MODES = ("stretch", "letterbox", "letterbox_topleft")


class View:
    """Pictures as the teacher takes them: size, place of the frame in it, and normalisation."""

    def __init__(self, card, frame_size):
        given = card["input"]
        self.width, self.height = given["width"], given["height"]
        self.mean, self.std = (np.broadcast_to(given[k], 3).astype(float) for k in ("mean", "std"))
        self.pad = np.broadcast_to(given.get("pad", 114), 3).astype(np.uint8)
        self.bgr, mode = given["color"] == "bgr", given["resize"]
        if given["color"] not in ("rgb", "bgr") or mode not in MODES:
            raise SystemExit(
                f"the teacher takes {given['color']} pictures by '{mode}': a selector is written "
                f"for rgb or bgr by {', '.join(MODES)}"
            )
        scale = min(self.width / frame_size[0], self.height / frame_size[1])
        self.frame = (self.width, self.height)
        if mode != "stretch":
            self.frame = tuple(max(1, round(side * scale)) for side in frame_size)
        left, top = self.width - self.frame[0], self.height - self.frame[1]
        self.corner = (left // 2, top // 2) if mode == "letterbox" else (0, 0)

    def draw(self, picture):
        """RGB uint8 of the camera's whole frame, of any size -> uint8 [H, W, 3], RGB."""
        canvas = np.empty((self.height, self.width, 3), np.uint8)
        canvas[:] = self.pad[::-1] if self.bgr else self.pad
        (x, y), (width, height) = self.corner, self.frame
        canvas[y : y + height, x : x + width] = cv2.resize(picture, self.frame)
        return canvas

    def coarse(self, pictures):
        """uint8 [N, h, w, 3] -> float32 [N, 3 x cells], channel by channel, in shares of 255."""
        rows, columns = self.height // CELL, self.width // CELL
        points = np.empty((len(pictures), 3, rows, columns), np.float32)
        for point, picture in zip(points, pictures):
            drawn = self.draw(picture)[: rows * CELL, : columns * CELL]
            cells = drawn.reshape(rows, CELL, columns, CELL, 3)
            point[:] = cells.mean((1, 3), dtype=np.float32).transpose(2, 0, 1) / 255
        return points.reshape(len(pictures), -1)


def distances(points, centres):
    """Squared distances [N, K]."""
    return ((points[:, None] - centres[None]) ** 2).sum(2)


def centres(points, count, seed, rounds=100):
    """k-means with k-means++'s beginning -> [K, D]; fewer where there are no K different points."""
    rng = np.random.default_rng(seed)
    chosen = points[[rng.integers(len(points))]]
    while len(chosen) < count:
        nearest = distances(points, chosen).min(1)
        if nearest.sum() <= 0:
            break
        place = rng.choice(len(points), p=nearest / nearest.sum())
        chosen = np.concatenate([chosen, points[[place]]])
    for _ in range(rounds):
        own = distances(points, chosen).argmin(1)
        moved = np.stack(
            [
                points[own == k].mean(0) if (own == k).any() else chosen[k]
                for k in range(len(chosen))
            ]
        )
        if np.allclose(moved, chosen):
            break
        chosen = moved
    return chosen.astype(np.float32)


def members(points, middles, overlap):
    """[N, K] bool: a frame is of its nearest part, and of those hardly farther."""
    far = np.sqrt(distances(points, middles))
    return far <= far.min(1, keepdims=True) * (1 + overlap) + 1e-9


def midpoints(count):
    """Points on the circle at the middles of the K sectors, [K, 2]."""
    angles = 2 * np.pi * (np.arange(count) + 0.5) / count
    return np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)


def selector(middles, view):
    """The ONNX model: picture [1, 3, H, W] as the teacher takes it -> code [1, 2]."""
    count = len(middles)
    # As sharp as the centres are apart: a frame in the middle of a part has a share near 1.
    apart = distances(middles, middles)[~np.eye(count, dtype=bool)]
    sharpness = 8 / max(float(apart.mean()) if count > 1 else 1.0, 1e-6)
    # The teacher's normalisation is undone in the weights, and its order of colours.
    weight = (2 * middles * sharpness / 255).reshape(count, 3, -1)
    bias = -(middles**2).sum(1) * sharpness
    order = [2, 1, 0] if view.bgr else [0, 1, 2]
    weight = weight[:, order]
    bias = bias + (weight.sum(2) * view.mean).sum(1)
    weight = (weight * view.std[:, None]).reshape(count, -1)
    constants = {"weight": weight.T, "bias": bias, "middles": midpoints(count)}
    nodes = [
        helper.make_node(
            "AveragePool", ["picture"], ["cells"], kernel_shape=[CELL] * 2, strides=[CELL] * 2
        ),
        helper.make_node("Flatten", ["cells"], ["coarse"], axis=1),
        helper.make_node("Gemm", ["coarse", "weight", "bias"], ["nearness"]),
        helper.make_node("Softmax", ["nearness"], ["shares"], axis=1),
        helper.make_node("MatMul", ["shares", "middles"], ["code"]),
    ]
    shape = [1, 3, view.height, view.width]
    graph = helper.make_graph(
        nodes,
        "deepvid_selector",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("code", TensorProto.FLOAT, [1, 2])],
        [
            numpy_helper.from_array(np.ascontiguousarray(v, np.float32), k)
            for k, v in constants.items()
        ],
    )
    opset = [helper.make_opsetid("", 13)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=7)
    made.producer_name = "deepvid_training"
    onnx.checker.check_model(made, full_check=True)
    return made
