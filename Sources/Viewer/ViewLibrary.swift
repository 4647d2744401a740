import Clocks
import DeepVid
import FileNames
import Glibc
import Models
import Reports
import Results

/// What there is to view: results, read again when they have changed.
///
/// Whoever asks for a picture or a clip names it by numbers, and the numbers are those of one reading: no path comes from outside.
actor ViewLibrary {
    /// Results as they were read at one time.
    struct Reading: Sendable {
        let content: ReportContent
        let page: String
        /// Counts the readings: part of each address, so that those of an earlier one are known as such.
        let number: Int
    }

    private let results: [String]
    private let clips: [String]
    private let zone: Zone
    private let control: RunControl
    private var reading: Reading?
    /// The clips of the reading that were looked into and are what they should be, by input.
    private var playbacks: [Int: Playback] = [:]
    /// Moments that were cut, the latest last, and the folder that they are in, which nobody else can read.
    private var moments: [(reading: Int, event: Int, path: String, type: String)] = []
    private var folder: String?
    private static let mostMoments = 20
    /// The files of the reading, and what tells whether they have changed.
    private var state: [FileState] = []

    private struct FileState: Equatable {
        let path: String
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// - Parameters:
    ///   - results: files and folders.
    ///   - clips: where clips are that are not where the results say.
    init(results: [String], clips: [String], zone: Zone, control: RunControl) {
        (self.results, self.clips, self.zone, self.control) = (results, clips, zone, control)
    }

    /// The results as they are now.
    /// - Throws: `DeepVidError` when none can be read.
    func current() throws(DeepVidError) -> Reading {
        let files = try ResultFiles(results).files
        let now = files.map(Self.state)
        if let reading, now == state { return reading }
        let content = try ReportContent(results: files, clips: clips, zone: zone, control: control)
        let number = (reading?.number ?? 0) + 1
        let fresh = Reading(content: content, page: content.page(base: "/\(number)/"), number: number)
        (reading, state, playbacks) = (fresh, now, [:])
        return fresh
    }

    /// The reading with this number; nil if there is a newer one.
    func reading(_ number: Int) -> ReportContent? { reading?.number == number ? reading?.content : nil }

    /// What may be given out of an input of a reading; nil where there is nothing.
    func playback(ofInput input: Int, in number: Int) -> Playback? {
        guard reading?.number == number else { return nil }
        if let known = playbacks[input] { return known }
        playbacks[input] = try? reading?.content.checkedPlayback(ofInput: input)
        return playbacks[input]
    }

    /// The moment of an event, cut out of its clip into a file of our own; nil where there is none.
    func moment(ofEvent event: Int, in number: Int) -> (path: String, type: String)? {
        guard let content = reading(number) else { return nil }
        if let known = moments.first(where: { $0.reading == number && $0.event == event }) { return (known.path, known.type) }
        folder = folder ?? Self.temporaryFolder()
        guard let folder, let cut = try? content.cutMoment(ofEvent: event, to: "\(folder)/\(number)-\(event)") else { return nil }
        moments.append((number, event, cut.path, cut.type))
        if moments.count > Self.mostMoments { unlink(moments.removeFirst().path.fileName) }
        return cut
    }

    /// Removes what was cut.
    func close() {
        for moment in moments { unlink(moment.path.fileName) }
        if let folder { rmdir(folder.fileName) }
    }

    private static func temporaryFolder() -> String? {
        let parent = getenv("TMPDIR").flatMap { String(validatingCString: $0) } ?? "/tmp"
        var template = Array("\(parent)/deepvid-view-XXXXXX".utf8CString)
        return mkdtemp(&template).map { String(cString: $0) }
    }

    private static func state(_ path: String) -> FileState {
        var status = stat()
        guard stat(path.fileName, &status) == 0 else { return FileState(path: path, size: -1, seconds: 0, nanoseconds: 0) }
        return FileState(path: path, size: status.st_size, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}
