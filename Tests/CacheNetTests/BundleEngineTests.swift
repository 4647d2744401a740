import Foundation
import Models
import TestSupport
import Testing
import Vision

@testable import CacheNet

@Suite struct BundleEngineTests {
    private let models: BundleModels
    private let engine: BundleEngine

    init() throws {
        models = try BundleModels(folder: tinyBundle)
        engine = BundleEngine(models, threads: 1)
    }

    private func request(_ color: [UInt8], _ placement: Placement? = nil) -> EdgeRequest {
        let (width, height, _) = models.manifest.input
        let usual = Placement(
            sourceWidth: 64, sourceHeight: 48, modelWidth: width, modelHeight: height,
            picture: PixelRect(x: 0, y: 0, width: width, height: height))
        return EdgeRequest(
            pixels: Array(repeatElement(color, count: width * height).joined()), channels: 3, placement: placement ?? usual)
    }

    @Test(arguments: [("red", [255, 0, 0]), ("green", [0, 255, 0]), ("blue", [0, 0, 255])] as [(String, [UInt8])])
    func fullModelAndSelectorAnswer(name: String, color: [UInt8]) throws {
        let answer = try engine.infer(request(color))
        guard case .classes(let classes) = answer.result else {
            Issue.record("no classes")
            return
        }
        let k = try #require(["red", "green", "blue"].firstIndex(of: name)) + 1
        #expect(classes.count == 3)
        #expect(classes[0].label == name)
        #expect(classes[0].score > 0.99)
        #expect(answer.selection.submodel == k)
        #expect(abs(answer.selection.angle - .pi * (Double(k) * 2 - 1) / 3) < 1e-3)
        #expect(answer.submodelSHA256 == models.manifest[BundleFile.submodel(k)]?.sha256)
        // What an engine answers passes the device's check.
        _ = try answer.checked(models.manifest, try Labels(models.manifest.card.labels), request(color).placement)
    }

    @Test func enginesShareModels() throws {
        let other = BundleEngine(models, threads: 1)
        let (a, b) = (try engine.infer(request([200, 30, 90])), try other.infer(request([200, 30, 90])))
        #expect(a.result == b.result)
        #expect(a.selection == b.selection)
    }

    @Test func aBundleThatLacksAFileIsRefused() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path("bundle")
        try FileManager.default.copyItem(atPath: tinyBundle, toPath: folder)
        try FileManager.default.removeItem(atPath: folder + "/submodel-3.onnx")
        let error = #expect(throws: DeepVidError.self) { try BundleModels(folder: folder) }
        #expect(error?.code == .missingFile)
        #expect(error?.message.contains("submodel-3.onnx") == true)
    }

    @Test func aSelectorThatGivesThreeNumbersIsRefused() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path("bundle")
        try FileManager.default.copyItem(atPath: tinyBundle, toPath: folder)
        var manifest = try BundleFolder(reading: folder).manifest
        let full = try #require(manifest["full.onnx"])
        let index = try #require(manifest.files.firstIndex { $0.name == "selector.onnx" })
        manifest.files[index] = BundleFile(name: "selector.onnx", sha256: full.sha256, size: full.size)
        try FileManager.default.removeItem(atPath: folder + "/selector.onnx")
        try FileManager.default.copyItem(atPath: folder + "/full.onnx", toPath: folder + "/selector.onnx")
        try Data(manifest.json().utf8).write(to: URL(fileURLWithPath: folder + "/bundle.json"))
        let refusal = #expect(throws: DeepVidError.self) { try BundleModels(folder: folder) }
        #expect(refusal?.code == .unusableModel)
        #expect(refusal?.message.contains("two numbers") == true)
    }
}
