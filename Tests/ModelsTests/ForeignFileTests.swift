import Foundation
import Models
import TestSupport
import Testing

/// Files that are no ONNX models say what they are and what to do.
@Suite struct ForeignFileTests {
    @Test(arguments: [
        ("m.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        ("m.onnx", "<!DOCTYPE html><html>", "a web page"), ("m.pt", "PK\u{3}\u{4}…", "torch.onnx.export"),
        ("m.onnx", "PK\u{3}\u{4}…", "zip archive"), ("m.tflite", "1234TFL3", "tf2onnx"), ("m.onnx", "1234TFL3", "TensorFlow Lite"),
        ("m.engine", "anything", "TensorRT"), ("m.ort", "1234ORTM", "onnxruntime's own format"), ("m.h5", "anything", "Keras"),
    ])
    func aModelOfAnotherKindIsNamed(_ name: String, _ text: String, _ words: String) throws {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
        var options = ModelOptions()
        options.model = folder.path(name)
        let error = #expect(throws: DeepVidError.self) { try LoadedModel(options) }
        #expect(error?.code == .unusableModel)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(name) == true)
    }
}
