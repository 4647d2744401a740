import DeepVid
import Results

/// What was seen, in numbers: objects of each class, and what zones and lines counted.
struct SeenNumbers {
    let content: ReportContent
    /// Classes with a figure of their own; the others are in a table.
    private static let mostFigures = 8

    var html: HTML {
        guard !content.events.isEmpty else {
            let none = content.nothingSeen
            let what = content.frames > 0 ? none : "No frame was looked at."
            return "<section class=\"card\"><h2>What was seen</h2><p>\(what)</p>\(neverMoved)</section>\n"
        }
        let rows = classes
        let figures = rows.prefix(Self.mostFigures).map { row -> HTML in
            "<div><dt>\(row.label, limit: 60)</dt><dd>\(Format.count(row.count)) <span class=\"note\">\(note(row))</span></dd></div>\n"
        }.joined()
        let rest: HTML =
            rows.count > Self.mostFigures
            ? HTML.details(
                "\(Format.count(rows.count - Self.mostFigures)) more classes",
                HTML.table(
                    ["class", "objects"], rows.dropFirst(Self.mostFigures).map { [HTML.cell($0.label), HTML.cell(Format.count($0.count))] })
            )
            : .none
        let more = content.objectCount - rows.reduce(0) { $0 + $1.count }
        let left: HTML = more > 0 ? "<p class=\"note\">and \(Format.count(more, "object")) more, beyond what a page lists</p>" : .none
        return """
            <section class="card"><h2>What was seen <span class="note">\(kind)</span></h2>
            <dl class="figures">\(figures)</dl>\(rest)\(left)\(neverMoved)\(zones)\(lines)</section>

            """
    }

    /// Those that are not counted, because nobody wants to hear of a parked car every day.
    private var neverMoved: HTML {
        let counts = content.neverMoved.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !counts.isEmpty else { return .none }
        let list = counts.prefix(6).map { "\($0.key) \(Format.count($0.value))" }.joined(separator: ", ") + (counts.count > 6 ? ", …" : "")
        return "<p class=\"note\">Not counted, because they never moved: \(list, limit: 300)</p>"
    }

    /// What a number counts.
    private var kind: String {
        let inputs = content.inputs.filter { !$0.objects.list.isEmpty }
        if inputs.allSatisfy(\.isClassified) { return "times with this as the likeliest class" }
        if inputs.allSatisfy(\.isTracked) { return "objects, each counted once" }
        return "arrivals: objects were not followed, and one that comes again counts again ('infer --track' follows them)"
    }

    private struct Row {
        let label: String
        var count = 0
        /// At once, before one camera.
        var most = 0
        var cameras: Set<Int> = []
    }

    private var classes: [Row] {
        var rows = content.labels.map { Row(label: $0) }
        let numbers = Dictionary(uniqueKeysWithValues: content.labels.enumerated().map { ($1, $0) })
        for (index, input) in content.inputs.enumerated() {
            for (label, objects) in Dictionary(grouping: input.objects.list, by: \.label) {
                guard let number = numbers[label] else { continue }
                rows[number].count += objects.count
                rows[number].most = max(rows[number].most, LaneHeights.most(objects.map { $0.first...max($0.first, $0.last) }))
                rows[number].cameras.insert(content.cameraOfInput[index])
            }
        }
        return rows
    }

    private func note(_ row: Row) -> String {
        let most = row.most > 1 ? "at most \(Format.count(row.most)) at once" : "one at a time"
        return row.cameras.count > 1 ? "\(most), at \(row.cameras.count) cameras" : most
    }

    // MARK: - Zones and lines

    /// What a zone or line came to at a camera, over its inputs.
    private struct Place {
        let name: String
        let camera: Int
        var objects = 0
        /// In and out of a zone, to the right and to the left over a line.
        var counts = (0, 0)
        var staySeconds = 0.0
    }

    private func places(
        _ names: (ReportInput) -> [String], ofObject: KeyPath<SeenObject, [String]>, _ count: (PlaceCounts, inout Place) -> Void
    ) -> [Place] {
        var places: [Place] = []
        for (index, input) in content.inputs.enumerated() {
            let camera = content.cameraOfInput[index]
            let mentioned = input.objects.list.flatMap { $0[keyPath: ofObject] }
            for name in names(input) + mentioned where !places.contains(where: { $0.name == name && $0.camera == camera }) {
                // Results may hold any number of them.
                if places.count < 500 { places.append(Place(name: name, camera: camera)) }
            }
            for place in places.indices where places[place].camera == camera {
                places[place].objects += mentioned.count { $0 == places[place].name }
                count(input.places, &places[place])
            }
        }
        return places
    }

    private func table(_ title: HTML, _ columns: [String], _ places: [Place], _ cells: (Place) -> [HTML]) -> HTML {
        guard !places.isEmpty else { return .none }
        let rows = places.map { place -> [HTML] in
            let camera: HTML =
                content.cameras.count > 1 ? " <span class=\"note\">\(content.cameras[place.camera], limit: 60)</span>" : .none
            return ["\(place.name, limit: 60)\(camera)", HTML.cell(Format.count(place.objects))] + cells(place)
        }
        return "<h3>\(title)</h3>\(HTML.table(columns, rows))"
    }

    private var zones: HTML {
        let places = places(\.zoneNames, ofObject: \.zones) { counted, place in
            guard let zone = counted.zones[place.name] else { return }
            place.counts.0 += zone.entered
            place.counts.1 += zone.left
            place.staySeconds += zone.seconds
        }
        return table("Zones", ["zone", "objects", "came in", "went out", "mean stay"], places) { place in
            let stay = place.counts.1 > 0 ? "\(Format.decimal(place.staySeconds / Double(place.counts.1), 1)) s" : nil
            return numbers(place) + [HTML.cell(stay)]
        }
    }

    private var lines: HTML {
        let places = places({ ($0.options?.lines ?? []).map(\.name) }, ofObject: \.lines) { counted, place in
            guard let line = counted.lines[place.name] else { return }
            place.counts.0 += line.leftToRight
            place.counts.1 += line.rightToLeft
        }
        return table("Lines", ["line", "objects", "left to right", "right to left"], places) { numbers($0) }
    }

    private func numbers(_ place: Place) -> [HTML] { [place.counts.0, place.counts.1].map { HTML.cell(Format.count($0)) } }
}
