import DeepVid

/// When objects of each class were there, at each camera: lanes over one axis, which is the clock's where times of day are known.
struct Timeline {
    /// Lanes of a camera; the classes of the fewest objects are left out.
    private static let mostClasses = 6
    /// Cameras that are shown at once; the others are folded away.
    private static let mostCameras = 12
    private static let height = 24.0

    let content: ReportContent

    /// Both kinds of time do not go on one axis.
    var html: HTML {
        guard !content.events.isEmpty else { return .none }
        // Cameras of which nothing came have a lane, too.
        var silent = content.inputs.indices.filter { content.inputs[$0].neverConnected }
        return [true, false].map { isClock -> HTML in
            let inputs = content.inputs.indices.filter {
                (content.inputs[$0].clockStart != nil) == isClock && content.inputs[$0].span != nil
            }
            guard let span = span(of: inputs, isClock) else { return .none }
            let axis = TimeAxis(first: span.lowerBound, last: span.upperBound, isClock: isClock)
            defer { silent = [] }
            return chart(inputs + silent, axis)
        }.joined()
    }

    private func span(of inputs: [Int], _ isClock: Bool) -> ClosedRange<Double>? {
        let spans = inputs.compactMap { content.inputs[$0].pageSpan }
        guard let first = spans.map(\.lowerBound).min(), let last = spans.map(\.upperBound).max() else { return nil }
        return first...last
    }

    private func chart(_ inputs: [Int], _ axis: TimeAxis) -> HTML {
        var members: [[Int]] = Array(repeating: [], count: content.cameras.count)
        for input in inputs { members[content.cameraOfInput[input]].append(input) }
        let cameras = content.cameras.indices.filter { !members[$0].isEmpty }
        let lanes = cameras.map { CameraLanes(camera: $0, inputs: members[$0], content: content, axis: axis).html }
        let ticks: HTML = "<div class=\"lane\"><span></span>\(axis.labels)<span></span></div>"
        let more = lanes.dropFirst(Self.mostCameras)
        let rest = more.isEmpty ? HTML.none : HTML.details("\(Format.count(more.count, "more camera"))", "\(more.joined())\(ticks)")
        let note =
            axis.isClock
            ? "by the clock" : content.inputs.contains { $0.clockStart != nil } ? "by the time of the video" : "time of the video"
        return """
            <section class="card timeline"><h2>When <span class="note">\(note); height: objects at once, number: all of them</span></h2>
            \(lanes.prefix(Self.mostCameras).joined())\(ticks)\(rest)</section>

            """
    }

    /// A camera's lanes: when it was recorded, then a lane for each class.
    private struct CameraLanes {
        let camera: Int
        let inputs: [Int]
        let content: ReportContent
        let axis: TimeAxis

        var html: HTML {
            let covered = inputs.compactMap { content.inputs[$0].pageSpan }.map { range -> HTML in
                let (from, to) = (axis.x(range.lowerBound), axis.x(range.upperBound))
                return "M\(HTML(stringLiteral: coordinate(from))) 2H\(HTML(stringLiteral: coordinate(max(to, from + 1))))"
            }.joined()
            var objects: [Int: [ClosedRange<Double>]] = [:]
            let numbers = Dictionary(uniqueKeysWithValues: content.labels.enumerated().map { ($1, $0) })
            for input in inputs {
                for object in content.inputs[input].objects.list {
                    guard let number = numbers[object.label] else { continue }
                    let (first, last) = (content.inputs[input].pageTime(object.first), content.inputs[input].pageTime(object.last))
                    objects[number, default: []].append(first...max(first, last))
                }
            }
            let classes = objects.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
            let lanes = classes.prefix(mostClasses).map { lane(of: $0.key, $0.value) }
            let more = classes.count - lanes.count
            let rest: HTML = more > 0 ? "<p class=\"note\">and \(Format.count(more)) classes of fewer objects</p>" : .none
            let isSilent = inputs.allSatisfy { content.inputs[$0].neverConnected }
            let none: HTML = classes.isEmpty ? "<p class=\"note\">\(isSilent ? "no picture came" : "nothing seen")</p>" : .none
            return """
                <div class="camera" data-camera="\(camera)"><h3>\(content.cameras[camera], limit: 80)</h3>
                <div class="lane"><span class="note">recorded</span><svg viewBox="0 0 1000 4" preserveAspectRatio="none" class="covered" aria-hidden="true"><path d="\(covered)"/></svg><span></span></div>
                \(lanes.joined())\(rest)\(none)</div>

                """
        }

        private func lane(of number: Int, _ times: [ClosedRange<Double>]) -> HTML {
            let label = content.labels[number], most = LaneHeights.most(times)
            let steps = LaneHeights(times.map { axis.x($0.lowerBound)...axis.x($0.upperBound) }).path(height: height)
            let summary = "\(label): \(Format.count(times.count)), at most \(most) at once"
            return """
                <div class="lane" data-class="\(number)"><span class="name">\(label, limit: 60)</span><svg viewBox="0 0 1000 24" \
                preserveAspectRatio="none" role="img" aria-label="\(summary, limit: 120)">\(axis.grid(height: height))<path \
                class="k\(number % Self.colors)" d="\(HTML(stringLiteral: steps))"/></svg><span class="total">\(Format.count(times.count))</span></div>

                """
        }

        /// Colors of the style sheet.
        static let colors = 8
    }
}

/// How many objects are there at once, in equal parts of an axis of 1000.
struct LaneHeights: Equatable {
    /// Three pixels of a wide screen each.
    static let parts = 360
    private(set) var counts = [Int](repeating: 0, count: parts)

    init(_ stretches: [ClosedRange<Double>]) {
        // Differences first: O(stretches + parts).
        var changes = [Int](repeating: 0, count: Self.parts + 1)
        for stretch in stretches {
            let (from, to) = (Self.part(stretch.lowerBound), Self.part(stretch.upperBound))
            changes[from] += 1
            changes[to + 1] -= 1
        }
        var count = 0
        for part in 0..<Self.parts {
            count += changes[part]
            counts[part] = count
        }
    }

    private static func part(_ x: Double) -> Int { min(parts - 1, max(0, Int(x * Double(parts) / TimeAxis.width))) }

    /// An area with steps, as high as there are objects; one object is never too low to be seen.
    func path(height: Double) -> String {
        let most = Double(max(1, counts.max() ?? 1)), width = TimeAxis.width / Double(Self.parts)
        var path = "", at = 0
        while at < Self.parts {
            let count = counts[at]
            var end = at
            while end < Self.parts, counts[end] == count { end += 1 }
            if count > 0 {
                let y = height - max(6, height * Double(count) / most)
                path +=
                    "M\(coordinate(Double(at) * width)) \(coordinate(height))V\(coordinate(y))H\(coordinate(Double(end) * width))V\(coordinate(height))Z"
            }
            at = end
        }
        return path
    }

    /// The most that overlap.
    static func most(_ stretches: [ClosedRange<Double>]) -> Int {
        let edges = stretches.flatMap { [($0.lowerBound, 1), ($0.upperBound, -1)] }.sorted { ($0.0, -$0.1) < ($1.0, -$1.1) }
        var (count, most) = (0, 0)
        for (_, change) in edges {
            count += change
            most = max(most, count)
        }
        return most
    }
}
