/// When a recording began, as the name of its file says it.
///
/// Recorders put the time into the name, or into the names of the folders around it. What is read is a date with a time of day; a date
/// alone, or a time alone, says nothing here.
public struct RecordingName: Sendable, Equatable {
    public enum Start: Sendable, Equatable {
        /// What a clock of the recorder's zone showed, in seconds since 1970 of a clock that shows UTC.
        case shown(Double)
        /// Seconds since 1970.
        case instant(Double)
    }

    public let start: Start
    /// What the name has besides times, such as `gate_00`: the camera's name, as a rule; nil where nothing is left.
    public let camera: String?
    /// The folder that tells two such cameras apart: the nearest one that is no date, and not the camera's own; nil where there is none.
    public let place: String?

    /// - Parameter path: of the file; up to five folders around it are looked at.
    /// - Returns: nil where no known pattern fits.
    public init?(path: String) {
        // No regular expression need be made for names without.
        guard path.utf8.lazy.filter({ (0x30...0x39).contains($0) }).count >= Self.leastDigits else { return nil }
        let parts = path.split(separator: "/").map(String.init)
        guard let file = parts.last else { return nil }
        let folders = Array(parts.dropLast().suffix(5))
        let name = file.lastIndex(of: ".").map { $0 > file.startIndex ? String(file[..<$0]) : file } ?? file
        for pattern in Self.namePatterns {
            guard let found = pattern(name) else { continue }
            start = found.start
            (camera, place) = Self.camera(name, without: found.range).map { ($0, Self.names(in: folders).last) } ?? Self.camera(in: folders)
            return
        }
        guard let found = Self.inFolders(folders, name) else { return nil }
        start = found
        (camera, place) = Self.camera(in: folders)
    }

    /// Digits of the shortest date with a time of day, `2026/1/2/18/05`; patterns within a name have more.
    private static let leastDigits = 10

    private typealias Found = (start: Start, range: Range<String.Index>)

    // MARK: Names that say it all

    private static let namePatterns: [@Sendable (String) -> Found?] = [compact, separated, monthFirst, epoch]

    /// `20261121180000`, `20261121_180000`, `2026_1121_180000`, `20261121T180000Z`, with milliseconds or without: Hikvision, Dahua, Reolink,
    /// Blue Iris, Synology, Frigate's exports, dashboard cameras, phones, and deepvid's own segments. The first one is the beginning.
    @Sendable private static func compact(_ name: String) -> Found? {
        let pattern =
            /(?:^|[^0-9])((?:DST)?(20[0-9]{2})[_-]?([0-9]{2})([0-9]{2})[-_T. ]?([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{3})?(Z?))(?![0-9])/
        guard let match = name.firstMatch(of: pattern) else { return nil }
        let fields = [match.2, match.3, match.4, match.5, match.6, match.7].map { Int($0)! }
        guard let shown = seconds(fields) else { return nil }
        let seconds = shown + Double(match.8.flatMap { Int($0) } ?? 0) / 1000
        // Phones of one maker name their clips by UTC, and say so by this.
        let isUTC = match.9 == "Z" || name.hasPrefix("PXL_")
        // deepvid's own clips and pictures have their clock's offset; others have what they like after a sign.
        if let own = name[match.1.startIndex...].prefixMatch(of: /[0-9]{8}T[0-9]{6}([+-][0-9]{4})(?![0-9])/) {
            return (.instant(seconds - offset(own.1)), own.0.startIndex..<own.0.endIndex)
        }
        return (isUTC ? .instant(seconds) : .shown(seconds), match.1.startIndex..<match.1.endIndex)
    }

    /// `2026-11-21 18-00-00`, `2026-11-21_18.00.00`, `2026-11-21T18:00:00+0100`, `Gate - 2026-11-21 - 18.00.00+0100`.
    @Sendable private static func separated(_ name: String) -> Found? {
        let pattern =
            /(?:^|[^0-9])((20[0-9]{2})([-_.])([0-9]{2})\3([0-9]{2})(?:[ T_-]+|--)([0-9]{2})[-_.:h]([0-9]{2})[-_.:m]([0-9]{2})s?(Z|[+-][0-9]{2}:?[0-9]{2})?)(?![0-9])/
        guard let match = name.firstMatch(of: pattern) else { return nil }
        guard let shown = seconds([match.2, match.4, match.5, match.6, match.7, match.8].map { Int($0)! }) else { return nil }
        let range = match.1.startIndex..<match.1.endIndex
        return match.9.map { (.instant(shown - offset($0)), range) } ?? (.shown(shown), range)
    }

    /// `Front Door - 2-9-2020, 11.21.12pm`, `Gate 11-21-2026, 18.00.00 GMT+1`: UniFi Protect, the month first.
    @Sendable private static func monthFirst(_ name: String) -> Found? {
        let pattern =
            /(?:^|[^0-9])(([0-9]{1,2})-([0-9]{1,2})-(20[0-9]{2}), ([0-9]{1,2})\.([0-9]{2})\.([0-9]{2}) ?([AaPp][Mm])?(?: ?GMT([+-][0-9]{1,2}(?::?[0-9]{2})?)?)?)/
        guard let match = name.firstMatch(of: pattern) else { return nil }
        var hour = Int(match.5)!
        if let half = match.8?.lowercased() {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "pm" ? 12 : 0)
        }
        guard let shown = seconds([Int(match.4)!, Int(match.2)!, Int(match.3)!, hour, Int(match.6)!, Int(match.7)!]) else { return nil }
        let range = match.1.startIndex..<match.1.endIndex
        guard match.1.contains("GMT") else { return (.shown(shown), range) }
        return (.instant(shown - (match.9.map(offset) ?? 0)), range)
    }

    /// `gate-1606742747.272411-0lbwng` (Frigate's clips), `00M05S_1606742747` (Xiaomi), `gate_0_rotating_1606742747123` (UniFi Video): seconds
    /// or milliseconds since 1970. Ten digits alone may be any number.
    @Sendable private static func epoch(_ name: String) -> Found? {
        if let match = name.firstMatch(of: /(?:^|[-_. ])(1[0-9]{9}\.[0-9]{1,6})(?![0-9])/), let seconds = Double(match.1) {
            return (.instant(seconds), match.1.startIndex..<match.1.endIndex)
        }
        if let match = name.prefixMatch(of: /[0-9]{2}M[0-9]{2}S_(1[0-9]{9})(?![0-9])/), let seconds = Double(match.1) {
            return (.instant(seconds), match.0.startIndex..<match.0.endIndex)
        }
        if let match = name.firstMatch(of: /_(1[0-9]{12})(?![0-9])/), let milliseconds = Double(match.1) {
            return (.instant(milliseconds / 1000), match.1.startIndex..<match.1.endIndex)
        }
        return nil
    }

    // MARK: Names that say a part of it

    /// A date as a folder's name, and the rest of the time in the folders after it and in the file's name:
    /// `2026-11-21/18/gate/05.12` (Frigate: hour, camera, minute and second, in UTC), `2026-11-21/001/dav/18/18.00.00-18.05.00[M]` (Dahua),
    /// `2026-11-21/18-00-00` (motionEye), `record/20261121/18/05` (Wyze).
    private static func inFolders(_ folders: [String], _ name: String) -> Start? {
        guard let (date, rest) = date(in: folders) else { return nil }
        let hour = rest.lazy.compactMap { $0.wholeMatch(of: /[0-9]{2}/).flatMap { Int($0.0) } }.first
        if let match = name.prefixMatch(of: /([0-9]{2})[-.:_hH]([0-9]{2})[-.:_mM]([0-9]{2})(?![0-9])/) {
            return seconds(date + [match.1, match.2, match.3].map { Int($0)! }).map(Start.shown)
        }
        guard let hour else { return nil }
        if let match = name.wholeMatch(of: /([0-9]{2})[-.:_mM]([0-9]{2})[sS]?/) {
            let shown = seconds(date + [hour, Int(match.1)!, Int(match.2)!])
            // Only Frigate has the camera's folder there, and it names by UTC.
            let isFrigate = rest.count == 2 && rest[0].count == 2 && name.contains(".")
            return shown.map { isFrigate ? .instant($0) : .shown($0) }
        }
        if name.wholeMatch(of: /[0-9]{2}/) != nil { return seconds(date + [hour, Int(name)!, 0]).map(Start.shown) }
        return nil
    }

    /// The date that folders name, in one or in three, and the folders after it.
    private static func date(in folders: [String]) -> (fields: [Int], rest: [String])? {
        for (index, folder) in folders.enumerated() {
            if let match = folder.wholeMatch(of: /(20[0-9]{2})[-_.]?([0-9]{2})[-_.]?([0-9]{2})/) {
                return ([match.1, match.2, match.3].map { Int($0)! }, Array(folders[(index + 1)...]))
            }
            guard folder.wholeMatch(of: /20[0-9]{2}/) != nil, index + 2 < folders.count else { continue }
            let parts = folders[index...(index + 2)].map { $0.count <= 4 ? Int($0) : nil }
            if case let fields = parts.compactMap(\.self), fields.count == 3 { return (fields, Array(folders[(index + 3)...])) }
        }
        return nil
    }

    // MARK: Numbers

    /// - Parameter fields: year, month, day, hour, minute, second.
    /// - Returns: nil where there is no such day or time.
    private static func seconds(_ fields: [Int]) -> Double? {
        let (hour, minute, second) = (fields[3], fields[4], fields[5])
        guard 0..<24 ~= hour, 0..<60 ~= minute, 0..<60 ~= second,
            let day = CalendarDay.seconds(year: fields[0], month: fields[1], day: fields[2])
        else { return nil }
        return day + Double(hour * 3600 + minute * 60 + second)
    }

    /// Of `Z`, `+0100`, `-05:30`, `+1`, in seconds.
    private static func offset(_ text: Substring) -> Double {
        let digits = text.filter(\.isNumber)
        guard let number = Int(digits) else { return 0 }
        let minutes = digits.count > 2 ? number / 100 * 60 + number % 100 : number * 60
        return Double(text.hasPrefix("-") ? -minutes : minutes) * 60
    }

    // MARK: Cameras

    /// The name up to the time, as far as it is a name.
    private static func camera(_ name: String, without range: Range<String.Index>) -> String? {
        let ends = " _-.,([@"
        let text = name[..<range.lowerBound].drop { ends.contains($0) }
        let word = text.prefix(text.reversed().drop { ends.contains($0) }.count)
        return word.contains { $0.isLetter || $0 == "." } ? String(word) : nil
    }

    /// The folder nearest to the file that is a name, and the next one.
    private static func camera(in folders: [String]) -> (camera: String?, place: String?) {
        // Dahua's recorders have a folder for each channel below that of the day, and the recorder's own around both.
        if let (_, rest) = date(in: folders), rest.count > 1, rest[0].wholeMatch(of: /[0-9]{3}/) != nil,
            ["dav", "mp4", "jpg"].contains(rest[1].lowercased())
        {
            return (rest[0], names(in: folders.dropLast(rest.count)).last)
        }
        let names = names(in: folders)
        return (names.last, names.dropLast().last)
    }

    /// Folders that are no date, hour or other number, and not what recorders call theirs.
    private static func names(in folders: some Sequence<String>) -> [String] {
        folders.filter { folder in
            folder.contains(where: \.isLetter) && !["dav", "mp4", "record", "recordings"].contains(folder.lowercased())
        }
    }
}
