import CacheNet
import Foundation
import Vision

/// What devices send to an edge, and edges to a device: as one and as the other.
enum EdgeFuzz {
    private static let placement = Placement(
        sourceWidth: 320, sourceHeight: 200, modelWidth: 16, modelHeight: 16, picture: PixelRect(x: 0, y: 3, width: 16, height: 10))

    // As in `BundleFuzz`: the fuzzer runs in the repository's folder.
    private static let manifest = try! BundleManifest(json: Data(contentsOf: URL(filePath: "Fixtures/bundles/tiny/bundle.json")))

    static func feed(_ bytes: Data) {
        if let request = try? WireInferRequest(serializedBytes: bytes) {
            _ = request.deadline
            if let checked = try? request.checked(input: (16, 16, 3)) {
                precondition(checked.pixels.count == 768, "pixels that no picture has")
            }
        }
        if let answer = try? WireInferResponse(serializedBytes: bytes) {
            _ = try? answer.answer.checked(manifest, Labels(names: []), placement)
        }
    }
}
