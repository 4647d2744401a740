import DeepVid
import Models

/// Whether there is what a selection names: a name that is none is a mistake, and a class or zone of which nothing was seen is an answer.
package struct SelectionCheck {
    /// Names that are remembered for messages: results may hold any number of them.
    private static let mostRemembered = 1000

    private let selection: ResultSelection
    private var labels: LabelFilter
    private var zones: Set<String> = []
    private var cameras: Set<String> = []
    /// Those that are asked for and there.
    private var visitedZones: Set<String> = []
    private var foundCameras: Set<String> = []
    /// Objects at no known time.
    private var untimed = 0

    package init(_ selection: ResultSelection) { (self.selection, labels) = (selection, LabelFilter(selection.classes)) }

    // MARK: What there is

    /// - Parameter name: what the input's camera is called, of all that are there.
    /// - Returns: whether it is asked for.
    package mutating func see(_ input: ResultInput, named name: String) -> Bool {
        if cameras.count < Self.mostRemembered { cameras.insert(name) }
        // Also by the recorder's name alone, by that of pictures and clips, and as the run named the input.
        let names = [name, input.camera.name, cameraName(of: input.name), input.name]
        guard selection.includes(camera: names) else { return false }
        for name in names { foundCameras.insert(name.lowercased()) }
        return true
    }

    /// Takes the zones that an input has, whether somebody was in them or not, and its model's classes.
    package mutating func know(_ input: ResultInput) {
        for zone in input.begin?.options.zones ?? [] { know(zone: zone.name) }
        labels.know(input.begin?.model.labels ?? [])
    }

    package mutating func see(_ stay: ObjectStay) {
        for zone in stay.zones { know(zone: zone.name) }
        guard labels.isWanted(stay.label) else { return }
        if selection.time != nil, stay.span.startTime == nil { untimed += 1 }
        for zone in stay.zones where selection.includes(zone: zone.name) && selection.includes(zone.span) {
            visitedZones.insert(zone.name)
        }
    }

    package mutating func see(label: String) { _ = labels.isWanted(label) }

    package mutating func know(zone: String) { if zones.count < Self.mostRemembered { zones.insert(zone) } }

    // MARK: What to say

    /// - Throws: `DeepVidError` when a zone or a camera is asked for that there is not.
    package func refuseUnknownNames() throws(DeepVidError) {
        try refuse(selection.zones, "zone", among: zones, nothing: "they have none: run infer or batch with --zones FILE")
        try refuse(selection.cameras, "camera", among: cameras, known: foundCameras, nothing: "they have none")
    }

    private func refuse(
        _ names: [String]?, _ kind: String, among there: Set<String>, known: Set<String> = [], nothing: String
    ) throws(DeepVidError) {
        let keys = known.union(there.map { $0.lowercased() })
        let missing = (names ?? []).filter { !keys.contains($0.lowercased()) }
        guard !missing.isEmpty else { return }
        let list = missing.map { "'\($0)'" }.joined(separator: ", ")
        let all = there.sorted().prefix(20).joined(separator: ", ")
        throw DeepVidError(
            .invalidOptions,
            "no \(kind) \(list) in these results; \(there.isEmpty ? nothing : "there \(there.count == 1 ? "is" : "are") \(all)")")
    }

    package var warnings: [String] {
        let times =
            untimed > 0
            ? "\(untimed == 1 ? "1 object has" : "\(untimed) objects have") no time of day, and no place between --from and --to" : nil
        return [labels.warning, times].compactMap(\.self)
    }

    /// Zones that are asked for, and that nobody was in.
    package var emptyZones: [String] {
        selection.zones == nil ? [] : zones.filter { selection.includes(zone: $0) }.subtracting(visitedZones).sorted()
    }
}
