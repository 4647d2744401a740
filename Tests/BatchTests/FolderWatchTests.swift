import Foundation
import TestSupport
import Testing

@testable import Batch

/// Which files of a folder that fills are complete. Time is given: nothing waits.
@Suite struct FolderWatchTests {
    private let folder: TemporaryFolder
    /// Far from the files' own times, unless a test says otherwise.
    private let now = Date().timeIntervalSince1970

    init() throws { folder = try TemporaryFolder() }

    /// - Parameter age: seconds since its last change.
    @discardableResult private func write(_ name: String, _ text: String = "x", age: Double = 0) throws -> String {
        try Data(text.utf8).write(to: folder.url.appending(path: name))
        let date = Date(timeIntervalSince1970: now - age)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder.path(name))
        return folder.path(name)
    }

    @Test func whatWasMovedThereIsTakenAtOnceInTheOrderOfItsTime() throws {
        let late = try write("a.mp4", age: 60), early = try write("b.mp4", age: 3600)
        var watch = FolderWatch()
        #expect(watch.take([late, early], now: now) == [early, late])
        #expect(watch.take([late, early], now: now + 100) == [])
    }

    @Test func whatGrowsIsTakenWhenItHasRested() throws {
        let path = try write("a.mp4", "1")
        var watch = FolderWatch()
        #expect(watch.take([path], now: now) == [])
        try write("a.mp4", "12", age: -8)
        #expect(watch.take([path], now: now + 9) == [], "it has just grown")
        #expect(watch.take([path], now: now + 17) == [])
        #expect(watch.take([path], now: now + 19) == [path])
    }

    @Test func whatIsStillOpenForWritingIsNotTaken() throws {
        let path = try write("a.mp4", age: 60)
        let writer = try #require(FileHandle(forWritingAtPath: path))
        var watch = FolderWatch()
        #expect(watch.take([path], now: now + 100) == [])
        try writer.close()
        #expect(watch.take([path], now: now + 101) == [path])
    }

    @Test func anEmptyFileIsNotComplete() throws {
        let path = try write("a.mp4", "", age: 60)
        var watch = FolderWatch()
        #expect(watch.take([path], now: now) == [])
        #expect(watch.take([path], now: now + 100) == [])
    }

    @Test func anotherStateIsTakenAgain() throws {
        let path = try write("a.mp4", age: 60)
        var watch = FolderWatch()
        #expect(watch.take([path], now: now) == [path])
        try write("a.mp4", "other", age: 30)
        #expect(watch.take([path], now: now) == [path])
        // Gone, and there again.
        #expect(watch.take([], now: now) == [])
        #expect(watch.take([path], now: now) == [path])
    }
}
