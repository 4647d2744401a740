"""Training of deepvid's built-in detector: data, network, loss, evaluation, ONNX export."""
