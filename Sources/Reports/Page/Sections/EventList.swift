import Foundation
import Results

/// The events: those with pictures as cards, all of them as lines of text for who has no JavaScript, and as data for report.js, which
/// makes cards of them as they are scrolled into view.
struct EventList {
    let content: ReportContent
    /// Nil in a file; else what the page's addresses of pictures and clips begin with, for the page is served.
    let base: String?

    var html: HTML {
        guard !content.events.isEmpty else { return .none }
        let pictured = content.events.indices.filter { picture(of: content.events[$0]) != nil }
        let cards = pictured.map { card($0) }.joined()
        let data = HTML(json: jsonText(of: EventData(content, base: base), decimals: EventData.decimals))
        return """
            <section class="card" id="event-list"><h2>Events <span class="note" id="shown">\(shown(pictured.count))</span></h2>
            <form id="filters" hidden="hidden"></form>
            \(pictureNote)<ol class="events" id="events">\(cards)</ol>
            <noscript><pre class="scroll">\(lines)</pre></noscript>
            <script type="application/json" id="data">\(data)</script></section>

            """
    }

    private func picture(of event: ReportContent.Event) -> [UInt8]? { content.inputs[event.input].crops[event.place] }

    private func shown(_ pictured: Int) -> String {
        let all = Format.count(content.events.count, "event")
        return pictured == content.events.count || base != nil ? all : "\(all), \(Format.count(pictured)) with a picture in this file"
    }

    /// Why events have no pictures.
    private var pictureNote: HTML {
        guard base == nil else { return .none }
        var reasons: [String] = []
        for input in content.inputs where !input.objects.list.isEmpty {
            guard let problem = input.pictureProblem, !reasons.contains(problem) else { continue }
            reasons.append(problem)
        }
        let more = reasons.count > 3 ? "; and \(reasons.count - 3) more clips" : ""
        if !reasons.isEmpty { return "<p class=\"note\">No pictures: \(reasons.prefix(3).joined(separator: "; ") + more, limit: 900).</p>" }
        guard content.events.count > ReportContent.mostCrops else { return .none }
        return """
            <p class="note">Pictures of \(ReportContent.mostCrops) events are in this file, one of each stretch of the list; \
            <code>deepvid view</code> of the results' folder has those of all, and plays the clips.</p>
            """
    }

    // MARK: - Cards

    private func card(_ number: Int) -> HTML {
        let event = content.events[number], object = content.object(event), text = EventText(event, content)
        let image: HTML =
            picture(of: event).map { "<img alt=\"\(text.title, limit: 100)\" loading=\"lazy\" src=\"\(HTML(jpeg: $0))\"/>" } ?? .none
        let places = (object.zones + object.lines).map { "<span class=\"place\">\($0, limit: 40)</span>" as HTML }.joined(" ")
        return """
            <li data-event="\(number)">\(image)<b>\(text.title, limit: 80)</b><span>\(text.time)</span>\
            <span class="note">\(text.details, limit: 160)</span>\(places)</li>

            """
    }

    /// A line for each event. A browser that runs scripts does not look into it: elements for thousands of events take it a while.
    private var lines: HTML {
        content.events.map { event -> HTML in
            let object = content.object(event), text = EventText(event, content)
            let words = [text.time, text.title, text.details] + object.zones + object.lines
            return "\(words.joined(separator: "  "), limit: 200)\n"
        }.joined()
    }
}

/// An event in words.
private struct EventText {
    let title: String
    let time: String
    let details: String

    init(_ event: ReportContent.Event, _ content: ReportContent) {
        let object = content.object(event), input = content.inputs[event.input]
        title = object.trackID.map { "\(object.label) #\($0)" } ?? object.label
        let span = content.inputs.compactMap(\.pageSpan)
        let length = (span.map(\.upperBound).max() ?? 0) - (span.map(\.lowerBound).min() ?? 0)
        time = input.shown(object.first, within: length)
        let seconds = max(0, object.last - object.first)
        let duration = seconds < 100 ? "\(Format.decimal(seconds, 1)) s" : Format.time(seconds)
        let camera = content.cameras.count > 1 ? "\(content.camera(of: event)) · " : ""
        details = "\(camera)\(duration) · score \(Format.decimal(object.score, 2))"
    }
}

/// The events for report.js: columns, so that a name is not repeated for each of thousands.
private struct EventData: Encodable {
    /// Nil in a file; else what addresses of pictures and clips begin with.
    let base: String?
    let cameras: [String]
    let labels: [String]
    /// Zones, then lines.
    let places: [String]
    let inputs: [Input]
    /// By event: indices into the lists above; the track or 0; begin and duration in seconds.
    var input: [Int] = []
    var label: [Int] = []
    var track: [Int] = []
    var begin: [Double] = []
    var duration: [Double] = []
    var score: [Double] = []
    var placesOfEvent: [[Int]] = []
    /// When the object came, in seconds of the video.
    var from: [Double] = []

    struct Input: Encodable {
        let camera: Int
        let name: String
        /// Whether times are what a clock shows, in seconds since 1970 of a clock that shows UTC; else they are the video's.
        let isClock: Bool
        /// Whether there is a clip, or whether pictures were kept; whether the clip has to be put into another container; why browsers
        /// cannot play it.
        let hasClip: Bool
        let hasPictures: Bool
        let isRepacked: Bool
        let problem: String?

        enum CodingKeys: String, CodingKey {
            case camera, name, isClock = "is_clock", hasClip = "has_clip", hasPictures = "has_pictures", isRepacked = "is_repacked", problem
        }
    }

    enum CodingKeys: String, CodingKey {
        case base, cameras, labels, places, inputs, input, label, track, begin, duration, score, placesOfEvent = "where", from
    }

    static let decimals = ["begin": 1, "duration": 1, "score": 2, "from": 2]

    init(_ content: ReportContent, base: String?) {
        self.base = base
        cameras = content.cameras.map { HTML.plain($0, limit: 80) }
        labels = content.labels.map { HTML.plain($0, limit: 80) }
        var names: [String] = [], numbers: [String: Int] = [:]
        for event in content.events {
            let object = content.object(event), all = object.zones + object.lines
            for name in all where numbers[name] == nil {
                numbers[name] = names.count
                names.append(name)
            }
            placesOfEvent.append(all.map { numbers[$0]! })
        }
        places = names.map { HTML.plain($0, limit: 80) }
        inputs = content.inputs.indices.map { index in
            let input = content.inputs[index]
            let playback = base == nil ? nil : content.playback(of: index)
            return Input(
                camera: content.cameraOfInput[index], name: HTML.plain(String(baseName(input.source)), limit: 80),
                isClock: input.clockStart != nil,
                hasClip: playback != nil,
                hasPictures: base != nil && (playback != nil || input.objects.list.contains { $0.snapshot != nil }),
                isRepacked: playback?.isRepacked ?? false, problem: playback?.problem.map { HTML.plain($0, limit: 300) })
        }
        let labelNumbers = Dictionary(uniqueKeysWithValues: content.labels.enumerated().map { ($1, $0) })
        for event in content.events {
            let object = content.object(event), owner = content.inputs[event.input]
            input.append(event.input)
            label.append(labelNumbers[object.label]!)
            track.append(object.trackID ?? 0)
            begin.append(owner.pageTime(object.first))
            duration.append(max(0, object.last - object.first))
            score.append(object.score)
            // Times of an input count as those of its video do, also where the time of day is known.
            from.append(max(0, object.first))
        }
    }
}

extension HTML {
    /// The address of a picture that is in the page itself. Nothing in Base64 needs escaping, and it has no limit of length.
    init(jpeg bytes: [UInt8]) { self.init(stringLiteral: "data:image/jpeg;base64,\(Data(bytes).base64EncodedString())") }

    /// JSON for an element of script: what would end it, or is no XML, is written as JSON's own escapes, which mean the same.
    init(json: String) {
        self.init(
            stringLiteral: json.replacing("&", with: "\\u0026").replacing("<", with: "\\u003c").replacing(">", with: "\\u003e"))
    }
}
