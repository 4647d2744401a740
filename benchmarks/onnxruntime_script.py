#!/usr/bin/env python3
"""What people write today: OpenCV decodes, onnxruntime infers, numpy decodes YOLOX. CLIP MODEL [THREADS]"""
import json
import sys

import cv2
import numpy as np
import onnxruntime

SIZE, MEAN, STD = 416, np.array([123.675, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)


def main():
    clip, model, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2
    cv2.setNumThreads(threads)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    cells = [(SIZE // s, s) for s in (8, 16, 32)]
    grid = np.concatenate([np.stack(np.meshgrid(np.arange(n), np.arange(n)), -1).reshape(-1, 2) for n, _ in cells]).astype(np.float32)
    stride = np.concatenate([np.full((n * n, 1), s, np.float32) for n, s in cells])
    capture, index = cv2.VideoCapture(clip), 0
    while True:
        ok, frame = capture.read()
        if not ok:
            break
        ratio = min(SIZE / frame.shape[0], SIZE / frame.shape[1])
        small = cv2.resize(frame, (int(frame.shape[1] * ratio), int(frame.shape[0] * ratio)))
        padded = np.full((SIZE, SIZE, 3), 114, np.uint8)
        padded[:small.shape[0], :small.shape[1]] = small
        tensor = ((padded[:, :, ::-1].astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)[None]
        output = session.run(None, {name: np.ascontiguousarray(tensor)})[0][0]
        scores = output[:, 4:5] * output[:, 5:]
        best = scores.argmax(1)
        confidence = scores[np.arange(len(best)), best]
        keep = confidence >= 0.4
        centre = (output[keep, :2] + grid[keep]) * stride[keep]
        size = np.exp(output[keep, 2:4]) * stride[keep]
        boxes = np.concatenate([(centre - size / 2) / ratio, size / ratio], 1)
        picked = cv2.dnn.NMSBoxesBatched(boxes.tolist(), confidence[keep].tolist(), best[keep].tolist(), 0.4, 0.65) if keep.any() else []
        print(json.dumps({"frame": index, "objects": [
            {"class_id": int(best[keep][i]), "score": round(float(confidence[keep][i]), 4), "box": [round(float(v), 2) for v in boxes[i]]}
            for i in picked]}))
        index += 1


if __name__ == "__main__":
    main()
