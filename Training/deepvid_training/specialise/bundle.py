"""Writes a bundle of detectors: the teacher, K submodels, their selector, and bundle.json."""

import hashlib
import json
import shutil
from pathlib import Path

import onnx

from ..export import card, compare, to_onnx


def describe(folder, name, teacher_card, submodel_card, count, threshold, overlap):
    """bundle.json, with the digests of what is in `folder` by now."""
    files = []
    for file in ["full.onnx", "selector.onnx", *(f"submodel-{k + 1}.onnx" for k in range(count))]:
        content = (folder / file).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        files.append({"name": file, "sha256": digest, "size": len(content)})
    manifest = {
        "version": 2,  # submodels with a card of their own
        "name": name,
        "card": teacher_card,
        "submodel_card": submodel_card,
        "submodels": count,
        "threshold": threshold,
        "overlap": overlap,
        "files": files,
    }
    (folder / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return sum(f["size"] for f in files)


def write(
    folder, name, teacher, models, selector, labels, size, score, nms_iou, threshold, overlap
):
    """Fill `folder`; returns its size in bytes. Fails if onnxruntime and PyTorch disagree."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(teacher.model, folder / "full.onnx")
    onnx.save(selector, folder / "selector.onnx")
    for k, model in enumerate(models):
        path = folder / f"submodel-{k + 1}.onnx"
        note = f"deepvid bundle {name}, part {k + 1}; classes {', '.join(labels)}"
        onnx.save(to_onnx(model, *size, note), path)
        scores, _ = compare(model, path, *size)
        if scores > 0.02:
            raise SystemExit(f"{path}: onnxruntime's scores differ from PyTorch's by {scores:.3f}")
    sides = dict(zip(("height", "width"), size))
    small = card(sides, score, nms_iou, labels, "stretch")
    return describe(folder, name, teacher.card(), small, len(models), threshold, overlap)
