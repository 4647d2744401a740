import Foundation
import TestSupport

@testable import Inference
@testable import SemanticMemory

/// Frames of classes whose vectors get clearer from exit layer to exit layer, as a network's do.
struct World {
    let exitPoints: [Tap]
    let classes: Int
    private let centers: [[[Float]]]
    private let clarity: [Float]

    init(classes: Int, clarity: [Float] = [0.5, 1.5, 3, 5], channels: Int = 12, seed: Int = 1) {
        var dice = Dice(seed)
        (self.classes, self.clarity) = (classes, clarity)
        exitPoints = clarity.indices.map { l in
            Tap(
                step: 3 * l, name: "layer\(l)", channels: channels, depthShare: 0.2 * Double(l + 1),
                image: SpatialRef(buffer: l, channelOffset: 0, images: 1, height: 4, width: 4, channels: channels))
        }
        centers = clarity.map { _ in (0..<classes).map { _ in (0..<channels).map { _ in dice.normal() } } }
    }

    static func known(_ index: Int) -> ClassMemory.KnownClass { .init(classID: index, label: "class \(index)") }

    /// One frame's vectors, layer after layer; nearby frames of a scene differ by `noise`.
    func frame(_ index: Int, _ dice: inout Dice, noise: Float = 1) -> [Float] {
        centers.indices.flatMap { l in centers[l][index].map { clarity[l] * $0 / 2 + noise * dice.normal() } }
    }

    func memory(of known: [Int]? = nil, frames: Int = 600, target: Double = 0.99, labelled: Bool = true) throws -> ClassMemory {
        var dice = Dice(77), builder = MemoryBuilder(exitPoints)
        let known = known ?? Array(0..<classes)
        for i in 0..<frames {
            let index = known[i % known.count]
            builder.add(
                frame(index, &dice), answer: Recognizer.Answer([(Self.known(index), 0.97), (Self.known((index + 1) % classes), 0.03)]),
                label: labelled ? Self.known(index) : nil, source: 0)
        }
        return try builder.build(model: "m.onnx", sha256: "ab", targetAgreement: target)
    }

    /// What the whole network says of a frame.
    func answer(_ index: Int) -> Recognizer.Answer {
        let others = (0..<classes).filter { $0 != index }
        return Recognizer.Answer([(Self.known(index), 0.97)] + others.map { (Self.known($0), 0.03 / Float(others.count)) })
    }

    /// Runs a frame's exit layers up to where it exits. - Returns: the layer; nil for the end.
    @discardableResult
    func run(_ vectors: [Float], _ recognizer: Recognizer) -> Int? {
        var at = 0
        for (l, point) in exitPoints.enumerated() {
            let exits = vectors.withUnsafeBufferPointer {
                recognizer.consider(l, UnsafeBufferPointer(rebasing: $0[at..<at + point.channels]))
            }
            if exits { return l }
            at += point.channels
        }
        return nil
    }

    /// Shows a frame of class `index` to the end or to its exit. - Returns: the exit.
    @discardableResult
    func show(_ vectors: [Float], of index: Int, to recognizer: Recognizer, isAudit: Bool = false) -> Recognizer.Exit? {
        recognizer.begin(isAudit: isAudit, mayExit: true)
        if run(vectors, recognizer) != nil {
            recognizer.finishEarly()
            return recognizer.exit
        }
        recognizer.finish(answer(index))
        return nil
    }
}

extension OddsRule.Parameters {
    /// Exits by odds only.
    static var withoutScenes: OddsRule.Parameters {
        var parameters = OddsRule.Parameters()
        parameters.exemplarCount = 0
        return parameters
    }
}
