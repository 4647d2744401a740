import Foundation

/// A folder to run commands in: the clips of Fixtures and the embedded model, under the names that the manual uses.
struct Workspace {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Beside the test bundle, unless DEEPVID_BINARY names another.
    static let binary: URL = {
        if let path = ProcessInfo.processInfo.environment["DEEPVID_BINARY"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "deepvid")
    }()

    let folder: URL

    init() throws {
        let files = FileManager.default
        guard files.isExecutableFile(atPath: Self.binary.path) else {
            throw MissingBinary("no binary at \(Self.binary.path): build it, or set DEEPVID_BINARY")
        }
        folder = files.temporaryDirectory.appending(path: "deepvid-tests-\(UUID().uuidString)")
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        func link(_ name: String, to target: URL) throws {
            try files.createSymbolicLink(at: folder.appending(path: name), withDestinationURL: target)
        }
        let clips = Self.repository.appending(path: "Fixtures/clips")
        for clip in try files.contentsOfDirectory(at: clips, includingPropertiesForKeys: nil) {
            try link(clip.lastPathComponent, to: clip)
        }
        let model = Self.repository.appending(path: "Sources/CDefaultModel")
        try link("detector.onnx", to: model.appending(path: "default.onnx"))
        try link("detector.json", to: model.appending(path: "default.json"))
        // What scripts/make-tiny-bundle writes: tells red, green and blue apart.
        try link("bundle", to: Self.repository.appending(path: "Fixtures/bundles/tiny"))
        try link("deepvid", to: Self.binary)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

struct MissingBinary: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
