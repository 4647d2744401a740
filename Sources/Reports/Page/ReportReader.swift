import Clocks
import DeepVid
import Models
import Results

/// Reads results files into the sections of a report.
struct ReportReader {
    /// The clock that times of day are shown by.
    let zone: Zone
    private(set) var sections: [ReportSection] = []
    private(set) var warnings: [String] = []
    /// Comparisons, until their input is known.
    private var comparisons: [(file: String, record: ComparisonRecord)] = []
    /// Of the file that is read: the section of each input that records name. Records without a name belong to the last section.
    private var open: [String: Int] = [:]
    private var last: Int?

    init(zone: Zone = .utc) { self.zone = zone }

    /// Reads one file to its end.
    ///
    /// - Throws: `DeepVidError` when nothing can be read. An error after that becomes the `incompleteReason` of the last section.
    mutating func read(_ path: String) throws(DeepVidError) {
        let name = path == "-" ? "standard input" : path
        (open, last) = ([:], nil)
        let before = sections.count + comparisons.count
        do throws(RecordError) {
            let reader = try RecordReader(path: path)
            do throws(RecordError) {
                while let record = try reader.next() { add(record, file: name) }
            } catch {
                guard sections.count + comparisons.count > before else { throw error }
                let text = "\(name): \(error.description)"
                warnings.append(text)
                if let last { sections[last].incompleteReason = text }
            }
            if reader.isCutOff { warnings.append("\(name): the last line is not complete; the run that wrote it was cut short") }
            if let newer = reader.newerSchema {
                warnings.append("\(name): was written by a newer deepvid (schema \(newer)); some of it may be misread")
            }
            for index in sections.indices[before...] where sections[index].end == nil && sections[index].incompleteReason == nil {
                sections[index].incompleteReason =
                    reader.isCutOff
                    ? "The run was cut short: its last line is not complete."
                    : "The records have no end: the run was cut short, or still goes on."
            }
        } catch { throw DeepVidError(error, in: name) }
        guard sections.count + comparisons.count > before else {
            throw DeepVidError(.noRecords, "\(name): has no records; expected what 'deepvid infer' or 'compare --json' writes")
        }
    }

    private mutating func add(_ record: ReadRecord, file: String) {
        switch record {
        case .begin(let begin):
            open[begin.source] = start(file, begin)
        case .frame(let frame): sections[section(of: frame.source, file)].add(frame)
        case .end(let end): sections[section(of: end.source, file)].add(end)
        case .comparison(let record): comparisons.append((file, record))
        case .outage(let outage): sections[section(of: outage.source, file)].add(outage)
        case .event(let event): sections[section(of: event.source, file)].add(event)
        case .other: break
        }
    }

    /// Frames without a `begin`, as after a filter, get a section of their own.
    private mutating func section(of source: String?, _ file: String) -> Int {
        if let source, let known = open[source] { return known }
        return last ?? start(file, nil)
    }

    private mutating func start(_ file: String, _ begin: BeginRecord?) -> Int {
        sections.append(ReportSection(file: file, begin: begin, zone: zone))
        last = sections.count - 1
        return sections.count - 1
    }

    /// Assigns comparisons to the sections of their inputs; a comparison of another input becomes a section of its own.
    mutating func assignComparisons() {
        for (file, record) in comparisons {
            let known = sections.firstIndex { $0.comparison == nil && baseName($0.source) == baseName(record.source) }
            sections[known ?? start(file, nil)].comparison = record
        }
        comparisons = []
    }
}
