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
        /// Frames from where the network looked at it to where it did so next, and by how much more its scores may err for that.
        var (span, doubt): (Int, Double)

        func score(at time: Double) -> Double { scores.0 + (scores.1 - scores.0) * time }

        func box(at time: Double) -> Box {
            let t = Float(time), (a, b) = (first.box, second.box)
            func between(_ a: Float, _ b: Float) -> Float { a + (b - a) * t }
            return Box(x: between(a.x, b.x), y: between(a.y, b.y), width: between(a.width, b.width), height: between(a.height, b.height))
        }

        func detection(at time: Double) -> Detection {
            Detection(classID: first.classID, label: first.label, score: Float(1 / (1 + exp(-score(at: time)))), box: box(at: time))
        }

        /// Standard deviation of what the network would say, about `score(at:)`, where scores err by `noise` between objects that stay.
        func deviation(_ noise: Double) -> Double {
            let noise = noise * doubt, change = Constants.changeShare * (scores.1 - scores.0)
            return overlap == nil ? max(noise, abs(change)) : (noise * noise + change * change).squareRoot()
        }
    }

    /// An object of a computed frame, and how its middle moves, in source pixels a frame, as far as that is known.
    package struct Known {
        package let detection: Detection
        package var velocity: SIMD2<Float>?
        /// Where the network did not look at it: frames from where it did before to where it did after.
        package let unseenFor: Int?

        package init(_ detection: Detection, velocity: SIMD2<Float>? = nil, unseenFor: Int? = nil) {
            (self.detection, self.velocity, self.unseenFor) = (detection, velocity, unseenFor)
        }
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
            let span = max(first[pair.first].unseenFor ?? gap, second[pair.second].unseenFor ?? gap, gap)
            items.append(
                Item(
                    first: a, second: b, scores: (Self.logit(a.score), Self.logit(b.score)), overlap: max(0, pair.closeness), span: span,
                    doubt: pow(Double(span) / Double(max(1, gap)), Constants.growth)))
            let velocity = (b.box.middle - a.box.middle) / max(1, frames)
            (ours[pair.first].velocity, theirs[pair.second].velocity) = (velocity, velocity)
        }
        for (index, a) in first.enumerated() where !isTaken[index] {
            items.append(
                Item(
                    first: a.detection, second: a.detection, scores: (Self.logit(a.detection.score), nothing), overlap: nil, span: gap,
                    doubt: 1))
        }
        for (index, b) in second.enumerated() where !isTakenSecond[index] {
            items.append(
                Item(
                    first: b.detection, second: b.detection, scores: (nothing, Self.logit(b.detection.score)), overlap: nil, span: gap,
                    doubt: 1))
        }
        (self.items, self.first, self.second) = (items, ours, theirs)
    }

    /// What lies between, by falling score.
    /// - Parameter time: 0 at the first frame, 1 at the second.
    package func answer(at time: Double) -> [Detection] { items.map { $0.detection(at: time) }.sorted { $0.score > $1.score } }

    /// The same where the network looked at some of the objects.
    /// - Parameters:
    ///   - seen: their numbers.
    ///   - found: what it found there.
    package func answer(at time: Double, seen: Set<Int>, found: [Detection]) -> [Known] {
        let unseen = items.indices.filter { !seen.contains($0) }.map { Known(items[$0].detection(at: time), unseenFor: items[$0].span) }
        return (unseen + found.map { Known($0) }).sorted { $0.detection.score > $1.detection.score }
    }

    /// The objects by their numbers: where each is on its way, and whether it is reported in one of the frames, or may be a partner of one
    /// that is.
    package var objects: [(way: Box, isReported: Bool)] {
        items.map { ($0.first.box.hull($0.second.box), max($0.scores.0, $0.scores.1) >= partner) }
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
        risks(at: time, noise: noise, appeared: appeared).whole
    }

    /// The same, and that of each object, by its number, and of what changed besides.
    package func risks(
        at time: Double, noise: Double, appeared: Double = 0
    ) -> (whole: PropagationRisk, objects: [PropagationRisk], changes: PropagationRisk) {
        let count = boxes(at: time), own = items.map { risk(of: $0, at: time, noise) }
        let changes = PropagationRisk(scores: 0, places: 0, changes: appeared)
        return (own.reduce(changes, +).shared(among: count), own.map { $0.shared(among: count) }, changes.shared(among: count))
    }

    /// One object of n that only one side has is one of 2n − 1 boxes without a partner.
    private func boxes(at time: Double) -> Double { Double(max(1, 2 * items.count { $0.score(at: time) >= reported } - 1)) }

    private func risk(of item: Item, at time: Double, _ noise: Double) -> PropagationRisk {
        var risk = PropagationRisk(scores: 0, places: 0, changes: 0)
        let score = item.score(at: time)
        func tail(_ distance: Double) -> Double { 0.5 * exp(-2.0.squareRoot() * distance / item.deviation(noise)) }
        if score >= reported {
            risk.scores = tail(score - partner)
            if let overlap = item.overlap, overlap < Constants.closeOverlap {
                risk.places = Constants.farLoss * (1 - overlap / Constants.closeOverlap)
            }
        } else if score < partner {
            risk.scores = tail(reported - score)
        }
        return risk
    }

    /// How far the scores of a computed frame between the two are from the straight line, in logits.
    package func errors(at time: Double, of computed: [Detection]) -> [Double] {
        let line = items.filter { $0.score(at: time) >= partner - Constants.watchedMargin }
        var isTaken = Array(repeating: false, count: computed.count)
        return line.compactMap { item in
            let box = item.box(at: time)
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

    fileprivate func hull(_ other: Box) -> Box {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return Box(
            x: left, y: top, width: max(x + width, other.x + other.width) - left, height: max(y + height, other.y + other.height) - top)
    }

    fileprivate func moved(_ distance: SIMD2<Float>) -> Box { Box(x: x + distance.x, y: y + distance.y, width: width, height: height) }
}
