import Clocks
import DeepVid
import Results

/// One object's stay in a recording, as the records tell it.
struct EventStay {
    var label: String
    /// Presentation times in seconds.
    var start, end: Double
    /// What makes the time of day of a presentation time; nil where that is not known.
    var offset: Double?
    /// All that it has been in.
    var zones: Set<String> = []
}

/// Gathers the stays of followed objects, by input. What is kept grows with the number of objects, and not with that of frames.
struct EventStays {
    struct Input {
        let record: ResultInput
        var stays: [Int: EventStay] = [:]
        /// Whether there are records, and no objects were followed in them.
        var isUntracked = false
    }

    private(set) var inputs: [Int: Input] = [:]

    mutating func add(_ record: ReadRecord, of input: ResultInput) {
        var own = inputs[input.number] ?? Input(record: input)
        switch record {
        case .event(let event): own.see(event)
        case .frame(let frame): own.see(frame)
        case .begin(let begin): own.isUntracked = begin.options.trackBufferS == nil
        default: break
        }
        inputs[input.number] = own
    }
}

extension EventStays.Input {
    fileprivate mutating func see(_ event: EventRecord) {
        guard let start = event.startSeconds, let now = event.endSeconds ?? event.pts else { return }
        var stay = stays[event.trackID] ?? EventStay(label: event.label, start: start, end: now)
        stay.end = max(stay.end, now)
        if let pts = event.pts, let time = event.time.flatMap(UTCTime.seconds) { stay.offset = time - pts }
        stay.zones.formUnion(event.enteredZones ?? [])
        stays[event.trackID] = stay
        isUntracked = false
    }

    fileprivate mutating func see(_ frame: FrameRecord) {
        guard let pts = frame.ptsS else { return }
        for object in frame.objects ?? [] {
            guard let id = object.trackID else { continue }
            var stay = stays[id] ?? EventStay(label: object.label, start: pts, end: pts)
            stay.end = max(stay.end, pts)
            if stay.offset == nil, let time = frame.time.flatMap(UTCTime.seconds) { stay.offset = time - pts }
            stay.zones.formUnion(object.zones ?? [])
            stays[id] = stay
            isUntracked = false
        }
    }
}

/// A part of a recording that is wanted, with the objects in it.
struct WantedPart {
    /// Presentation times in seconds, with what is to be there before and after.
    var range: ClosedRange<Double>
    /// In the order in which they come.
    var stays: [EventStay]

    /// The parts around stays; those that overlap or touch are one.
    static func parts(_ stays: [EventStay], pad: Double) -> [WantedPart] {
        stays.sorted { ($0.start, $0.end) < ($1.start, $1.end) }.reduce(into: []) { parts, stay in
            let range = (stay.start - pad)...(max(stay.start, stay.end) + pad)
            if let last = parts.last, range.lowerBound <= last.range.upperBound {
                parts[parts.count - 1].range = last.range.lowerBound...max(last.range.upperBound, range.upperBound)
                parts[parts.count - 1].stays.append(stay)
            } else {
                parts.append(WantedPart(range: range, stays: [stay]))
            }
        }
    }
}
