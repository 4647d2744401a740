import Foundation
import Hashing
import Vision

@testable import CacheNet

/// A folder with a bundle of bytes that are no models, for a 8×6 picture of 3 channels: enough for everything but a real engine.
struct TestBundle {
    static let input = (width: 8, height: 6, channels: 3)
    let folder: URL
    let manifest: BundleManifest

    init(_ name: String = "test", fileSize: Int = 300_000) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-edge-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var files: [BundleFile] = []
        let names = [BundleFile.full, BundleFile.selector] + (1...FakeEngine.submodels).map(BundleFile.submodel)
        for (number, file) in names.enumerated() {
            let bytes = (0..<fileSize + number).map { UInt8(truncatingIfNeeded: ($0 &+ number) &* 2_654_435_761 >> 11) }
            try Data(bytes).write(to: folder.appendingPathComponent(file))
            files.append(BundleFile(name: file, sha256: bytes.withUnsafeBytes { SHA256.hex(of: $0) }, size: bytes.count))
        }
        var card = ModelCard(
            head: .classification, input: InputCard(width: Self.input.width, height: Self.input.height, resize: .stretch))
        card.labels = .names((0..<10).map { "class \($0)" })
        manifest = BundleManifest(name: name, card: card, submodels: FakeEngine.submodels, threshold: 0.5, overlap: 0.1, files: files)
    }

    func contents(_ file: BundleFile) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(file.name)) }
    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// A picture; each number has another answer.
    static func picture(_ number: Int = 0) -> EdgeRequest {
        var pixels = [UInt8](repeating: 7, count: input.width * input.height * input.channels)
        pixels[0] = UInt8(number % 251)
        pixels[1] = UInt8(number / 251 % 251)
        return EdgeRequest(
            pixels: pixels, channels: input.channels,
            placement: Placement(
                sourceWidth: 640, sourceHeight: 480, modelWidth: input.width, modelHeight: input.height,
                picture: PixelRect(x: 0, y: 0, width: input.width, height: input.height)))
    }
}
