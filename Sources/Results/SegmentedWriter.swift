import Clocks
import FileNames
import Glibc
import Video

/// Writes records into one file after another, each for a span of wall-clock time.
///
/// `night.jsonl` becomes `night-20261121T080712Z.jsonl`, `night-20261121T081000Z.jsonl`, …: spans begin at multiples of their
/// length in UTC, and a name says when its file was begun. Until a file is complete its name ends in `.part`. Each begins with
/// the `begin` records of the inputs that are open, and so can be read alone. No file is ever written over.
///
/// A file is completed by the first record after its span, by `completeDue()`, or by `close()`. The next is begun by its first
/// record: a span without any has no file.
public final class SegmentedWriter: RecordSink {
    private let stem: Substring
    private let suffix: Substring
    private let length: Double
    private let now: () -> Double
    /// The last complete file, which is held until there is another one: others see by it that somebody is at work.
    private var last: RecordFile?
    private var current: (file: RecordFile, part: String, path: String, end: Double, isEmpty: Bool)?
    /// The inputs that were begun and did not end, in that order.
    private var open: [BeginRecord] = []

    /// Completes what a killed run left of the same files, and creates the first one.
    /// - Parameters:
    ///   - path: as one file would be called.
    ///   - length: seconds of a span, 1 or more.
    ///   - now: seconds since 1970.
    /// - Throws: `OutputError` when it cannot be created, or another process writes files of this name.
    public init(path: String, length: Double, now: @escaping () -> Double = { Arrival.now.wall }) throws(OutputError) {
        precondition(length >= 1, "a segment needs a length")
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        // A dot in front makes a name hidden and is no suffix.
        let dot = path[name...].lastIndex(of: ".").flatMap { $0 > name ? $0 : nil } ?? path.endIndex
        (stem, suffix) = (path[..<dot], path[dot...])
        (self.length, self.now) = (length, now)
        try completeLeftovers()
        try begin(at: now())
    }

    public func write(_ record: some Record) throws(OutputError) {
        try completeDue()
        if current == nil {
            try begin(at: now())
            for begin in open { try current?.file.write(begin) }
        }
        try current?.file.write(record)
        current?.isEmpty = false
        switch record {
        case let begin as BeginRecord: open.append(begin)
        case let end as EndRecord: open.removeAll { $0.source == end.source }
        case let outage as OutageRecord:
            guard let video = outage.video, let index = open.firstIndex(where: { $0.source == outage.source }) else { break }
            open[index].video = video
        default: break
        }
    }

    public func completeDue() throws(OutputError) {
        guard let file = current else { return }
        let time = now()
        guard time >= file.end else { return }
        // An input that does not answer for a night leaves one file without records, and not a hundred.
        if file.isEmpty { current?.end = end(ofSpanAt: time) } else { try close() }
    }

    public func close() throws(OutputError) {
        guard let done = current else { return }
        current = nil
        last = done.file
        try done.file.close()
        if rename(done.part.fileName, done.path.fileName) != 0 { throw OutputError(errno: errno) }
    }

    private func begin(at time: Double) throws(OutputError) {
        let name = "\(stem)-\(UTCTime.compact(time))"
        // Two runs may begin in the same second, and a clock may be set back.
        var path = name + suffix
        var number = 2
        while access(path.fileName, F_OK) == 0 || access((path + ".part").fileName, F_OK) == 0 {
            path = "\(name)-\(number)\(suffix)"
            number += 1
        }
        current = (try RecordFile(path: path + ".part", .replace), path + ".part", path, end(ofSpanAt: time), true)
        last = nil
    }

    /// Files of this name with a time whose `.part` nobody writes any more.
    /// - Throws: `OutputError` with code `locked` if somebody does, or holds the last complete one.
    private func completeLeftovers() throws(OutputError) {
        var complete: [String] = []
        let name = stem.lastIndex(of: "/").map { stem.index(after: $0) } ?? stem.startIndex
        let folder = String(stem[..<name])
        for file in namesInFolder(folder.isEmpty ? "." : folder) ?? []
        where file.hasPrefix(stem[name...]) && (file.hasSuffix(suffix) || file.hasSuffix(suffix + ".part")) {
            let isPart = file.hasSuffix(suffix + ".part")
            let path = isPart ? file.dropLast(".part".count) : file[...]
            let middle = path.dropFirst(stem[name...].count).dropLast(suffix.count)
            guard middle.wholeMatch(of: /-[0-9]{8}T[0-9]{6}Z(-[0-9]+)?/) != nil else { continue }
            if isPart { try RecordFile.completeLeftover(folder + file, folder + path) } else { complete.append(file) }
        }
        // Names sort by their times; two files of one second are both looked at.
        for file in complete.sorted().suffix(2) { try RecordFile.checkIsFree(folder + file) }
    }

    private func end(ofSpanAt time: Double) -> Double { ((time / length).rounded(.down) + 1) * length }
}
