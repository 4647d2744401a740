import Vision

/// The average precision of boxes, as COCO has it: boxes are paired by falling score within a frame and a class, precision is read at 101
/// recalls, classes count the same.
///
/// Memory grows by 8 bytes a box that a model found.
package struct AveragePrecision {
    /// 0.5, 0.55 … 0.95: overlaps (IoU) from which a box is found.
    private static let overlaps = (0..<10).map { 0.5 + Float($0) * 0.05 }

    private struct Category {
        /// With a bit for each overlap at which the box is right, and one at which it is not judged.
        var boxes: [(score: Float, isRight: UInt16, isIgnored: UInt16)] = []
        var truths = 0
    }
    private let hasLabels: Bool
    private var categories: [String?: Category] = [:]

    /// - Parameter hasLabels: whether the truth tells classes; without, all boxes are of one.
    package init(hasLabels: Bool) { self.hasLabels = hasLabels }

    /// A frame.
    package mutating func add(_ found: [Detection], _ truth: [Truth.Object]) {
        guard hasLabels else { return add(found, truth, to: nil) }
        // A region that is to be ignored and has no class is ignored for the boxes of every class.
        for label in Set(truth.compactMap(\.label)).union(found.map(\.label)) {
            add(found.filter { $0.label == label }, truth.filter { $0.label == label || $0.label == nil && $0.isIgnored }, to: label)
        }
    }

    private mutating func add(_ found: [Detection], _ truths: [Truth.Object], to label: String?) {
        let found = found.sorted { $0.score > $1.score }, first = categories[label]?.boxes.count ?? 0
        categories[label, default: Category()].truths += truths.count { !$0.isIgnored }
        categories[label]!.boxes += found.map { ($0.score, 0, 0) }
        for (bit, least) in Self.overlaps.enumerated() {
            var isTaken = [Bool](repeating: false, count: truths.count)
            for (index, box) in found.enumerated() {
                let best = truths.indices.filter { !isTaken[$0] && !truths[$0].isIgnored }
                    .max { truths[$0].box.intersectionOverUnion(box.box) < truths[$1].box.intersectionOverUnion(box.box) }
                if let best, truths[best].box.intersectionOverUnion(box.box) >= least {
                    isTaken[best] = true
                    categories[label]!.boxes[first + index].isRight |= 1 << bit
                } else if truths.contains(where: { $0.excuses(box.box) }) {
                    categories[label]!.boxes[first + index].isIgnored |= 1 << bit
                }
            }
        }
    }

    /// AP50, 0…1; nil without an object to find.
    package var at50: Double? { mean { Self.precision($0, 0) } }
    /// The mean over the overlaps from 0.5 to 0.95, 0…1; nil without an object to find.
    package var mean: Double? {
        mean { category in Self.overlaps.indices.reduce(0) { $0 + Self.precision(category, $1) } / Double(Self.overlaps.count) }
    }

    /// Those that the truth has, the most frequent first, with the number of objects and AP50, 0…1; empty without labels.
    package var classes: [(label: String, objects: Int, averagePrecision50: Double)] {
        categories.compactMap { label, category in
            guard let label, category.truths > 0 else { return nil }
            return (label: label, objects: category.truths, averagePrecision50: Self.precision(category, 0))
        }.sorted { ($1.objects, $0.label) < ($0.objects, $1.label) }
    }

    /// Over the classes that the truth has.
    private func mean(_ value: (Category) -> Double) -> Double? {
        let all = categories.values.filter { $0.truths > 0 }
        return all.isEmpty ? nil : all.reduce(0) { $0 + value($1) } / Double(all.count)
    }

    private static func precision(_ category: Category, _ bit: Int) -> Double {
        let judged = category.boxes.filter { $0.isIgnored >> bit & 1 == 0 }.sorted { $0.score > $1.score }
        var right = 0
        var curve = judged.enumerated().map { index, box -> (recall: Double, precision: Double) in
            right += Int(box.isRight >> bit & 1)
            return (Double(right) / Double(category.truths), Double(right) / Double(index + 1))
        }
        // The best precision at this recall or a higher one.
        for index in curve.indices.dropLast().reversed() {
            curve[index].precision = max(curve[index].precision, curve[index + 1].precision)
        }
        var (place, sum) = (0, 0.0)
        for step in 0...100 {
            while place < curve.count, curve[place].recall < Double(step) / 100 { place += 1 }
            if place < curve.count { sum += curve[place].precision }
        }
        return sum / 101
    }
}
