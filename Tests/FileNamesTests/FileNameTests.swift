import FileNames
import Glibc
import TestSupport
import Testing

@Suite struct FileNameTests {
    @Test(arguments: ["", "clip.mp4", "café.mp4", "cafe\u{301}.mp4", "目录/動画.mkv", "🎬 – 1.ts"])
    func unicodeStaysAsItIs(name: String) {
        #expect(Array(String(fileName: Array(name.utf8)).utf8) == Array(name.utf8))
        #expect(name.fileNameBytes == Array(name.utf8))
        #expect(name.printableFileName == name)
    }

    @Test func bytesThatAreNotUTF8AreEscaped() {
        let name = String(fileName: [0x63, 0xE9, 0x2E])
        #expect(name.unicodeScalars.map(\.value) == [0x63, 0xEFE9, 0x2E])
        #expect(name.printableFileName == #"c\xE9."#)
        #expect(name.fileName == [0x63, CChar(bitPattern: 0xE9), 0x2E, 0])
    }

    /// A name that has a scalar of the escapes in it is not taken for the escaped byte.
    @Test func escapesOfEscapes() {
        let real = Array("\u{EFE9}".utf8)
        #expect(String(fileName: real) != String(fileName: [0xE9]))
        #expect(String(fileName: real).fileNameBytes == real)
        #expect(String(fileName: [0xE9]).fileNameBytes == [0xE9])
    }

    /// Any bytes come back, and different bytes stay different.
    @Test(arguments: 0..<200) func anyBytes(seed: Int) {
        var dice = Dice(seed)
        // Mostly bytes that begin or continue a scalar, so that cut-off and overlong ones are among them.
        let heads: [UInt8] = [0x41, 0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xEE, 0xED, 0xF0, 0xF4, 0xFF, 0xBE, 0xA0, 0x90]
        let bytes = (0..<dice.int(1...12)).map { _ in dice.chance(3) ? UInt8(dice.int(1...255)) : dice.pick(heads) }
        let name = String(fileName: bytes)
        #expect(name.fileNameBytes == bytes)
        #expect(Array(String(fileName: name.fileNameBytes).utf8) == Array(name.utf8))
    }

    @Test func foldersAndFiles() throws {
        let place = try TemporaryFolder()
        let folder = place.path + "/" + String(fileName: [0xFF, 0x61]) + "/inner"
        #expect(makeFolders(folder))
        #expect(makeFolders(folder), "that it is there is no fault")
        let file = folder + "/" + String(fileName: [0xC3])
        let descriptor = open(file.fileName, O_WRONLY | O_CREAT, 0o600)
        #expect(write(descriptor, "abc", 3) == 3)
        close(descriptor)
        #expect(namesInFolder(folder) == [String(fileName: [0xC3])])
        #expect(readFile(file) == Array("abc".utf8))
        #expect(!makeFolders(file))
        #expect(!makeFolders(file + "/more"))
        #expect(namesInFolder(file) == nil)
        #expect(readFile(folder + "/missing") == nil)
        #expect(readFile(folder) == nil)
    }

    @Test func namesAreSortedByBytes() throws {
        let place = try TemporaryFolder()
        for name in ["b", "a", "é", "e\u{301}", "B"] { close(open(place.path(name).fileName, O_WRONLY | O_CREAT, 0o600)) }
        // Two spellings of é are two files.
        #expect(namesInFolder(place.path)?.map { Array($0.utf8) } == ["B", "a", "b", "e\u{301}", "é"].map { Array($0.utf8) })
    }
}
