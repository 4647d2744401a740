import FoundationEssentials

/// What a file that is no ONNX model is instead, and how a model becomes of it.
enum ForeignFile {
    private typealias Kind = (what: String, advice: String)

    private static let exporting = "export it as ONNX"
    private static let pytorch: Kind = (
        "a PyTorch checkpoint", "\(exporting) with torch.onnx.export, or of Ultralytics' models with 'yolo export model=FILE format=onnx'"
    )
    private static let tflite: Kind = (
        "a TensorFlow Lite model", "convert it with 'python -m tf2onnx.convert --tflite FILE --output model.onnx'"
    )
    private static let keras: Kind = ("a Keras model", "convert it with 'python -m tf2onnx.convert --keras FILE --output model.onnx'")
    private static let ort: Kind = ("a model in onnxruntime's own format", "use the .onnx file that it was made from")
    private static let tensorRT: Kind = ("a TensorRT engine, built for one GPU", "use the .onnx file that it was built from")

    /// By how files end, where their bytes do not tell.
    private static let endings: [String: Kind] = [
        "pt": pytorch, "pth": pytorch, "ckpt": pytorch, "torchscript": pytorch, "tflite": tflite, "keras": keras, "h5": keras, "ort": ort,
        "engine": tensorRT, "trt": tensorRT, "plan": tensorRT,
        "mlmodel": ("a Core ML model", "\(exporting) from where it was trained"),
        "mlpackage": ("a Core ML model", "\(exporting) from where it was trained"),
        "safetensors": ("weights without a network", "\(exporting) with the code that the weights are for"),
        "pdiparams": ("PaddlePaddle's weights", "convert the model with paddle2onnx"),
        "pdmodel": ("a PaddlePaddle model", "convert it with paddle2onnx"),
        "xml": ("an OpenVINO model", "use the .onnx file that it was made from"),
        "param": ("an ncnn model", "use the .onnx file that it was made from"),
    ]

    /// By how files begin: at an offset, these bytes.
    private static let beginnings: [(offset: Int, bytes: [UInt8], kind: Kind)] = [
        (
            0, Array("version https://git-lfs".utf8),
            ("a Git LFS pointer, not the model itself", "fetch the file with 'git lfs pull', or download it whole")
        ),
        (4, Array("TFL3".utf8), tflite), (4, Array("ORTM".utf8), ort), (0, [0x89] + Array("HDF".utf8), keras),
        (0, Array("<!DOCTYPE".utf8), ("a web page", "download the file itself: on GitHub by 'Download raw file'")),
        (0, Array("<html".utf8), ("a web page", "download the file itself: on GitHub by 'Download raw file'")),
        (0, Array("PK\u{3}\u{4}".utf8), ("a zip archive", "unpack it; if it is a PyTorch checkpoint, export that as ONNX")),
        (0, [0x1F, 0x8B], ("compressed", "unpack it with gunzip")),
    ]

    /// Whether a file's name is that of a model in another format.
    static func isNamedSo(_ path: String) -> Bool { endings[ending(of: path)] != nil }

    /// What is wrong with the file and what to do; nil where it may be an ONNX model.
    static func problem(_ path: String, _ bytes: Data) -> String? {
        let start = [UInt8](bytes.prefix(32))
        let named = endings[ending(of: path)]
        let begun = beginnings.first { start.dropFirst($0.offset).starts(with: $0.bytes) }?.kind
        // A zip archive that is named so is a checkpoint; else what the bytes are goes first.
        guard let kind = begun?.what == "a zip archive" ? named ?? begun : begun ?? named else { return nil }
        return "\(path): is \(kind.what): \(kind.advice)"
    }

    private static func ending(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } ?? "" : ""
    }
}

extension ModelFile {
    /// Whether a file's name is that of a model, in whatever format.
    package static func isNamed(_ path: String) -> Bool {
        path.lowercased().hasSuffix(".onnx") || ForeignFile.isNamedSo(path) || TunedFolder.exists(at: path)
    }
}
