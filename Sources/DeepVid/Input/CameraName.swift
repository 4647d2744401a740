import Clocks
import FileNames
import Glibc

/// The camera that an input is of, as names of files have it: the recorder's name for it, where a recording's name has the time of day and
/// more; else the input's name.
package func cameraName(of source: String) -> String {
    if let camera = recordingName(of: source)?.camera, case let word = fileWord(camera), !word.isEmpty { return word }
    return plainName(of: source)
}

/// What the name of a recording says; with the folders around the working directory where it alone says nothing, as that of a run in the
/// midst of a recorder's folders. Nil of what is no such file.
package func recordingName(of source: String) -> RecordingName? {
    guard source != "-", !source.contains("://") else { return nil }
    if let name = RecordingName(path: source) { return name }
    guard access(source.fileName, F_OK) == 0 else { return nil }
    return RecordingClock.path(of: source).flatMap(RecordingName.init)
}

/// A name that can stand in a file's name: `street` of `clips/street.mp4`, `gate.local-1` of `rtsp://user:***@gate.local/1`.
package func plainName(of source: String) -> String {
    var text = source[...]
    if let scheme = text.range(of: "://") {
        text = text[scheme.upperBound...]
        let host = text.prefix { !"/?".contains($0) }
        if let at = host.lastIndex(of: "@") { text = text[text.index(after: at)...] }
    } else {
        text = text.split(separator: "/").last ?? "input"
        // A dot in front is no suffix. `a.mp4.jsonl` stands for `a.mp4` where the records do not say.
        for suffix in [".zst", ".jsonl"] where text.hasSuffix(suffix) { text = text.dropLast(suffix.count) }
        if let dot = text.lastIndex(of: "."), dot > text.startIndex { text = text[..<dot] }
    }
    let word = fileWord(text)
    return word.isEmpty ? "input" : word
}

/// `text` with a dash for whatever a shell or a file system minds, at most 100 characters of it.
package func fileWord(_ text: some StringProtocol) -> String {
    var word = String(String.UnicodeScalarView(text.unicodeScalars.map { isPlain($0) ? $0 : "-" }))
    word = String(word.drop { $0 == "-" || $0 == "." }.prefix(100))
    while word.hasSuffix("-") { word.removeLast() }
    return word
}

/// Letters of any language, digits, and what no shell or file system minds.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "._-".unicodeScalars.contains(scalar)
}

/// Gives each input the name of its camera, fit for files, and tells those apart that would have the same.
package struct CameraNames {
    /// What a name stands for.
    private enum Owner: Hashable {
        case input(String)
        /// All recordings of a camera.
        case recordings(camera: String, place: String?)
    }
    private var names: [Owner: String] = [:]
    private var owners: [String: Owner] = [:]

    package init() {}

    /// Inputs of one camera have one name where it is known when they were, by which what is of them can be told apart; else each has its
    /// own. Cameras of one name are told apart by their folders.
    ///
    /// - Parameters:
    ///   - camera: the name that was given with `--camera`.
    ///   - isTimed: whether the input's time of day is known.
    package mutating func name(of source: String, camera: String? = nil, isTimed: Bool = true) -> String {
        let recording = recordingName(of: source)
        if isTimed, let camera, source.contains("://") || recording != nil { return camera }
        let isOne = isTimed && camera == nil && recording?.camera != nil
        let owner = isOne ? Owner.recordings(camera: recording!.camera!, place: recording!.place) : .input(source)
        if let known = names[owner] { return known }
        var plain = camera.map { "\($0)_\(plainName(of: source))" } ?? cameraName(of: source)
        if isOne, let place = recording?.place, owners[plain.lowercased()] != nil { plain = fileWord("\(place)-\(plain)") }
        var (name, number) = (plain, 2)
        while owners[name.lowercased(), default: owner] != owner { (name, number) = ("\(plain)-\(number)", number + 1) }
        (owners[name.lowercased()], names[owner]) = (owner, name)
        return name
    }
}
