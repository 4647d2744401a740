import Clocks
import FileNames
import Glibc
import Models
import Video

/// How the time of day at which a recording began is found out. Live input has the time at which its frames arrive.
public struct RecordingClock: Sendable {
    public enum Source: String, Sendable, CaseIterable {
        /// By the name of its file, as recorders give it (`RecordingName`).
        case name
        /// By what its container says of itself.
        case metadata
        /// By when the file was last changed, which is taken for the end of the recording.
        case mtime
        /// Not at all.
        case none
    }

    public var source: Source
    /// That of names that do not say it themselves.
    public var zone: Zone
    /// Whether it was asked for, and is not just the machine's.
    public var isZoneGiven: Bool

    public init(_ source: Source = .name, zone: Zone? = nil) {
        (self.source, self.zone, isZoneGiven) = (source, zone ?? .local, zone != nil)
    }

    /// - Parameter input: as it was named.
    /// - Returns: nil where nothing is known.
    package func start(of input: String, _ info: StreamInfo) -> StartTime? {
        switch source {
        case .none: return nil
        case .name: return Self.path(of: input).flatMap(byName)
        case .metadata: return info.creationTime.map { StartTime(seconds: $0, clock: .metadata) }
        case .mtime:
            var status = stat()
            guard let path = Self.path(of: input), let length = info.duration, stat(path.fileName, &status) == 0,
                status.st_mode & S_IFMT == S_IFREG
            else { return nil }
            let changed = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
            return StartTime(seconds: changed - length, clock: .mtime)
        }
    }

    private func byName(_ path: String) -> StartTime? {
        guard let name = RecordingName(path: path) else { return nil }
        switch name.start {
        case .instant(let seconds): return StartTime(seconds: seconds, clock: .name)
        case .shown(let seconds):
            let (instant, isAmbiguous) = zone.instant(shown: seconds)
            return StartTime(seconds: instant, clock: .name, zone: zone.name, isAmbiguous: isAmbiguous)
        }
    }

    /// The absolute path of a file, whose folders tell, too; nil of streams and pipes.
    static func path(of input: String) -> String? {
        guard input != "-", !input.contains("://") else { return nil }
        if input.utf8.first == UInt8(ascii: "/") { return input }
        let current = getcwd(nil, 0)
        defer { free(current) }
        return (current.map { String(fileName: $0) } ?? "") + "/" + input
    }
}

/// When an input began, and how that is known.
public struct StartTime: Sendable, Equatable {
    public enum Clock: String, Sendable {
        case name, metadata, mtime
        /// Of live input: the time at which frames arrive.
        case arrival
    }

    /// Since 1970.
    public var seconds: Double
    public var clock: Clock
    /// The zone that a name was taken to be in, which does not say it.
    public var zone: String?
    /// The zone's clocks showed this time twice, for they were set back; the first is meant.
    public var isAmbiguous = false

    public init(seconds: Double, clock: Clock, zone: String? = nil, isAmbiguous: Bool = false) {
        (self.seconds, self.clock, self.zone, self.isAmbiguous) = (seconds, clock, zone, isAmbiguous)
    }
}

/// The time of day of a recording's frames: from its beginning on, as their time stamps say.
///
/// Where time stamps jump back, as those of clips that were joined do, time goes on: a frame is never before the one before it.
struct FrameClock: Codable, Sendable {
    /// What a frame's time stamp is to be raised by, in seconds.
    private var shift = 0.0
    private var last: Double?
    private var interval = 0.0

    /// - Parameters:
    ///   - start: seconds since 1970.
    ///   - origin: time stamp of the input's beginning.
    /// - Returns: seconds since 1970; nil of a frame without a time stamp.
    mutating func time(of frame: FrameInfo, start: Double, origin: Double) -> Double? {
        guard let pts = frame.pts else { return nil }
        if let last {
            if pts + shift < last - 1 { shift = last + interval - pts }
            interval = max(0, pts + shift - last)
        }
        last = max(last ?? pts + shift, pts + shift)
        return start + pts + shift - origin
    }
}
