import Clocks
import Results

/// When an input was recorded, as far as its records tell: from the first to the last time of day in them, without the outages.
struct RecordedTime {
    /// Seconds since 1970; nil before the first record, and during an outage.
    private var open: ClosedRange<Double>?
    private var closed: [ClosedRange<Double>] = []
    private var begin: BeginRecord?

    /// A file may contain any number: a longer span is a mistake.
    private static let longest = 400 * 86400.0

    var spans: [ClosedRange<Double>] { (closed + [open].compactMap(\.self)).filter { $0.upperBound - $0.lowerBound < Self.longest } }

    mutating func add(_ record: ReadRecord) {
        switch record {
        case .begin(let begin):
            self.begin = begin
            // A camera's first picture comes later.
            if begin.clock != "arrival" { see(begin.startTime, after: begin.options.startS ?? 0) }
        case .frame(let frame): see(frame.time)
        case .event(let event):
            see(event.startTime)
            see(event.time)
        case .outage(let outage):
            if let open { closed.append(open) }
            open = nil
            if outage.state == .closed { see(outage.time) }
        case .end: end()
        case .comparison, .other: break
        }
    }

    private mutating func see(_ time: String?, after seconds: Double = 0) {
        guard let time = time.flatMap(UTCTime.seconds), abs(time) < 1e11, abs(seconds) < 1e9 else { return }
        let moment = time + seconds
        open = open.map { min($0.lowerBound, moment)...max($0.upperBound, moment) } ?? moment...moment
    }

    /// Records of changes and of events leave out the last frames of a recording.
    private mutating func end() {
        guard let begin, begin.options.records != nil, begin.clock != "arrival", begin.options.maxFrames == nil,
            let length = begin.video?.durationS, length > 0
        else { return }
        let first = begin.options.startS ?? 0
        see(begin.startTime, after: min(length, first + (begin.options.durationS ?? length)))
    }

    /// Spans as those that do not touch, in the order of time.
    static func joined(_ spans: [ClosedRange<Double>]) -> [ClosedRange<Double>] {
        spans.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { joined, span in
            if let last = joined.last, span.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, span.upperBound)
            } else {
                joined.append(span)
            }
        }
    }

    /// Seconds recorded under each name, on the part of the clock that is asked for.
    /// - Parameter spans: do not touch.
    static func seconds<Name: Hashable>(
        _ spans: [ClosedRange<Double>], within window: TimeWindow?, by name: (Double) -> Name?
    ) -> [Name: Double] {
        var sums: [Name: Double] = [:]
        for span in spans {
            var start = span.lowerBound
            // A minute at a time: hours and windows begin with one.
            repeat {
                let next = min(span.upperBound, ((start / 60).rounded(.down) + 1) * 60)
                if window?.contains(start) ?? true, let name = name(start) { sums[name, default: 0] += next - start }
                guard next > start else { break }
                start = next
            } while start < span.upperBound
        }
        return sums
    }
}
