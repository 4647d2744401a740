import CacheNet
import Foundation
import Vision

/// What devices send to an edge, and edges to a device: as one and as the other.
enum EdgeFuzz {
    private static let placement = Placement(
        sourceWidth: 320, sourceHeight: 200, modelWidth: 16, modelHeight: 16, picture: PixelRect(x: 0, y: 3, width: 16, height: 10))

    private static let manifest = BundleManifest(
        name: "fuzz", card: ModelCard(head: .classification, input: InputCard(width: 16, height: 16, resize: .stretch)), submodels: 1,
        threshold: 1, overlap: 0, files: [BundleFile(name: BundleFile.submodel(1), sha256: "", size: 1)])

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
