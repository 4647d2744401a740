import FileNames
import Glibc

/// What `deepvid.toml` says: cameras, each with the flags of the command that it is run by.
///
/// ```toml
/// model = "yolox.onnx"        # for all cameras
/// [camera.gate]
/// input = "rtsp://gate/1"
/// classes = ["person", "car"]
/// ```
public struct Settings: Sendable {
    /// As it was named.
    public let path: String
    /// That the file is in, absolute: relative paths in the settings are relative to it.
    public let folder: String
    /// The file, absolute.
    public var location: String { "\(folder == "/" ? "" : folder)/\(path.split(separator: "/").last ?? "")" }
    /// In the order of the file.
    public let cameras: [Camera]
    /// Keys at the beginning of the file, which hold for every camera that does not have them itself.
    public let defaults: [Key]
    /// What is wrong with the file's form; what is wrong with keys is found by `commands`.
    public let mistakes: [Mistake]

    public struct Camera: Sendable {
        public let name: String
        public let position: Position
        /// Its own.
        public let keys: [Key]
    }

    /// A flag's name with its value.
    public struct Key: Sendable {
        public let name: String
        public let position: Position
        let node: TOMLNode
    }

    /// - Throws: when the file cannot be read. What is wrong in it is in `mistakes`.
    public init(path: String) throws(SettingsError) {
        guard let bytes = readFile(path) else {
            let reason =
                switch errno {
                case ENOENT: "no such file; deepvid.toml(5) says what it holds"
                case EISDIR: "is a folder: name the settings file, \(path.hasSuffix("/") ? path : path + "/")deepvid.toml"
                default: String(cString: strerror(errno))
                }
            throw SettingsError(.unreadable, "\(path): \(reason)")
        }
        self.path = path
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let named = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let resolved = realpath(named.fileName, nil)
        defer { free(resolved) }
        folder = resolved.map { String(fileName: $0) } ?? named
        var mistakes: [Mistake] = [], cameras: [Camera] = [], defaults: [Key] = []
        func note(_ position: Position, _ message: String) { mistakes.append(Mistake(file: path, position: position, message: message)) }
        switch TOMLNode.parse(bytes) {
        case .failure(let error):
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            let line = lines.dropFirst(error.position.line - 1).first ?? ""
            note(error.position, SyntaxHint.hint(for: line) ?? "is not TOML: \(error.reason)")
        case .success(let nodes):
            for node in nodes {
                guard node.key == "camera" else {
                    defaults.append(Key(name: node.key, position: node.position, node: node))
                    continue
                }
                guard case .table(let tables) = node.value else {
                    note(node.position, "'camera' is \(node.kind); give each camera a table with its name: [camera.gate]")
                    continue
                }
                for table in tables {
                    guard case .table(let keys) = table.value else {
                        note(table.position, "'\(table.key)' has no camera: write [camera.NAME] before it")
                        continue
                    }
                    var name = table.key
                    if !Self.isCameraName(name) {
                        // Its keys are checked under a name that it could have.
                        name = Self.possibleName(for: name)
                        note(table.position, "'\(table.key)' is no camera's name: \(Self.nameRule): [camera.\(name)]")
                    }
                    if let other = cameras.first(where: { $0.name.lowercased() == name.lowercased() }) {
                        note(
                            table.position,
                            "'\(table.key)' and '\(other.name)' differ in capital letters only, and so would their files: name one otherwise"
                        )
                    }
                    cameras.append(
                        Camera(
                            name: name, position: table.position,
                            keys: keys.map { Key(name: $0.key, position: $0.position, node: $0) }))
                }
            }
            // Tables that are none of cameras are named with what they should be.
            let hasOtherTables = defaults.contains { if case .table = $0.node.value { true } else { false } }
            if cameras.isEmpty, mistakes.isEmpty, !hasOtherTables {
                note(Position(line: 1, column: 1), "has no cameras; give each a table with its name, [camera.gate], and an input")
            }
        }
        (self.cameras, self.defaults, self.mistakes) = (cameras, defaults, mistakes)
    }

    /// Whether files and labels can have this name: letters of any language, digits, `.`, `_` and `-`, of which it begins with neither
    /// `.` nor `-`; at most 100 bytes.
    public static func isCameraName(_ name: String) -> Bool {
        guard let first = name.first, first != ".", first != "-", name.utf8.count <= 100 else { return false }
        return name.unicodeScalars.allSatisfy(isNameScalar)
    }

    /// What of a name that is none can be one: `back-yard` of `back yard`.
    private static func possibleName(for text: String) -> String {
        let words = text.unicodeScalars.split { !isNameScalar($0) }.map { String(String.UnicodeScalarView($0)) }
        var name = words.joined(separator: "-").drop { $0 == "." || $0 == "-" }
        while name.utf8.count > 100 { name.removeLast() }
        return name.isEmpty ? "camera" : String(name)
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "._-".unicodeScalars.contains(scalar)
    }

    public static let nameRule = "files are called after it, so use letters, digits, '.', '_' and '-', and begin with a letter or digit"
}
