import Foundation
import TestSupport

/// A folder to run commands in: the clips of Fixtures and the embedded model, under the names that the manual uses.
///
/// It goes away with its last reference.
final class Workspace {
    /// Beside the test bundle, unless DEEPVID_BINARY names another.
    static let binary: URL = {
        if let path = ProcessInfo.processInfo.environment["DEEPVID_BINARY"] { return URL(fileURLWithPath: path) }
        return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "deepvid")
    }()

    private let temporary: TemporaryFolder
    var folder: URL { temporary.url }

    init() throws {
        let files = FileManager.default
        guard files.isExecutableFile(atPath: Self.binary.path) else {
            throw MissingBinary("no binary at \(Self.binary.path): build it, or set DEEPVID_BINARY")
        }
        temporary = try TemporaryFolder()
        let folder = temporary.url
        func link(_ name: String, to target: URL) throws {
            try files.createSymbolicLink(at: folder.appending(path: name), withDestinationURL: target)
        }
        let clips = Files.fixtures.appending(path: "clips")
        for clip in try files.contentsOfDirectory(at: clips, includingPropertiesForKeys: nil) {
            try link(clip.lastPathComponent, to: clip)
        }
        let model = Files.repository.appending(path: "Sources/CDefaultModel")
        try link("detector.onnx", to: model.appending(path: "default.onnx"))
        try link("detector.json", to: model.appending(path: "default.json"))
        // What scripts/make-tiny-bundle writes: tells red, green and blue apart.
        try link("bundle", to: Files.fixtures.appending(path: "bundles/tiny"))
        try link("deepvid", to: Self.binary)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }
}

struct MissingBinary: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
