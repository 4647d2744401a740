"""Writes a bundle: the models as ONNX with float16 weights, and bundle.json."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from . import images


def half(model):
    """Large float32 initializers as float16 with one Cast each: half the file."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < 256:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + ".half"))
        casts.append(helper.make_node("Cast", [name + ".half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def export(network, path, size, note):
    """One network as ONNX; fails if onnxruntime and PyTorch disagree on noise."""
    network = network.eval().float()
    noise = torch.randn(1, 3, *size, generator=torch.Generator().manual_seed(0))
    program = torch.onnx.export(
        network,
        (noise,),
        input_names=["picture"],
        output_names=["output"],
        opset_version=18,
        dynamo=True,
        verbose=False,
    )
    model = half(program.model_proto)
    model.doc_string, model.producer_name = note, "deepvid_training"
    for node in model.graph.node:  # where in the sources a node came from is nobody's business
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"picture": noise.numpy()})
    with torch.no_grad():
        difference = np.abs(got - network(noise).numpy()).max()
    if not difference < 0.02 * max(1, np.abs(got).max()):
        raise ValueError(
            f"{path.name}: the exported model differs from PyTorch's by {difference:.3g}"
        )


def card(names, size):
    """The model card of all models of the bundle."""
    return {
        "head": "classification",
        "input": {
            "width": size[1],
            "height": size[0],
            "color": "rgb",
            "mean": list(images.MEAN),
            "std": list(images.STD),
            "resize": "stretch",
        },
        "labels": names,
        "activation": "softmax",
    }


def write(folder, name, names, size, full, generator, selector, threshold, overlap):
    """Fill `folder`; returns its size in bytes."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    models = {"full.onnx": full, "selector.onnx": selector}
    models |= {f"submodel-{k + 1}.onnx": generator.submodel(k) for k in range(len(generator))}
    files = []
    for file, network in models.items():
        export(network, folder / file, size, f"deepvid bundle {name}: {file}")
        content = (folder / file).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        files.append({"name": file, "sha256": digest, "size": len(content)})
    manifest = {
        "version": 1,
        "name": name,
        "card": card(names, size),
        "submodels": len(generator),
        "threshold": threshold,
        "overlap": overlap,
        "files": files,
    }
    (folder / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return sum(f["size"] for f in files)
