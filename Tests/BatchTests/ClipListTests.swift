import Foundation
import Models
import TestSupport
import Testing

@testable import Batch

@Suite struct ClipListTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ names: String..., text: String = "x") throws {
        for name in names {
            let url = folder.url.appending(path: name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    /// The clips' paths in the folder.
    private func clips(_ inputs: String..., problems: Int = 0) throws -> [String] {
        let list = try ClipList(inputs, isCompressed: false)
        #expect(list.problems.count == problems, "\(list.problems)")
        return list.clips.map { String($0.path.dropFirst(folder.path.count + 1)) }
    }

    private func refusal(_ inputs: String...) -> DeepVidError? {
        #expect(throws: DeepVidError.self) { try ClipList(inputs, isCompressed: false) }
    }

    @Test func foldersGiveTheirVideosSorted() throws {
        try write("b.mp4", "a/z.MKV", "a/notes.txt", ".hidden.mp4", "c")
        #expect(try clips(folder.path) == ["a/z.MKV", "b.mp4"])
    }

    @Test func aFileMayHaveAnyName() throws {
        try write("c")
        #expect(try clips(folder.path("c")) == ["c"])
    }

    @Test func eachFileIsTakenOnce() throws {
        try write("a.mp4", "b.mp4")
        #expect(
            try clips(folder.path("b.mp4"), folder.path, folder.path("./x/../a.mp4").replacing("x/../", with: "")) == ["b.mp4", "a.mp4"])
    }

    @Test func patternsAreExpanded() throws {
        try write("a1.mp4", "a2.mp4", "b1.mp4")
        #expect(try clips(folder.path("a*.mp4")) == ["a1.mp4", "a2.mp4"])
    }

    /// A file of that name is meant, where there is one.
    @Test func aNameMayLookLikeAPattern() throws {
        try write("a[1].mp4", "a1.mp4")
        #expect(try clips(folder.path("a[1].mp4")) == ["a[1].mp4"])
    }

    @Test func listsNameInputs() throws {
        try write("a.mp4", "b.mp4")
        try write("list", text: "# clips\n\n  \(folder.path("b.mp4")) \r\n\(folder.path("a.mp4"))")
        #expect(try clips("@" + folder.path("list")) == ["b.mp4", "a.mp4"])
    }

    @Test func whatIsMissingStopsNoOther() throws {
        try write("a.mp4")
        #expect(
            try clips(folder.path("no.mp4"), folder.path("no*.mp4"), "@" + folder.path("none"), folder.path("a.mp4"), problems: 3) == [
                "a.mp4"
            ])
    }

    /// A pattern may have nothing yet, and of what comes only recordings are taken.
    @Test func patternsOfAFolderThatFills() throws {
        let pattern = folder.path("*_01_*")
        func names() throws -> [String] {
            let list = try ClipList([pattern], isCompressed: false, isFollowing: true)
            #expect(list.problems == [])
            return list.clips.map { String($0.path.split(separator: "/").last!) }
        }
        #expect(try names() == [])
        for name in ["64_01_a.mp4", "64_01_a.jpg", "64_01_b.mp4.tmp", "65_02_a.mp4"] { try write(name) }
        #expect(try names() == ["64_01_a.mp4"])
        #expect(throws: DeepVidError.self) {
            try ClipList([folder.path("gone/*_01_*")], isCompressed: false, isFollowing: true)
        }
    }

    @Test func aProblemSaysWhereItWasNamed() throws {
        try write("a.mp4")
        try write("list", text: "\n\(folder.path("no.mp4"))\n")
        let list = try ClipList(["@" + folder.path("list"), folder.path("a.mp4")], isCompressed: false)
        #expect(list.problems.first?.hasPrefix("\(folder.path("list")), line 2: ") == true)
    }

    @Test func nothingToRunIsRefused() {
        #expect(refusal(folder.path)?.code == .invalidOptions)
        #expect(refusal("")?.code == .invalidOptions)
        #expect(refusal(folder.path("no.mp4"))?.message.contains("no such file") == true)
    }

    @Test(arguments: ["-", "rtsp://user:secret@camera/x"]) func streamsAreNoClips(input: String) {
        let error = refusal(input)
        #expect(error?.code == .invalidOptions)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func outputsKeepTheFoldersShape() throws {
        try write("night/a.mp4")
        let path = folder.path("night/a.mp4")
        #expect(try ClipList([path], isCompressed: false).clips.first?.output == path.dropFirst() + ".jsonl")
        #expect(try ClipList([path], isCompressed: true).clips.first?.output == path.dropFirst() + ".jsonl.zst")
    }

    @Test(arguments: [
        ("a/./b//c", "a/b/c"), ("a/../b", "b"), ("../a", "../a"), ("/../a", "/a"), ("a/..", "."), ("/", "/"), ("./a/", "a"),
        ("../../a/../b", "../../b"),
    ])
    func pathsAreNormalized(path: String, expected: String) { #expect(BatchClip.normalized(path) == expected) }

    // MARK: Identity

    /// No folder of this machine stands in a batch's folder because it was named from another one.
    @Test func whatLeadsOutOfAFolderIsLeftOut() {
        func output(_ path: String) -> String { BatchClip(path: path, isCompressed: false).output }
        #expect(output("../nvr/yard/a.mp4") == "nvr/yard/a.mp4.jsonl")
        #expect(output("../../a.mp4") == "a.mp4.jsonl")
        #expect(output("/nvr/..a.mp4") == "nvr/..a.mp4.jsonl")
    }

    @Test func aFileIsKnownByItsContents() throws {
        try write("a.mp4", text: "one")
        let before = BatchClip(path: folder.path("a.mp4"), isCompressed: false).identity()
        try write("b.mp4", text: "one")
        #expect(BatchClip(path: folder.path("b.mp4"), isCompressed: false).isSame(as: before))
        try write("c.mp4", text: "two")
        #expect(!BatchClip(path: folder.path("c.mp4"), isCompressed: false).isSame(as: before))
        try write("d.mp4", text: "longer")
        #expect(!BatchClip(path: folder.path("d.mp4"), isCompressed: false).isSame(as: before))
    }

    @Test func whatCannotBeReadIsNothingsSame() {
        let clip = BatchClip(path: folder.path("none.mp4"), isCompressed: false)
        #expect(clip.identity().sha256 == nil)
        #expect(!clip.isSame(as: clip.identity()))
    }
}
