import DeepCache
import Models
import Results

/// What a run said of a clip, as stretches of its time: what was decoded, and what was found.
package struct PacketAnswers {
    /// Seconds of the input.
    package typealias Stretch = Range<Double>

    /// Whose frames were decoded in their turn.
    package private(set) var decoded: [Stretch] = []
    /// By label, the one that was found for the longest time first. Objects that never moved are left out.
    package private(set) var found: [(label: String, stretches: [Stretch])] = []

    /// A pause of so many seconds between two frames with an object of one label is no end of it: detectors blink.
    private static let longestPause = 1.0

    /// - Parameters:
    ///   - path: what `infer` wrote of the clip.
    ///   - clip: its name.
    /// - Throws: when there are no frame records of the clip.
    package init(_ path: String, clip: String) throws(DeepVidError) {
        let records = try ClipRecords(path, clip: clip)
        var byLabel: [String: [Stretch]] = [:], last: Double?
        while let record = records.upcoming {
            _ = try records.advance(to: record.frame)
            guard let time = record.ptsS, last.map({ time > $0 }) ?? true else { continue }
            let step = last.map { min(time - $0, Self.longestPause) } ?? 0
            last = time
            if record.cache?.reason != ReuseReason.notDecoded.rawValue { Self.add(time, lasting: step, to: &decoded, pause: 1.5 * step) }
            for label in Set(record.objects?.filter { $0.isStatic != true }.map(\.label) ?? []) {
                Self.add(time, lasting: step, to: &byLabel[label, default: []], pause: Self.longestPause)
            }
        }
        func length(_ stretches: [Stretch]) -> Double { stretches.reduce(0) { $0 + $1.upperBound - $1.lowerBound } }
        found = byLabel.map { ($0.key, $0.value) }.sorted { (length($0.stretches), $1.label) > (length($1.stretches), $0.label) }
    }

    private static func add(_ time: Double, lasting step: Double, to stretches: inout [Stretch], pause: Double) {
        if let last = stretches.last, time - last.upperBound <= pause {
            stretches[stretches.count - 1] = last.lowerBound..<time + step
        } else {
            stretches.append(time..<time + step)
        }
    }

    /// Whether something was found in a stretch.
    package func hasFound(in stretch: Stretch) -> Bool { found.contains { $0.stretches.contains { $0.overlaps(stretch) } } }
}
