import DeepCache
import Vision

/// The frames between two computed ones of a window, and what may be wrong with each if it is answered from those.
struct FrameStretch {
    /// A frame that the network was asked about, and what it said.
    struct End {
        /// In the window; −1 for the last frame of the window before.
        var index: Int
        var objects: [AnswerPair.Known]
        let placement: Placement
    }

    /// A frame between.
    struct Inner {
        let index: Int
        /// Of the whole frame, of each object of the pair, by its number, and of what changed besides.
        let risks: (whole: PropagationRisk, objects: [PropagationRisk], changes: PropagationRisk)
        let changes: UnexplainedChanges.Found?
        let matchMilliseconds: Double
    }

    let first: End
    let pair: AnswerPair
    /// Frames from the first computed one to the second.
    let gap: Int
    var inner: [Inner] = []

    /// The frame that is computed where the stretch is divided.
    var middle: Inner? { inner.isEmpty ? nil : inner[(inner.count - 1) / 2] }

    /// 0 at the first computed frame, 1 at the second.
    func time(_ index: Int) -> Double { Double(index - first.index) / Double(gap) }

    /// What the frames that were computed say of the frame.
    func line(_ inner: Inner) -> [Detection] { pair.answer(at: time(inner.index)) }

    /// Frames that are lost if none between is computed.
    func expectedLoss(_ controller: PropagationController) -> Double { inner.reduce(0) { $0 + controller.expectedLoss($1.risks.whole) } }

    /// What could be looked at by itself in the frame in the middle, with what is lost of the stretch without: the objects of the pair by
    /// their numbers, then the areas that changed.
    func candidates(
        in frame: PreparedFrame, _ middle: Inner, _ controller: PropagationController, _ network: AdaptiveNetwork
    ) -> [PartCandidate] {
        let objects = pair.objects.enumerated().map { number, object in
            (
                way: object.way, loss: inner.reduce(0) { $0 + controller.contribution(of: $1.risks.objects[number]) },
                isReported: object.isReported
            )
        }
        let areas = middle.changes?.areas ?? [], loss = inner.reduce(0) { $0 + controller.contribution(of: $1.risks.changes) }
        return network.candidates(in: frame.pixels, objects, (areas, loss / Double(max(1, areas.count))), frame.placement)
    }

    /// What may be wrong with the frame in these parts.
    /// - Parameter seen: numbers of candidates.
    func risk(_ inner: Inner, of seen: Set<Int>) -> PropagationRisk {
        let objects = seen.filter(inner.risks.objects.indices.contains).map { inner.risks.objects[$0] }
        return objects.reduce(objects.count < seen.count ? inner.risks.changes : .none, +)
    }
}
