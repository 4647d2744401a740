import CacheNet
import Vision

extension WireInferResponse {
    /// - Parameter submodelSHA256: of the file of the submodel that was selected.
    public init(_ answer: EdgeAnswer, submodelSHA256: String) {
        self.init()
        switch answer.result {
        case .classes(let classes):
            self.classes = .with {
                $0.classes = classes.map { one in
                    .with { ($0.classID, $0.label, $0.score) = (UInt32(clamping: one.classID), one.label, one.score) }
                }
            }
        case .detections(let detections):
            self.detections = .with {
                $0.detections = detections.map { one in
                    .with {
                        ($0.classID, $0.label, $0.score) = (UInt32(clamping: one.classID), one.label, one.score)
                        ($0.x, $0.y, $0.width, $0.height) = (one.box.x, one.box.y, one.box.width, one.box.height)
                    }
                }
            }
        case .embedding(let values): embedding = .with { $0.values = values }
        }
        submodel = UInt32(clamping: answer.selection.submodel)
        angle = answer.selection.angle
        submodelSha256 = submodelSHA256
        modelMs = answer.modelMilliseconds
    }

    /// What the edge answered, after every field has been checked: a peer may send anything.
    ///
    /// - Parameters:
    ///   - manifest: as the edge last described its bundle; nil if it was not asked.
    ///   - placement: of the picture that was asked about.
    public func checked(against manifest: BundleManifest?, placement: Placement) throws(EdgeError) -> EdgeAnswer {
        let result = try checkedResult(placement)
        if let manifest {
            switch result {
            case .detections where manifest.card.head.isDetector: break
            case .classes where manifest.card.head == .classification: break
            case .embedding where manifest.card.head == .embedding: break
            default: throw EdgeError(.invalidAnswer, "the edge answered with another kind of result than its bundle's head gives")
            }
        }
        let most = manifest?.submodels ?? 65_536
        guard submodel >= 1, Int(submodel) <= most else {
            throw EdgeError(.invalidAnswer, "the edge selected submodel \(submodel) of \(most)")
        }
        if let expected = manifest?[BundleFile.submodel(Int(submodel))]?.sha256, expected != submodelSha256 {
            throw EdgeError(.invalidAnswer, "the edge has other submodels than it said: ask for its bundle again")
        }
        guard angle >= 0, angle <= 2 * .pi, modelMs >= 0, modelMs < 1e9 else {
            throw EdgeError(.invalidAnswer, "the edge answered with an angle of \(angle) and a time of \(modelMs) ms, which cannot be")
        }
        return EdgeAnswer(
            result: result, selection: Selection(submodel: Int(submodel), angle: angle), modelMilliseconds: modelMs)
    }

    private func checkedResult(_ placement: Placement) throws(EdgeError) -> HeadResult {
        switch result {
        case .classes(let list)?:
            try Self.check(count: list.classes.count, scores: list.classes.map(\.score))
            var classes: [Classification] = []
            for one in list.classes {
                try Self.check(one.classID, one.label)
                classes.append(Classification(classID: Int(one.classID), label: one.label, score: one.score))
            }
            return .classes(classes)
        case .detections(let list)?:
            try Self.check(count: list.detections.count, scores: list.detections.map(\.score))
            var detections: [Vision.Detection] = []
            for one in list.detections {
                try Self.check(one.classID, one.label)
                let box = Box(x: one.x, y: one.y, width: one.width, height: one.height)
                try Self.check(box, placement)
                detections.append(Vision.Detection(classID: Int(one.classID), label: one.label, score: one.score, box: box))
            }
            return .detections(detections)
        case .embedding(let embedding)?:
            guard (1...65_536).contains(embedding.values.count), embedding.values.allSatisfy(\.isFinite) else {
                throw EdgeError(.invalidAnswer, "the edge answered with an embedding that is empty, too long or not finite")
            }
            return .embedding(embedding.values)
        case nil: throw EdgeError(.invalidAnswer, "the edge's answer has no result")
        }
    }

    private static func check(count: Int, scores: [Float]) throws(EdgeError) {
        guard count <= 10_000, scores.allSatisfy({ (0...1).contains($0) }), zip(scores, scores.dropFirst()).allSatisfy({ $0 >= $1 }) else {
            throw EdgeError(.invalidAnswer, "the edge's answer has too many results, or scores that are not falling from 1 to 0")
        }
    }

    private static func check(_ classID: UInt32, _ label: String) throws(EdgeError) {
        guard classID < 1_000_000, label.utf8.count <= 1024 else {
            throw EdgeError(.invalidAnswer, "the edge's answer has class \(classID) or a label that cannot be")
        }
    }

    /// Inside the frame, but for what single precision rounds.
    private static func check(_ box: Box, _ placement: Placement) throws(EdgeError) {
        let (width, height) = (Float(placement.sourceWidth), Float(placement.sourceHeight))
        guard box.x >= 0, box.y >= 0, box.width > 0, box.height > 0, box.x + box.width <= width * 1.001 + 1,
            box.y + box.height <= height * 1.001 + 1
        else { throw EdgeError(.invalidAnswer, "the edge's answer has a box outside of the frame") }
    }
}
