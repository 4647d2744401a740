import Foundation

/// The data beside the checkout (models, conformance tests), which a bare clone does not have.
enum Shared {
    static let repository = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    static let folder = repository.deletingLastPathComponent().appendingPathComponent("shared")

    static var models: [String] {
        ["models", "models/converted"].flatMap { part -> [String] in
            let folder = folder.appendingPathComponent(part)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.filter { $0.hasSuffix(".onnx") }.sorted().map { folder.appendingPathComponent($0).path }
        }
    }

    static var hasModels: Bool { !models.isEmpty }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
