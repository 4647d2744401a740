import Vision

extension EdgeAnswer {
    /// This answer, if it is one that the bundle's full model can have given for such a picture. An edge may be another than it says.
    ///
    /// - Parameter labels: of the bundle's card, as this device has them: names are not taken from the network.
    public func checked(_ manifest: BundleManifest, _ labels: Labels, _ placement: Placement) throws(EdgeError) -> EdgeAnswer {
        func wrong(_ what: String) -> EdgeError {
            EdgeError(.invalidAnswer, "the edge's answer \(what); is it another bundle's, or of another version?")
        }
        guard (1...manifest.submodels).contains(selection.submodel), selection.angle >= 0, selection.angle < 2 * .pi else {
            throw wrong("selects submodel \(selection.submodel) of \(manifest.submodels)")
        }
        var answer = self
        func isClass(_ id: Int, _ score: Float) -> Bool {
            id >= 0 && (labels.names.isEmpty ? id < 1_000_000 : id < labels.names.count) && (0...1).contains(score)
        }
        switch result {
        case .classes(let classes):
            guard manifest.card.head == .classification, classes.count <= 1000 else {
                throw wrong("has classes, and too many, or of no classifier")
            }
            guard classes.allSatisfy({ isClass($0.classID, $0.score) }) else { throw wrong("has a class that the model does not have") }
            answer.result = .classes(classes.map { Classification(classID: $0.classID, label: labels[$0.classID], score: $0.score) })
        case .detections(let objects):
            guard manifest.card.head.isDetector, objects.count <= 10_000 else { throw wrong("has boxes, and too many, or of no detector") }
            guard objects.allSatisfy({ isClass($0.classID, $0.score) && Self.isInside($0.box, placement) }) else {
                throw wrong("has a class that the model does not have, or a box outside the frame")
            }
            answer.result = .detections(
                objects.map { Detection(classID: $0.classID, label: labels[$0.classID], score: $0.score, box: $0.box) })
        case .embedding: throw wrong("is an embedding")
        }
        return answer
    }

    /// A pixel's room for rounding on the way.
    private static func isInside(_ box: Box, _ placement: Placement) -> Bool {
        box.x >= -1 && box.y >= -1 && box.width >= 0 && box.height >= 0 && box.x + box.width <= Float(placement.sourceWidth) + 1
            && box.y + box.height <= Float(placement.sourceHeight) + 1
    }
}
