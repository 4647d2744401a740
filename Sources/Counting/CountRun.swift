import Clocks
import DeepVid
import Models
import Results

/// Counts what records tell of, in one pass. What is kept grows with the number of rows and of objects, and not with that of frames.
public struct CountRun {
    public struct Options: Sendable {
        /// Each once.
        public var keys: [CountKey]
        /// Labels that are counted; nil for all.
        public var classes: [String]?
        /// For hours.
        public var timeZone: Zone

        public init(by keys: [CountKey], timeZone: Zone) { (self.keys, self.timeZone) = (keys, timeZone) }
    }

    private let options: Options
    private let control: RunControl

    public init(_ options: Options, control: RunControl) { (self.options, self.control) = (options, control) }

    /// - Parameters:
    ///   - results: files; `-` is standard input.
    ///   - onFile: called before each of them, with its index.
    /// - Returns: nil if it was stopped.
    /// - Throws: `DeepVidError` when the records do not have what is asked for, or none can be read.
    public func run(_ results: [String], onFile: (Int) -> Void = { _ in }) throws -> Counts? {
        var reader = ResultsReader(), tally = CountTally(options), unreadable: [DeepVidError] = []
        do {
            for (index, path) in results.enumerated() {
                onFile(index)
                do {
                    try reader.read(path) { input, record in
                        if control.isStopped { throw Stopped() }
                        try tally.add(record, of: input)
                    }
                } catch let error as DeepVidError where error.code != .cannotCount {
                    unreadable.append(error)
                }
            }
        } catch is Stopped { return nil }
        if let error = unreadable.first, unreadable.count == results.count {
            throw DeepVidError(error.code, unreadable.map(\.message).joined(separator: "\n"), cause: error)
        }
        return Counts(
            keys: options.keys, rows: try tally.rows(), inputs: reader.inputs, warnings: reader.warnings + tally.warnings,
            problems: unreadable.map(\.message) + reader.problems)
    }

    private struct Stopped: Error {}
}
