import Foundation
import Testing
import Video

@testable import DeepVid

@Suite struct InputOpeningTests {
    @Test func whatWasOpenedAheadIsRun() throws {
        let begun = try #require(InputOpening(ahead: street, for: runOptions()))
        let source = FileSource(street, options: VideoOptions(), control: RunControl(), begun: begun)
        guard case .opened(let info) = try source.next(), case .frame(let frame, _) = try source.next() else {
            Issue.record("not opened")
            return
        }
        #expect(info.width > 0)
        #expect(frame.index == 0)
        source.close()
        begun.end()
    }

    @Test func whatNobodyTookIsClosed() throws {
        let begun = try #require(InputOpening(ahead: street, for: runOptions()))
        begun.end()
        #expect(try begun.queue() == nil)
    }

    @Test func filesThatAreBrokenSayWhy() throws {
        let text = #filePath, begun = try #require(InputOpening(ahead: text, for: runOptions()))
        let source = FileSource(text, options: VideoOptions(), control: RunControl(), begun: begun)
        #expect(throws: DeepVidError.self) { try source.next() }
    }

    @Test func whatIsNoFileWaitsForItsRun() {
        #expect(InputOpening(ahead: "rtsp://127.0.0.1/a", for: runOptions()) == nil)
        #expect(InputOpening(ahead: NSTemporaryDirectory(), for: runOptions()) == nil)
    }

    @Test func activeDecodingWaitsForItsRun() {
        var options = runOptions()
        options.decode = .active
        #expect(InputOpening(ahead: street, for: options) == nil)
    }
}
