import Clocks
import DeepVid
import Results

/// Counts what records tell of, in one pass. What is kept grows with the number of rows and of objects, and not with that of frames.
public struct CountRun {
    public struct Options: Sendable {
        /// Each once.
        public var keys: [CountKey]
        /// What is counted.
        public var selection = ResultSelection()
        /// For hours and days.
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
        var reader = ResultsReader(), tally = CountTally(options)
        guard try reader.read(all: results, control: control, onFile: onFile, { try tally.add($1, of: $0) }) else { return nil }
        return try tally.finish(reader)
    }
}
