import Clocks
import DeepVid
import Models
import Results

/// Reads results files into the inputs of a report: a camera whose file was divided is one.
struct ReportReader {
    /// The clock that times of day are shown by.
    let zone: Zone
    /// What is asked for of the results.
    private let selection: ResultSelection
    private var check: SelectionCheck
    private(set) var inputs: [ReportInput] = []
    private var reader = ResultsReader()
    /// Comparisons, until their input is known.
    private var comparisons: [(file: String, record: ComparisonRecord)] = []
    /// By the number of their input.
    private var places: [Int: Int] = [:]
    /// By input.
    private var sources: [Int: ResultInput] = [:]
    /// Inputs whose last file ends within a line, or breaks off before its end, and the reason.
    private var incomplete: [Int: String] = [:]

    init(zone: Zone = .utc, selection: ResultSelection = ResultSelection()) {
        (self.zone, self.selection, check) = (zone, selection, SelectionCheck(selection))
    }

    var warnings: [String] { reader.warnings + reader.problems + check.warnings }

    /// Reads one file to its end.
    ///
    /// - Throws: `DeepVidError` when nothing can be read. An error after that becomes the `incompleteReason` of the last input.
    mutating func read(_ path: String) throws(DeepVidError) {
        let name = path == "-" ? "standard input" : path, problems = reader.problems.count
        // What the records change is changed here, one at a time: the reader is in use meanwhile.
        var (reader, comparisons, last) = (reader, comparisons, nil as Int?)
        do {
            try reader.read(path, onComparison: { comparisons.append((name, $0)) }) { input, record in
                let place = place(of: input, name)
                last = place
                incomplete[place] = nil
                add(record, to: place)
            }
        } catch { throw error as? DeepVidError ?? DeepVidError(.unreadable, "\(name): \(error)") }
        (self.reader, self.comparisons) = (reader, comparisons)
        guard let last else { return }
        if reader.problems.count > problems { incomplete[last] = reader.problems.last }
        if reader.isCutOff { incomplete[last] = "The run was cut short: its last line is not complete." }
    }

    private mutating func place(of input: ResultInput, _ file: String) -> Int {
        if let known = places[input.number] { return known }
        inputs.append(ReportInput(file: file, begin: input.begin, zone: zone, selection: selection))
        sources[inputs.count - 1] = input
        places[input.number] = inputs.count - 1
        return inputs.count - 1
    }

    private mutating func add(_ record: ReadRecord, to place: Int) {
        switch record {
        case .frame(let frame): inputs[place].add(frame)
        case .end(let end): inputs[place].add(end)
        case .outage(let outage): inputs[place].add(outage)
        case .event(let event): inputs[place].add(event)
        case .begin, .comparison, .other: break
        }
    }

    /// What can be said only when all files were read: which inputs have no end, what of them is asked for, and which input a comparison
    /// is of.
    /// - Throws: `DeepVidError` when a zone or camera is asked for that there is not.
    mutating func finish() throws(DeepVidError) {
        let names = InputCamera.names(sources.values.lazy.map(\.camera))
        var unwanted: [Int] = []
        for (index, input) in sources.sorted(by: { $0.key < $1.key }) {
            let name = names[input.camera]!
            if input.camera.isNamed { inputs[index].camera = name }
            check.know(input)
            for object in inputs[index].objects.list {
                for zone in object.zones { check.know(zone: zone) }
                check.see(label: object.label)
            }
            for label in inputs[index].neverMoved.keys { check.see(label: label) }
            let isWanted = check.see(input, named: name)
            inputs[index].select()
            if !isWanted || inputs[index].hasNoSuchZone { unwanted.append(index) }
        }
        try check.refuseUnknownNames()
        var folders: [String: KeptPictures] = [:]
        for index in inputs.indices {
            // A camera's run may go on for ever.
            let isOver = inputs[index].end != nil || inputs[index].isLive
            inputs[index].findSnapshots(in: &folders)
            inputs[index].incompleteReason =
                incomplete[index] ?? (isOver ? nil : "The records have no end: the run was cut short, or still goes on.")
        }
        for index in unwanted.reversed() { inputs.remove(at: index) }
        assignComparisons()
    }

    /// Assigns comparisons to their inputs; what was compared only becomes an input of its own.
    private mutating func assignComparisons() {
        for (file, record) in comparisons {
            let known = inputs.firstIndex { $0.comparison == nil && baseName($0.source) == baseName(record.source) }
            if known == nil { inputs.append(ReportInput(file: file, begin: nil, zone: zone)) }
            inputs[known ?? inputs.count - 1].comparison = record
        }
        comparisons = []
    }
}
