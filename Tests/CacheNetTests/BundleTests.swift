import Foundation
import Models
import TestSupport
import Testing

@testable import CacheNet

/// The bundle of `scripts/make-tiny-bundle`.
let tinyBundle = Files.fixture("bundles/tiny")

@Suite struct BundleTests {
    private func manifest() throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: tinyBundle + "/bundle.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func read(_ object: [String: Any]) throws -> BundleManifest {
        try BundleManifest(json: try JSONSerialization.data(withJSONObject: object), name: "bundle.json")
    }

    @Test func readsAndWritesTheSame() throws {
        let folder = try BundleFolder(reading: tinyBundle)
        #expect(folder.manifest.name == "tiny")
        #expect(folder.manifest.submodels == 3)
        #expect(folder.manifest.threshold == 0.5)
        #expect(folder.manifest.card.input.width == 16)
        #expect(try BundleManifest(json: Data(folder.manifest.json().utf8)) == folder.manifest)
        try folder.checkComplete()
        for file in folder.manifest.files { #expect(try file.contents(in: folder.path!).count == file.size) }
    }

    /// Each fault, and what the message must name.
    static let faults: [(String, @Sendable (inout [String: Any]) -> Void, String)] = [
        (
            "newer",
            {
                $0["version"] = 3; $0["other"] = 1
            }, "version 3"
        ),
        ("no version", { $0["version"] = nil }, "'version' is missing"),
        ("threshold 0", { $0["threshold"] = 0 }, "'threshold'"),
        ("threshold below 0", { $0["threshold"] = -1 }, "'threshold'"),
        ("threshold text", { $0["threshold"] = "high" }, "'threshold'"),
        ("overlap", { $0["overlap"] = 1.5 }, "'overlap'"),
        ("no submodels", { $0["submodels"] = 0 }, "'submodels'"),
        ("too many submodels", { $0["submodels"] = 4 }, "submodel-4.onnx"),
        ("too few submodels", { $0["submodels"] = 2 }, "submodel-3.onnx"),
        ("endless submodels", { $0["submodels"] = 9_000_000_000 }, "'submodels'"),
        ("no name", { $0["name"] = "" }, "'name'"),
        ("card without size", { change(&$0, "card", "input") { $0["width"] = nil } }, "'card'"),
        ("card with a label file", { change(&$0, "card") { $0["labels"] = "/etc/passwd" } }, "'card'"),
        ("card without head", { change(&$0, "card") { $0["head"] = nil } }, "card.head"),
        ("unknown key", { $0["treshold"] = 1 }, "did you mean 'threshold'"),
        ("path up", { file(&$0) { $0["name"] = "../full.onnx" } }, "files[0].name"),
        ("absolute path", { file(&$0) { $0["name"] = "/tmp/full.onnx" } }, "files[0].name"),
        ("hidden", { file(&$0) { $0["name"] = ".." } }, "files[0].name"),
        ("another name", { file(&$0) { $0["name"] = "other.onnx" } }, "full.onnx"),
        ("short hash", { file(&$0) { $0["sha256"] = "abc" } }, "files[0].sha256"),
        ("upper-case hash", { file(&$0) { $0["sha256"] = String(repeating: "A", count: 64) } }, "files[0].sha256"),
        ("no size", { file(&$0) { $0["size"] = 0 } }, "files[0].size"),
        ("endless size", { file(&$0) { $0["size"] = 1_000_000_000_000 } }, "files[0].size"),
        ("a file twice", { $0["files"] = ($0["files"] as! [Any]) + [($0["files"] as! [Any])[0]] }, "twice"),
    ]

    @Test(arguments: faults.map(\.0))
    func faultsAreNamed(_ name: String) throws {
        let (_, damage, wanted) = try #require(Self.faults.first { $0.0 == name })
        var object = try manifest()
        damage(&object)
        let error = #expect(throws: DeepVidError.self) { try read(object) }
        #expect(error?.code == .invalidBundle)
        #expect(error?.description.contains(wanted) == true, "\(error?.description ?? "")")
    }

    /// Faults of a bundle of detectors whose submodels have a card of their own.
    static let cardFaults: [(String, @Sendable (inout [String: Any]) -> Void)] = [
        ("version without it", { $0["version"] = 1 }),
        ("no size", { change(&$0, "submodel_card", "input") { $0["height"] = nil } }),
        ("a class that the full model lacks", { change(&$0, "submodel_card") { $0["labels"] = ["green", "violet"] } }),
        ("no labels", { change(&$0, "submodel_card") { $0["labels"] = nil } }),
        ("another kind of answer", { change(&$0, "submodel_card") { ($0["head"], $0["strides"]) = ("classification", nil) } }),
    ]

    @Test(arguments: cardFaults.map(\.0))
    func aCardOfSubmodelsHasToFit(_ name: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Files.fixture("bundles/tiny-detector") + "/bundle.json"))
        var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let good = try read(object)
        #expect(good.submodelCard?.labels == .names(["green", "red"]))
        #expect(try BundleManifest(json: Data(good.json().utf8)) == good)
        try #require(Self.cardFaults.first { $0.0 == name }).1(&object)
        let error = #expect(throws: DeepVidError.self) { try read(object) }
        #expect(error?.code == .invalidBundle)
        #expect(error?.description.contains("submodel_card") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["", "{", "[]", "null", "3", "\"x\"", "{\"version\": 1e300}", "{\"version\": 1, \"threshold\": 1e999}"])
    func whatIsNoManifestIsAnError(_ text: String) {
        #expect(throws: DeepVidError.self) { try BundleManifest(json: Data(text.utf8)) }
    }

    @Test func filesAreKnownByTheirContent() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let path = place.path
        #expect(throws: DeepVidError.self) { try BundleFolder(reading: path) }
        let folder = try BundleFolder(keeping: try BundleFolder(reading: tinyBundle).manifest, in: path + "/new/er")
        #expect(try BundleFolder(reading: path + "/new/er").manifest == folder.manifest)
        let file = try #require(folder.manifest["submodel-2.onnx"])
        func code() -> DeepVidError.Code? { #expect(throws: DeepVidError.self) { try file.contents(in: folder.path!) }?.code }
        #expect(code() == .missingFile)
        #expect(!folder.has(file.name))
        let good = try Data(contentsOf: URL(fileURLWithPath: "\(tinyBundle)/\(file.name)"))
        let target = URL(fileURLWithPath: "\(folder.path!)/\(file.name)")
        try good.dropLast().write(to: target)
        #expect(code() == .damagedFile)
        var wrong = good
        wrong[100] ^= 1
        try wrong.write(to: target)
        #expect(folder.has(file.name))
        #expect(code() == .damagedFile)
        try good.write(to: target)
        #expect(try file.contents(in: folder.path!) == good)
        #expect(throws: DeepVidError.self) { try folder.checkComplete() }
    }

    @Test func aFolderThatCannotBeMadeIsAnError() throws {
        let manifest = try BundleFolder(reading: tinyBundle).manifest
        let error = #expect(throws: DeepVidError.self) { try BundleFolder(keeping: manifest, in: "/proc/deepvid") }
        #expect(error?.code == .unwritableBundle)
    }
}

private func change(_ object: inout [String: Any], _ path: String..., by edit: (inout [String: Any]) -> Void) {
    func go(_ object: inout [String: Any], _ path: ArraySlice<String>) {
        guard let key = path.first else { return edit(&object) }
        var inner = object[key] as! [String: Any]
        go(&inner, path.dropFirst())
        object[key] = inner
    }
    go(&object, path[...])
}

/// Changes the first file's entry.
private func file(_ object: inout [String: Any], by edit: (inout [String: Any]) -> Void) {
    var files = object["files"] as! [[String: Any]]
    edit(&files[0])
    object["files"] = files
}
