import Clocks
import DeepVid
import Models
import Results

/// What a page is made of: the inputs that results tell of, by camera, and their objects in the order of time.
package struct ReportContent: Sendable {
    /// An object of an input: an entry of the page.
    struct Event: Sendable {
        let input: Int
        /// In the input's list.
        let place: Int
    }

    var inputs: [ReportInput]
    /// Names, each once.
    let cameras: [String]
    /// By input, its camera.
    let cameraOfInput: [Int]
    /// Those of the clock first, then those of the video's time, each in the order of time.
    let events: [Event]
    /// Objects of all inputs, also those that there is no room for.
    let objectCount: Int
    /// Classes of the events, those of the most objects first.
    let labels: [String]
    /// Where clips are, besides where the results say.
    let clips: [String]
    /// What of the results it is about.
    let selection: ResultSelection
    package var warnings: [String]
    /// Why results files could not be read, with their names. They are on the page, too.
    package let errors: [String]

    /// Events on a page: some megabytes of it.
    private static let mostEvents = 20_000

    /// Files that cannot be read are among `errors`; the others are on the page.
    ///
    /// - Parameters:
    ///   - clips: for the pictures, where the results do not say where they are.
    ///   - zone: the clock that times of day are shown by.
    ///   - selection: what the page is about.
    ///   - onFile: called before each file of `results` is read, with its index. What it throws is why the file cannot be read.
    /// - Throws: `DeepVidError` when not one of the files could be read, or a zone or camera is asked for that there is not.
    package init(
        results: [String], clips: [String] = [], zone: Zone = .utc, selection: ResultSelection = ResultSelection(), control: RunControl,
        onFile: (Int) throws(DeepVidError) -> Void = { _ in }
    ) throws(DeepVidError) {
        var reader = ReportReader(zone: zone, selection: selection)
        var errors: [DeepVidError] = []
        for (index, path) in results.enumerated() where !control.isStopped {
            do throws(DeepVidError) {
                try onFile(index)
                try reader.read(path)
            } catch { errors.append(error) }
        }
        if let error = errors.first, errors.count == results.count {
            throw errors.count == 1 ? error : DeepVidError(error.code, errors.map(\.message).joined(separator: "\n"), cause: error)
        }
        try reader.finish()
        self.init(reader.inputs, clips: clips, selection: selection, warnings: reader.warnings, errors: errors.map(\.message))
    }

    init(
        _ inputs: [ReportInput], clips: [String] = [], selection: ResultSelection = ResultSelection(), warnings: [String] = [],
        errors: [String] = []
    ) {
        (self.inputs, self.clips, self.selection, self.warnings, self.errors) = (inputs, clips, selection, warnings, errors)
        let names = Self.cameraNames(inputs)
        var cameras: [String] = [], numbers: [String: Int] = [:]
        for name in names where numbers[name] == nil {
            numbers[name] = cameras.count
            cameras.append(name)
        }
        (self.cameras, cameraOfInput) = (cameras, names.map { numbers[$0]! })
        let all = inputs.indices.flatMap { input in inputs[input].objects.list.indices.map { Event(input: input, place: $0) } }
        // Of the video's time, one input follows the other.
        let keys = all.map { event -> (Int, Double) in
            let input = inputs[event.input], first = input.objects.list[event.place].first
            return input.wall(first).map { (0, $0) } ?? (1 + event.input, first)
        }
        let order = all.indices.sorted { (keys[$0].0, keys[$0].1, $0) < (keys[$1].0, keys[$1].1, $1) }
        events = order.prefix(Self.mostEvents).map { all[$0] }
        objectCount = inputs.reduce(0) { $0 + $1.objects.count }
        var counts: [String: Int] = [:]
        for event in all { counts[inputs[event.input].objects.list[event.place].label, default: 0] += 1 }
        labels = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    func object(_ event: Event) -> SeenObject { inputs[event.input].objects.list[event.place] }

    func camera(of event: Event) -> String { cameras[cameraOfInput[event.input]] }

    /// What is said instead of numbers: of what nothing was seen, and whether there are recordings of that time.
    var nothingSeen: String {
        guard !selection.isEverything else { return "No object was seen." }
        let (time, rest) = (selection.time?.phrase, selection.withoutTime.text)
        let what = rest.map { "Nothing was seen of what was asked for (\($0))" } ?? "Nothing was seen"
        return what + (time.map { " \($0)" } ?? "") + (hasNoRecording ? "; no recording covers it." : ".")
    }

    /// Whether a time of day is asked for at which, as far as is known of all inputs, nothing was recorded.
    private var hasNoRecording: Bool {
        guard let window = selection.time else { return false }
        let spans = inputs.map(\.recorded)
        return !spans.isEmpty && spans.allSatisfy { $0.map { !window.overlaps($0) } ?? false }
    }

    /// What each input has shown.
    package var seen: [[SeenClass]] { inputs.map(\.seen) }
    /// How many objects of each label are left out because they never moved.
    package var neverMoved: [String: Int] { inputs.reduce(into: [:]) { $0.merge($1.neverMoved, uniquingKeysWith: +) } }
    package var frames: Int { inputs.reduce(0) { $0 + $1.framesSeen } }
    package var inputCount: Int { inputs.count }
    package var pictureCount: Int { inputs.reduce(0) { $0 + $1.crops.count + $1.worstFrames.count } }

    /// As `count --by camera` tells cameras apart; of files without a recorder's name, the file's own name, where that is enough.
    private static func cameraNames(_ inputs: [ReportInput]) -> [String] {
        let short = inputs.map { String(baseName($0.source)) }
        var sources: [String: Set<String>] = [:]
        for (input, name) in zip(inputs, short) { sources[name, default: []].insert(input.source) }
        return zip(inputs, short).map { input, name in input.camera ?? (sources[name]!.count > 1 ? input.source : name) }
    }
}
