import DeepVid
import Tracking

/// What a run is of, as far as its figures have to know it before anything happens: series are there from the beginning, with zeros, or
/// Prometheus would not see the first increase.
public struct MetricsSubject: Sendable {
    /// What the figures are told apart by.
    enum Kind: Sendable {
        /// Inputs, each a camera with the input's name unless all have another.
        case inputs([String], areLive: Bool)
        /// Clips, one of many: their names are no labels, or there would be a series for each.
        case clips
    }

    let kind: Kind
    /// The label of all figures.
    private let camera: String?
    /// Those that were named, for a model may know hundreds.
    let classes: [String]
    private let plan: ZonePlan?

    /// - Parameter inputs: as they are opened.
    public init(inputs: [String], areLive: Bool, _ options: RunOptions) {
        self.init(.inputs(inputs.map(displayName), areLive: areLive), options)
    }

    /// Of a batch.
    public init(clipsWith options: RunOptions) { self.init(.clips, options) }

    private init(_ kind: Kind, _ options: RunOptions) {
        self.kind = kind
        camera = options.camera
        classes = options.output.isTracking ? options.model.classes ?? [] : []
        plan = options.output.zones
    }

    /// The label `camera` of an input's figures; nil where there is none.
    func label(of source: String) -> String? {
        if case .clips = kind { return camera }
        return camera ?? source
    }

    /// All labels that are known.
    var labels: Set<String?> {
        switch kind {
        case .inputs(let names, _): Set(names.map(label))
        case .clips: [camera]
        }
    }

    /// What can happen at zones and lines to objects of the classes that were named.
    var events: [CameraFigures.Event] {
        guard let layout = plan?.layout else { return [] }
        func events(_ place: Place, _ kinds: [ZoneEvent.Kind]) -> [CameraFigures.Event] {
            classes.filter { place.classes?.contains($0) ?? true }.flatMap { label in
                kinds.map { CameraFigures.Event(kind: $0.rawValue, place: place.name, label: label) }
            }
        }
        return layout.zones.flatMap { events($0, [.enter, .leave] + ($0.dwellSeconds.isEmpty ? [] : [.dwell])) }
            + layout.lines.flatMap { events($0, [.cross]) }
    }
}
