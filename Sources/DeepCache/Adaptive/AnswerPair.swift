import Foundation
import Models
import Vision

/// The computed answers of two frames of a scene, and what they say of the frames between.
///
/// Objects of both are paired by class and place; between the frames their boxes move, and the logits of their scores change, in a straight
/// line. An object that only one frame has comes or goes on the way: in the other one it has the least score that was looked for.
package struct AnswerPair {
    private typealias Constants = PolicyConstants.Propagation

    /// An object as both frames have it. One that a frame lacks has its box of the other there.
    private struct Item {
        let first, second: Detection
        /// Logits of the scores.
        let scores: (Double, Double)
        /// Intersection over union of the boxes; nil where one frame lacks the object.
        let overlap: Double?

        func score(at time: Double) -> Double { scores.0 + (scores.1 - scores.0) * time }

        /// Standard deviation of what the network would say, about `score(at:)`, where scores err by `noise` between objects that stay.
        func deviation(_ noise: Double) -> Double {
            let change = Constants.changeShare * (scores.1 - scores.0)
            return overlap == nil ? max(noise, abs(change)) : (noise * noise + change * change).squareRoot()
        }
    }

    /// An object of a computed frame, and how its middle moves, in source pixels a frame, as far as that is known.
    package struct Known {
        package let detection: Detection
        package var velocity: SIMD2<Float>?

        package init(_ detection: Detection, velocity: SIMD2<Float>? = nil) { (self.detection, self.velocity) = (detection, velocity) }
    }

    private let items: [Item]
    /// The objects, with what the other frame says of their movement.
    package let first, second: [Known]
    /// Logits from which on an object is reported, and from which on it is a partner of one that is.
    private let (reported, partner): (Double, Double)

    /// - Parameters:
    ///   - first, second: by falling score, down to `least`.
    ///   - gap: frames from the first to the second.
    ///   - score: least one of reported objects.
    ///   - least: score that a missing object is taken to have.
    /// - Complexity: O(objects²).
    package init(_ first: [Known], _ second: [Known], gap: Int, score: Float, least: Float, rule: Agreement.Rule) {
        (reported, partner) = (Self.logit(score), Self.logit(rule.leastPartner(score)))
        let nothing = Self.logit(least), frames = Float(gap)
        var pairs: [(closeness: Double, first: Int, second: Int)] = []
        for (i, a) in first.enumerated() {
            for (j, b) in second.enumerated() where a.detection.classID == b.detection.classID {
                let moved = a.velocity.flatMap { Self.closeness(a.detection.box.moved($0 * frames), b.detection.box) }
                if let closeness = [Self.closeness(a.detection.box, b.detection.box), moved].compactMap(\.self).max() {
                    pairs.append((closeness, i, j))
                }
            }
        }
        pairs.sort { $0.closeness > $1.closeness }
        var (ours, theirs) = (first, second)
        var (isTaken, isTakenSecond) = (Array(repeating: false, count: first.count), Array(repeating: false, count: second.count))
        var items: [Item] = []
        for pair in pairs where !isTaken[pair.first] && !isTakenSecond[pair.second] {
            (isTaken[pair.first], isTakenSecond[pair.second]) = (true, true)
            let (a, b) = (first[pair.first].detection, second[pair.second].detection)
            items.append(Item(first: a, second: b, scores: (Self.logit(a.score), Self.logit(b.score)), overlap: max(0, pair.closeness)))
            let velocity = (b.box.middle - a.box.middle) / max(1, frames)
            (ours[pair.first].velocity, theirs[pair.second].velocity) = (velocity, velocity)
        }
        for (index, a) in first.enumerated() where !isTaken[index] {
            items.append(Item(first: a.detection, second: a.detection, scores: (Self.logit(a.detection.score), nothing), overlap: nil))
        }
        for (index, b) in second.enumerated() where !isTakenSecond[index] {
            items.append(Item(first: b.detection, second: b.detection, scores: (nothing, Self.logit(b.detection.score)), overlap: nil))
        }
        (self.items, self.first, self.second) = (items, ours, theirs)
    }

    /// What lies between, by falling score.
    /// - Parameter time: 0 at the first frame, 1 at the second.
    package func answer(at time: Double) -> [Detection] {
        let t = Float(time)
        return items.map { item in
            let (a, b) = (item.first.box, item.second.box)
            func between(_ a: Float, _ b: Float) -> Float { a + (b - a) * t }
            let box = Box(
                x: between(a.x, b.x), y: between(a.y, b.y), width: between(a.width, b.width), height: between(a.height, b.height))
            return Detection(
                classID: item.first.classID, label: item.first.label, score: Float(1 / (1 + exp(-item.score(at: time)))), box: box)
        }.sorted { $0.score > $1.score }
    }

    /// Whether one of the frames reports an object.
    package var reports: Bool { items.contains { max($0.scores.0, $0.scores.1) >= reported } }

    /// The boxes of reported objects, in both frames.
    package var boxes: [Box] {
        items.flatMap { item in
            max(item.scores.0, item.scores.1) >= reported ? [item.first.box, item.second.box] : []
        }
    }

    /// What may be wrong with `answer`. What a score may differ by is taken to have a distribution of Laplace, for a few differ by much.
    ///
    /// - Parameters:
    ///   - noise: standard deviation of a logit next to the straight line.
    ///   - appeared: objects that may have come besides.
    package func risk(at time: Double, noise: Double, appeared: Double = 0) -> PropagationRisk {
        var risk = PropagationRisk(scores: 0, places: 0, changes: appeared), count = 0.0
        for item in items {
            let score = item.score(at: time)
            func tail(_ distance: Double) -> Double { 0.5 * exp(-2.0.squareRoot() * distance / item.deviation(noise)) }
            if score >= reported {
                count += 1
                risk.scores += tail(score - partner)
                if let overlap = item.overlap, overlap < Constants.closeOverlap {
                    risk.places += Constants.farLoss * (1 - overlap / Constants.closeOverlap)
                }
            } else if score < partner {
                risk.scores += tail(reported - score)
            }
        }
        // One object of n that only one side has is one of 2n − 1 boxes without a partner.
        return risk.shared(among: max(1, 2 * count - 1))
    }

    /// How far the scores of a computed frame between the two are from the straight line, in logits.
    package func errors(at time: Double, of computed: [Detection]) -> [Double] {
        let line = items.filter { $0.score(at: time) >= partner - Constants.watchedMargin }
        var isTaken = Array(repeating: false, count: computed.count)
        return line.compactMap { item in
            let t = Float(time), (a, b) = (item.first.box, item.second.box)
            let box = Box(
                x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t, width: a.width + (b.width - a.width) * t,
                height: a.height + (b.height - a.height) * t)
            let same = computed.indices.filter { !isTaken[$0] && computed[$0].classID == item.first.classID }
                .compactMap { index in Self.closeness(box, computed[index].box).map { (index, $0) } }.max { $0.1 < $1.1 }
            guard let same else { return nil }
            isTaken[same.0] = true
            return abs(Self.logit(computed[same.0].score) - item.score(at: time))
        }
    }

    /// Intersection over union; 0 to −1 for boxes of like size that are less than a box apart; nil for boxes that can hardly be of one object.
    private static func closeness(_ a: Box, _ b: Box) -> Double? {
        let overlap = Double(a.intersectionOverUnion(b))
        if overlap > 0 { return overlap }
        let distance = a.middle - b.middle
        let across = abs(distance.x) / max(1, min(a.width, b.width)), down = abs(distance.y) / max(1, min(a.height, b.height))
        let area = a.width * a.height / max(1, b.width * b.height)
        guard across < 1, down < 1, area > 0.5, area < 2 else { return nil }
        return -Double(max(across, down))
    }

    private static func logit(_ score: Float) -> Double {
        let p = min(max(Double(score), 1e-4), 1 - 1e-4)
        return log(p / (1 - p))
    }
}

extension Box {
    fileprivate var middle: SIMD2<Float> { [x + width / 2, y + height / 2] }

    fileprivate func moved(_ distance: SIMD2<Float>) -> Box { Box(x: x + distance.x, y: y + distance.y, width: width, height: height) }
}
