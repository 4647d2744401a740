import Foundation
import Models
import TestSupport
import Testing

@testable import Batch
@testable import Results

@Suite struct ManifestTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func record(_ output: String, _ state: ClipRecord.State, at seconds: Double, _ source: String = "a.mp4") -> ClipRecord {
        ClipRecord(
            unixS: seconds, host: "h", pid: 1, source: source, output: output, state: state,
            input: .init(sizeBytes: 1, mtimeS: 2, sha256: "00"), modelSHA256: "m", optionsSHA256: "o")
    }

    private func state(_ output: String) -> ClipRecord.State? { Manifest.latest(in: folder.path)[Array(output.utf8)]?.state }

    @Test func theLatestOfEachOutputHolds() throws {
        let manifest = try Manifest(folder: folder.path, shard: nil)
        for (output, state, seconds) in [("a", .running, 1), ("b", .running, 2), ("a", .done, 3)] as [(String, ClipRecord.State, Double)] {
            try manifest.append(record(output, state, at: seconds))
        }
        #expect(state("a") == .done)
        #expect(state("b") == .running)
        #expect(state("c") == nil)
    }

    @Test func anEmptyFolderHasNone() {
        #expect(Manifest.files(in: folder.path).isEmpty)
        #expect(Manifest.latest(in: folder.path).isEmpty)
    }

    /// Each shard writes its own; all of them count.
    @Test func shardsHaveManifestsOfTheirOwn() throws {
        try Manifest(folder: folder.path, shard: Shard(index: 1, count: 2)).append(record("a", .done, at: 5))
        try Manifest(folder: folder.path, shard: Shard(index: 2, count: 2)).append(record("b", .failed, at: 6))
        try Manifest(folder: folder.path, shard: nil).append(record("a", .running, at: 4))
        #expect(Manifest.files(in: folder.path).sorted() == ["manifest-1-of-2.jsonl", "manifest-2-of-2.jsonl", "manifest.jsonl"])
        #expect(state("a") == .done, "by time, not by the order of the files")
        #expect(state("b") == .failed)
    }

    @Test func aManifestIsHeldByOne() throws {
        let manifest = try Manifest(folder: folder.path, shard: nil)
        let error = #expect(throws: DeepVidError.self) { try Manifest(folder: folder.path, shard: nil) }
        #expect(error?.code == .locked)
        withExtendedLifetime(manifest) {}
    }

    @Test func anotherMayHaveItAfterwards() throws {
        try Manifest(folder: folder.path, shard: nil).append(record("a", .done, at: 1))
        try Manifest(folder: folder.path, shard: nil).append(record("b", .done, at: 2))
        #expect(state("a") == .done)
        #expect(state("b") == .done)
    }

    @Test func aFolderThatIsNotThereIsRefused() {
        let error = #expect(throws: DeepVidError.self) { try Manifest(folder: folder.path("none"), shard: nil) }
        #expect(error?.code == .unreadable)
    }

    /// What a kill tore is skipped, and does not spoil the next line.
    @Test func aTornLineIsPassedOver() throws {
        let whole = record("a", .done, at: 1).json + "\n" + record("b", .done, at: 2).json.prefix(40)
        try Data(whole.utf8).write(to: folder.url.appending(path: "manifest.jsonl"))
        #expect(state("a") == .done)
        #expect(state("b") == nil)
        try Manifest(folder: folder.path, shard: nil).append(record("c", .done, at: 3))
        #expect(state("a") == .done)
        #expect(state("c") == .done)
    }

    @Test(arguments: [
        ("manifest.jsonl", true), ("manifest-1-of-2.jsonl", true), ("manifest-10-of-128.jsonl", true), ("manifest-a-of-2.jsonl", false),
        ("manifest.jsonl.zst", false), ("a/manifest.jsonl", false), ("manifest.mp4.jsonl", false),
    ])
    func namesAreTold(name: String, isManifest: Bool) { #expect(Manifest.isName(name) == isManifest) }

    /// To `String`, two spellings of one letter are the same.
    @Test func outputsAreToldApartByTheirBytes() throws {
        let manifest = try Manifest(folder: folder.path, shard: nil), (nfc, nfd) = ("\u{e9}.jsonl", "e\u{301}.jsonl")
        try manifest.append(record(nfc, .done, at: 1))
        try manifest.append(record(nfd, .failed, at: 2))
        #expect(state(nfc) == .done)
        #expect(state(nfd) == .failed)
    }
}
