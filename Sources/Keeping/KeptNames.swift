import Clocks
import Reports

/// Names of the files of what was seen: camera, time, and what it is, so that they sort by time and tell by themselves.
enum KeptNames {
    /// `gate_20261121T091500+0100` where the time of day is known, else `street_000012.250s`, the time in the video.
    ///
    /// - Parameters:
    ///   - camera: fit for a file's name.
    ///   - time: seconds since 1970.
    ///   - pts: seconds.
    ///   - zone: the clock of the time of day.
    static func beginning(_ camera: String, time: Double?, pts: Double?, _ zone: Zone) -> String {
        if let time { return "\(camera)_\(zone.compact(time))" }
        return "\(camera)_\(clock(pts ?? 0))"
    }

    /// Six digits are eleven days.
    private static func clock(_ seconds: Double) -> String {
        let milliseconds = Int((min(max(seconds, 0), 1e9) * 1000).rounded())
        return "\(Format.padded(milliseconds / 1000, 6)).\(Format.padded(milliseconds % 1000, 3))s"
    }
}
