#!/usr/bin/env python3
"""Every model of ../shared: deepvid's planned engine against onnxruntime on the same image-like input tensor.

Prints, per model, the largest error relative to the largest magnitude of each output. Exits 1 above --limit.
fp16 models are compared with the same weights computed in fp32 by onnxruntime (deepvid computes in fp32).
"""
import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = ROOT.parent / "shared" / "models"


def widened(model):
    """The model with float16 tensors and types made float32."""
    for tensor in list(model.graph.initializer):
        if tensor.data_type == onnx.TensorProto.FLOAT16:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float32), tensor.name))
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    return model


def image_like(shape, seed):
    """Smooth shapes and noise in 0…255, then brought to about unit scale for models that expect it."""
    rng = np.random.default_rng(seed)
    n, c, h, w = shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    waves = sum(np.sin(x * rng.uniform(0.01, 0.2) + y * rng.uniform(0.01, 0.2) + rng.uniform(0, 6)) for _ in range(4))
    image = np.stack([waves * rng.uniform(0.5, 1) + rng.normal(0, 0.2, (h, w)) for _ in range(c)])
    return np.repeat(image[None], n, 0).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench-binary", default=str(ROOT / ".build/release/deepvid-bench"))
    parser.add_argument("--threads", default="2")
    parser.add_argument("--limit", type=float, default=1e-4)
    parser.add_argument("models", nargs="*")
    args = parser.parse_args()
    paths = [Path(m) for m in args.models] or [p for p in sorted(MODELS.rglob("*.onnx")) if p.name != "fns_candy.onnx"]
    worst = 0.0
    onnxruntime.set_default_logger_severity(3)
    for path in paths:
        session = onnxruntime.InferenceSession(widened(onnx.load(path)).SerializeToString(), providers=["CPUExecutionProvider"])
        value = session.get_inputs()[0]
        shape = [d if isinstance(d, int) else 1 for d in value.shape]
        data = image_like(shape, 7)
        expected = session.run(None, {value.name: data})
        raw = subprocess.run([args.bench_binary, "evaluate", str(path), "--threads", args.threads], input=data.tobytes(), capture_output=True)
        if raw.returncode:
            print(f"{path.name:<50} FAILED {raw.stderr.decode().strip()}")
            worst = float("inf")
            continue
        got, error = np.frombuffer(raw.stdout, np.float32), 0.0
        for output in expected:
            mine, got = got[:output.size].reshape(output.shape), got[output.size:]
            # onnxruntime's own sigmoid is good to 1e-7 absolute only: a map of scores that are all near zero has no digits.
            error = max(error, float(np.abs(mine - output).max() / max(np.abs(output).max(), 1e-2)))
        worst = max(worst, error)
        print(f"{path.name:<50} {error:.2e}")
    print(f"largest relative error {worst:.2e}, limit {args.limit:.0e}")
    return worst > args.limit


if __name__ == "__main__":
    sys.exit(main())
