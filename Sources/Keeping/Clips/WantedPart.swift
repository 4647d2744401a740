import Results

/// A part of a recording that is wanted, with the objects in it.
struct WantedPart {
    /// Presentation times in seconds, with what is to be there before and after.
    var range: ClosedRange<Double>
    /// In the order in which they come.
    var stays: [ObjectStay]

    /// The zones that its objects were in.
    var zones: Set<String> { Set(stays.lazy.flatMap(\.zones).map(\.name)) }

    /// Times before and after stays, in seconds: the first that would part two of them; nil where they go on without a break.
    var partingPad: Double? {
        var (end, widest) = (-Double.infinity, 0.0)
        for (first, last) in stays.compactMap({ stay in stay.span.start.map { ($0, max($0, stay.span.end ?? $0)) } }) {
            if end.isFinite { widest = max(widest, first - end) }
            end = max(end, last)
        }
        // Stretches that touch are one.
        return Self.pads.first { 2 * $0 < widest }
    }

    private static let pads: [Double] = [300, 120, 60, 30, 20, 10, 5, 3, 2, 1, 0]

    /// The parts around stays; those that overlap or touch are one. Stays without presentation times have no part.
    static func parts(_ stays: [ObjectStay], pad: Double) -> [WantedPart] {
        let known = stays.compactMap { stay in stay.span.start.map { (stay, $0, max($0, stay.span.end ?? $0)) } }
        return known.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.reduce(into: []) { parts, next in
            let (stay, start, end) = next, range = (start - pad)...(end + pad)
            if let last = parts.last, range.lowerBound <= last.range.upperBound {
                parts[parts.count - 1].range = last.range.lowerBound...max(last.range.upperBound, range.upperBound)
                parts[parts.count - 1].stays.append(stay)
            } else {
                parts.append(WantedPart(range: range, stays: [stay]))
            }
        }
    }
}
