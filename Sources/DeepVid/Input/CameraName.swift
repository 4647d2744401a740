import Clocks

/// The camera that an input is of, as names of files have it: the recorder's name for it, where a recording's name has the time of day and
/// more; else the input's name.
package func cameraName(of source: String) -> String {
    plainName(of: source.contains("://") ? source : RecordingName(path: source)?.camera ?? source)
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

/// Gives each input the name of its camera, and tells those apart that would have the same.
package struct CameraNames {
    private var names: [String: String] = [:]
    private var owners: [String: String] = [:]

    package init() {}

    /// - Parameter camera: the name that was given with `--camera`: it is the name where the input tells the time, by which what is of it
    ///   can be told apart; else the input's own name is added.
    package mutating func name(of source: String, camera: String? = nil) -> String {
        if let known = names[source] { return known }
        if let camera, source.contains("://") || RecordingName(path: source) != nil { return camera }
        let plain = camera.map { "\($0)-\(plainName(of: source))" } ?? cameraName(of: source)
        var (name, number) = (plain, 2)
        while owners[name.lowercased(), default: source] != source { (name, number) = ("\(plain)-\(number)", number + 1) }
        (owners[name.lowercased()], names[source]) = (source, name)
        return name
    }
}
