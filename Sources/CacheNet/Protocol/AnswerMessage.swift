import Vision

extension WireInferResponse {
    public init(_ answer: EdgeAnswer) {
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
        // No bundle has such a head: `BundleManifest`.
        case .semantic, .depth: break
        }
        submodel = UInt32(clamping: answer.selection.submodel)
        angle = answer.selection.angle
        submodelSha256 = answer.submodelSHA256
        modelMs = answer.modelMilliseconds
    }

    /// What the edge answered, as it came: `EdgeAnswer.checked` says whether it can be.
    ///
    /// - Throws: code `invalidAnswer` if there is no result in it.
    public var answer: EdgeAnswer {
        get throws(EdgeError) {
            EdgeAnswer(
                result: try headResult, selection: Selection(submodel: Int(submodel), angle: angle), submodelSHA256: submodelSha256,
                modelMilliseconds: modelMs)
        }
    }

    private var headResult: HeadResult {
        get throws(EdgeError) {
            switch result {
            case .classes(let list)?:
                return .classes(list.classes.map { Classification(classID: Int($0.classID), label: $0.label, score: $0.score) })
            case .detections(let list)?:
                return .detections(
                    list.detections.map { one in
                        let box = Box(x: one.x, y: one.y, width: one.width, height: one.height)
                        return Vision.Detection(classID: Int(one.classID), label: one.label, score: one.score, box: box)
                    })
            case .embedding(let embedding)?: return .embedding(embedding.values)
            case nil: throw EdgeError(.invalidAnswer, "the edge's answer has no result")
            }
        }
    }
}
