import Models
import CacheNet
import Foundation
import Testing
import Vision

@testable import DeepVid

/// The bundle of `scripts/make-tiny-bundle`.
let tinyBundle = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/bundles/tiny").path

@Suite struct BundleEngineTests {
    private let placement = Placement(
        sourceWidth: 64, sourceHeight: 48, modelWidth: 16, modelHeight: 16, picture: PixelRect(x: 0, y: 0, width: 16, height: 16))

    private func picture(_ colour: [UInt8], of engine: BundleEngine) -> [UInt8] {
        Array(repeatElement(colour, count: engine.inputBytes / 3).joined())
    }

    @Test func fullModelAndSelectorAnswer() throws {
        let engine = try BundleEngine(folder: tinyBundle, threads: 1)
        for (index, colour) in [[255, 0, 0], [0, 255, 0], [0, 0, 255]].enumerated() {
            let answer = try picture(colour.map { UInt8($0) }, of: engine).withUnsafeBytes {
                try engine.infer(pixels: $0, placement: placement)
            }
            guard case .classes(let classes) = answer.result else {
                Issue.record("no classes")
                continue
            }
            #expect(classes.count == 3 && classes[0].label == ["red", "green", "blue"][index] && classes[0].score > 0.99)
            #expect(answer.selection.submodel == index + 1)
            #expect(abs(answer.selection.angle - .pi * (Double(index) * 2 + 1) / 3) < 1e-3)
        }
    }

    @Test func enginesShareModels() throws {
        let models = try BundleModels(folder: tinyBundle)
        let engines = (0..<2).map { _ in BundleEngine(models, threads: 1) }
        let answers = try engines.map { engine in
            try picture([200, 30, 90], of: engine).withUnsafeBytes { try engine.infer(pixels: $0, placement: placement) }
        }
        #expect(answers[0].result == answers[1].result && answers[0].selection == answers[1].selection)
    }

    @Test func whatCannotBeARequestIsAnError() throws {
        let engine = try BundleEngine(folder: tinyBundle, threads: 1)
        let good = picture([1, 2, 3], of: engine)
        func code(_ pixels: [UInt8], _ placement: Placement) -> String? {
            #expect(throws: DeepVidError.self) { try pixels.withUnsafeBytes { try engine.infer(pixels: $0, placement: placement) } }?.code
        }
        #expect(code([], placement) == "invalid_request")
        #expect(code(Array(good.dropLast()), placement) == "invalid_request")
        for (width, height, rect) in [
            (0, 48, PixelRect(x: 0, y: 0, width: 16, height: 16)), (64, Int.max, PixelRect(x: 0, y: 0, width: 16, height: 16)),
            (64, 48, PixelRect(x: .max, y: 0, width: .max, height: 16)), (64, 48, PixelRect(x: 0, y: .min, width: 16, height: 16)),
            (64, 48, PixelRect(x: 0, y: 0, width: 0, height: 16)),
        ] {
            let bad = Placement(sourceWidth: width, sourceHeight: height, modelWidth: 16, modelHeight: 16, picture: rect)
            #expect(code(good, bad) == "invalid_request")
        }
        let other = Placement(
            sourceWidth: 64, sourceHeight: 48, modelWidth: 32, modelHeight: 16, picture: PixelRect(x: 0, y: 0, width: 16, height: 16))
        #expect(code(good, other) == "invalid_request")
    }

    @Test func aBundleThatLacksAFileIsRefused() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: tinyBundle, toPath: folder)
        try FileManager.default.removeItem(atPath: folder + "/submodel-3.onnx")
        let error = #expect(throws: DeepVidError.self) { try BundleModels(folder: folder) }
        #expect(error?.code == "missing_file")
        #expect(error?.message.contains("submodel-3.onnx") == true)
        // A selector that is a classifier of three.
        try FileManager.default.copyItem(atPath: tinyBundle + "/submodel-3.onnx", toPath: folder + "/submodel-3.onnx")
        var manifest = try BundleFolder(reading: folder).manifest
        let full = try #require(manifest["full.onnx"])
        let index = try #require(manifest.files.firstIndex { $0.name == "selector.onnx" })
        manifest.files[index] = BundleFile(name: "selector.onnx", sha256: full.sha256, size: full.size)
        try Data(contentsOf: URL(fileURLWithPath: folder + "/full.onnx")).write(to: URL(fileURLWithPath: folder + "/selector.onnx"))
        try Data(manifest.json().utf8).write(to: URL(fileURLWithPath: folder + "/bundle.json"))
        let refusal = #expect(throws: DeepVidError.self) { try BundleModels(folder: folder) }
        #expect(refusal?.message.contains("two numbers") == true)
    }
}
