import Foundation
import TestSupport
import Testing
@testable import Video

/// What may be given as an input, and what is said of what may not.
@Suite(.timeLimit(.minutes(1))) struct InputTests {
    @Test func describesTheStream() throws {
        let info = try VideoReader(Files.clip("street.mp4")).info
        #expect(info.container.contains("mp4"))
        #expect(info.codec == "h264")
        #expect(info.stream == 0)
        #expect((info.width, info.height) == (640, 384))
        #expect(info.frameCount == 90)
        #expect(info.duration == 6)
        #expect(info.averageFrameRate == Rational(15, 1))
        #expect(info.startSeconds == 0)
        #expect(info.colorSpace == "smpte170m")
        #expect(info.pixelFormat == "yuv420p")
        #expect(info.streams.map(\.kind) == ["video"])
        #expect(info.streams[0].codec == "h264")
        #expect((info.bitRate ?? 0) > 1000)
        #expect(!info.isLive)
        #expect(!info.isInterlaced)
    }

    @Test(arguments: [
        ("audio.m4a", VideoError.Code.noVideoStream, "no video stream; it has 0: audio (aac)"),
        ("cover.mp3", .noVideoStream, "cover image"),
        ("", .unreadable, "directory"),
        ("no-such-clip.mp4", .notFound, "no such file"),
        ("none-%03d.png", .notFound, "no file fits the pattern"),
        ("none*.png", .notFound, "no file fits the pattern"),
    ])
    func unusableInputsSayWhy(name: String, code: VideoError.Code, text: String) {
        let error = failure(Files.clip(name))
        #expect(error?.code == code)
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "no error")")
        #expect(error?.url == Files.clip(name))
    }

    @Test func filesThatAreNoVideos() throws {
        for (content, text) in [
            ("", "empty"), ("Dear diary,\nnothing moves.\n", "not in any video format"),
            (String(repeating: "\u{1b}[31mred\u{1b}[0m\n", count: 40), "not in any video format"),
        ] {
            try withFile(Data(content.utf8), name: "note.txt") { path in
                let error = failure(path)
                #expect(error?.code == .notVideo)
                #expect(error?.message.contains(text) == true)
            }
        }
        #expect(failure("/dev/null")?.code == .notVideo)
        #expect(failure("/dev/zero")?.code == .notVideo)
        #expect(failure("")?.code == .invalidOptions)
        #expect(failure("a\0b")?.code == .invalidOptions)
    }

    /// 40000 × 40000 pixels in a file of 60 bytes: an error, and not 5 GB of memory.
    @Test func forgedSizesAreRefused() throws {
        let size: [UInt8] = [0, 0, 0x9c, 0x40, 0, 0, 0x9c, 0x40]
        let png =
            [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8) + size + [
                8, 2, 0, 0, 0, 0, 0, 0, 0,
            ]
            + [0, 0, 0, 0] + Array("IDAT".utf8) + [0, 0, 0, 0, 0, 0, 0, 0] + Array("IEND".utf8) + [0, 0, 0, 0]
        try withFile(Data(png), name: "bomb.png") { path in
            #expect(throws: VideoError.self) { _ = try readAll(path) }
        }
    }

    @Test func aPathIsAPathWhateverItsCharacters() throws {
        let clip = try Data(contentsOf: URL(filePath: Files.clip("mpeg4.avi")))
        for name in ["concat:a|b.avi", "100%d*[x]?.avi", "-", "ä ö.avi"] {
            try withFile(clip, name: name) { path in
                let frames = try readAll(path).frames
                #expect(frames.count == 50, "\(name)")
            }
        }
        let url = "file://" + Files.clip("mpeg4.avi").replacingOccurrences(of: "mpeg4", with: "mpeg%34")
        #expect(try readAll(url).frames.count == 50)
    }

    /// A name that says nothing, or something wrong, changes nothing: the content decides.
    @Test func theExtensionDoesNotMatter() throws {
        let clip = try Data(contentsOf: URL(filePath: Files.clip("moving.mp4")))
        for name in ["clip", "clip.txt", "clip.m3u8", "clip.png"] {
            try withFile(clip, name: name) { path in
                let frames = try readAll(path).frames
                #expect(frames.count == 75, "\(name)")
            }
        }
    }

    @Test func readsThroughAFIFO() throws {
        try withFIFO { path in
            let data = try Data(contentsOf: URL(filePath: Files.clip("moving.mp4")))
            Thread.detachNewThread { try? data.write(to: URL(filePath: path)) }
            let (frames, reader) = try readAll(path)
            #expect(frames.map(\.pts) == (0..<75).map { Int64?($0 * 1001) })
            #expect(reader.earlyEnd == nil)
        }
    }

    @Test func readsStandardInputAndSkipsToTheStart() throws {
        let data = try Data(contentsOf: URL(filePath: Files.clip("offset.ts")))
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let (reading, writing) = (ends[0], ends[1])
        let saved = dup(STDIN_FILENO)
        dup2(reading, STDIN_FILENO)
        close(reading)
        defer {
            dup2(saved, STDIN_FILENO)
            close(saved)
        }
        Thread.detachNewThread {
            try? FileHandle(fileDescriptor: writing, closeOnDealloc: true).write(contentsOf: data)
        }
        var options = VideoOptions()
        options.start = 0.4
        let (frames, reader) = try readAll("-", options)
        #expect(frames.map(\.pts) == (10..<50).map { Int64?(133200 + $0 * 3600) })
        #expect(!reader.info.isLive)
    }

    @Test func passwordsStayOutOfMessages() {
        let error = failure("rtsp://admin:s3cret@127.0.0.1:1/stream")
        #expect(error?.code == .unreadable)
        #expect(error?.description.contains("s3cret") == false)
        #expect(error?.url == "rtsp://admin:***@127.0.0.1:1/stream")
    }

    @Test func errorsCarryFFmpegsWords() {
        var error = VideoError(.damaged, "it broke", url: "a.mp4", ffmpegCode: -2, lastLog: "bad NAL")
        #expect(error.description == "a.mp4: it broke [FFmpeg: No such file or directory; bad NAL]")
        error = VideoError(.invalidOptions, "no")
        #expect(error.description == "no")
        #expect(error.ffmpegText == "")
        #expect(VideoError.Code.timedOut.description == "timed out")
    }

    /// What is for this machine only is not taken from others; names, groups and foreign hosts are left to FFmpeg.
    @Test(arguments: [
        ("udp://127.0.0.1:5000", "127.0.0.1"), ("udp://127.9.8.7:5000?fifo_size=9", "127.9.8.7"), ("rtp://127.0.0.1:5000/x", "127.0.0.1"),
        ("udp://239.1.2.3:5000", nil), ("udp://0.0.0.0:5000", nil), ("udp://[::]:5000", nil), ("udp://[ff02::1]:5000", nil),
        ("udp://192.0.2.7:5000", nil), ("udp://localhost:5000", nil), ("udp://:5000", nil), ("udp://127.0.0.1x:5000", nil),
    ])
    func ownAddresses(url: String, address: String?) { #expect(ownAddress(in: url) == address) }
}
