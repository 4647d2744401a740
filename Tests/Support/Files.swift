import Foundation

/// Where tests find their files.
package enum Files {
    package static let repository = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    package static let fixtures = repository.appendingPathComponent("Fixtures")
    package static func fixture(_ path: String) -> String { fixtures.appendingPathComponent(path).path }
    package static func clip(_ name: String) -> String { fixture("clips/\(name)") }
    /// The data beside the checkout (models, clips, conformance tests), which a bare clone does not have.
    package static let shared = repository.deletingLastPathComponent().appendingPathComponent("shared")

    /// A file of the repository, such as a page of the manual.
    package static func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
    }

    /// Names in a folder, hidden ones among them, sorted.
    package static func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// For `.enabled(if:)`: the report then says that the test was skipped, and why.
    package static func isShared(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: shared.appendingPathComponent(path).path)
    }

    /// Paths of the models in `../shared`, sorted; empty without it.
    package static var sharedModels: [String] {
        ["models", "models/converted"].flatMap { part -> [String] in
            let folder = shared.appendingPathComponent(part)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.filter { $0.hasSuffix(".onnx") }.sorted().map { folder.appendingPathComponent($0).path }
        }
    }
}

/// A folder that goes away with its last reference.
package final class TemporaryFolder {
    package let url: URL
    package var path: String { url.path }

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
