import DeepVid
import Models

/// Reads files of records one after the other, and says of each record which input it is of.
///
/// A camera whose records go on in another file, as `--segment` writes them, is one input: the `begin` of the next file says the same, the
/// file before has no `end`, and the numbers of frames go on.
package struct ResultsReader {
    /// Inputs so far.
    package private(set) var inputs = 0
    /// What whoever named the files should know, with their names.
    package private(set) var warnings: [String] = []
    /// Why a file could not be read to its end; what came before it was given.
    package private(set) var problems: [String] = []
    /// Inputs that failed, in the order in which their ends are met.
    package private(set) var failures = InputFailures()
    /// Whether the last line of the file that was read last is not complete.
    package private(set) var isCutOff = false
    /// The latest input of each name, over all files.
    private var known: [String: ResultInput] = [:]
    /// Of the file that is read: its inputs by name, what they began with where that may be the middle of a run, and the last one.
    private var open: [String: ResultInput] = [:]
    private var undecided: [String: BeginRecord] = [:]
    private var last: ResultInput?

    package init() {}

    /// Reads one file to its end.
    ///
    /// - Parameters:
    ///   - path: `-` is standard input.
    ///   - onComparison: takes what `compare` wrote; without it, that is passed over.
    ///   - body: takes every record that is of an input; what it throws ends the reading.
    /// - Throws: `DeepVidError` when the file cannot be read, or has no records.
    package mutating func read(
        _ path: String, onComparison: ((ComparisonRecord) -> Void)? = nil, _ body: (ResultInput, ReadRecord) throws -> Void
    ) throws {
        let file = path == "-" ? "standard input" : path
        (open, undecided, last) = ([:], [:], nil)
        let reader: RecordReader
        do throws(RecordError) { reader = try RecordReader(path: path) } catch { throw DeepVidError(error, in: file) }
        var isEmpty = true
        while true {
            let record: ReadRecord?
            do throws(RecordError) { record = try reader.next() } catch {
                let error = DeepVidError(error, in: file)
                if isEmpty { throw error }
                problems.append("\(error.message); what is before it was read")
                break
            }
            guard let record else { break }
            if case .comparison(let comparison) = record, let onComparison {
                isEmpty = false
                onComparison(comparison)
            }
            guard let input = input(of: record, file) else { continue }
            isEmpty = false
            try body(input, record)
        }
        isCutOff = reader.isCutOff
        if reader.isCutOff { warnings.append("\(file): the last line is not complete; the run that wrote it was cut short") }
        if let newer = reader.newerSchema {
            warnings.append("\(file): was written by a newer deepvid (schema \(newer)); some of it may be misread")
        }
        if isEmpty {
            let reason = path == "-" && reader.line == 0 ? " is empty; pipe into it" : ": has no records; expected"
            throw DeepVidError(.noRecords, "\(file)\(reason) what 'deepvid infer' or 'batch' writes")
        }
    }

    /// Reads files one after the other. One that cannot be read is a problem, and the others are read all the same.
    ///
    /// - Parameters:
    ///   - onFile: called before each of them, with its index.
    ///   - body: as `read` takes it; what it throws ends the reading.
    /// - Returns: false if `control` was stopped before the end.
    /// - Throws: `DeepVidError` when none can be read; what `body` throws.
    package mutating func read(
        all paths: [String], control: RunControl, onFile: (Int) -> Void, _ body: (ResultInput, ReadRecord) throws -> Void
    ) throws -> Bool {
        var unreadable: [DeepVidError] = []
        for (index, path) in paths.enumerated() {
            onFile(index)
            do {
                try read(path) { input, record in
                    if control.isStopped { throw Ended(error: nil) }
                    do { try body(input, record) } catch { throw Ended(error: error) }
                }
            } catch let ended as Ended {
                if let error = ended.error { throw error }
                return false
            } catch let error as DeepVidError { unreadable.append(error) }
        }
        if let error = unreadable.first, unreadable.count == paths.count {
            throw DeepVidError(error.code, unreadable.map(\.message).joined(separator: "\n"), cause: error)
        }
        problems = unreadable.map(\.message) + problems
        return true
    }

    /// The reading was ended from outside: stopped, or by an error that is none of the file.
    private struct Ended: Error {
        let error: (any Error)?
    }

    private mutating func input(of record: ReadRecord, _ file: String) -> ResultInput? {
        switch record {
        case .begin(let begin):
            if let earlier = known[begin.source], mayGoOn(earlier, with: begin, file) {
                undecided[begin.source] = begin
                last = earlier
                return nil
            }
            return start(file, begin.source, begin)
        case .frame(let frame): return input(named: frame.source, at: frame.frame, file)
        case .event(let event): return input(named: event.source, at: event.frame, file)
        case .outage(let outage):
            let input = input(named: outage.source, at: nil, file)
            if let video = outage.video { input.size = BeginRecord.Size(width: video.width, height: video.height) }
            return input
        case .end(let end):
            let input = input(named: end.source, at: nil, file)
            input.isEnded = true
            failures.add(end, of: input)
            return input
        case .comparison, .other: return nil
        }
    }

    private func mayGoOn(_ input: ResultInput, with begin: BeginRecord, _ file: String) -> Bool {
        !input.isEnded && input.latestFile != file && input.begin?.model == begin.model && input.begin?.options == begin.options
    }

    /// - Parameter frame: the record's, if it has one.
    private mutating func input(named source: String?, at frame: Int?, _ file: String) -> ResultInput {
        let input = find(source ?? last?.source, at: frame, file)
        input.latestFile = file
        if let frame { input.lastFrame = max(input.lastFrame ?? frame, frame) }
        return input
    }

    private mutating func find(_ source: String?, at frame: Int?, _ file: String) -> ResultInput {
        guard let source else { return last ?? start(file, nil, nil) }
        if let begin = undecided.removeValue(forKey: source), let earlier = known[source] {
            // An end, or an outage, says nothing of another run.
            if frame.map({ $0 > earlier.lastFrame ?? -1 }) ?? true {
                (open[source], last) = (earlier, earlier)
                if let video = begin.video { earlier.size = BeginRecord.Size(width: video.width, height: video.height) }
                return earlier
            }
            return start(file, source, begin)
        }
        // What follows an end is of another run, whose beginning a filter took away.
        return open[source].flatMap { $0.isEnded ? nil : $0 } ?? start(file, source, nil)
    }

    private mutating func start(_ file: String, _ source: String?, _ begin: BeginRecord?) -> ResultInput {
        let input = ResultInput(number: inputs, file: file, source: source, begin: begin)
        inputs += 1
        last = input
        if let source { (open[source], known[source]) = (input, input) }
        return input
    }
}
