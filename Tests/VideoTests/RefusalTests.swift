import Foundation
import TestSupport
import Testing
import Video

/// An input may not make the process read other files or reach hosts that the user did not name.
@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    static let secret = Files.clip("moving.mp4")

    static let playlists: [(String, String)] = [
        ("hls", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://\(secret)\n#EXT-X-ENDLIST\n"),
        ("hls by name", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n\(secret)\n#EXT-X-ENDLIST\n"),
        ("hls to a host", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"),
        ("concat", "ffconcat version 1.0\nfile \(secret)\n"),
        (
            "svg",
            "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image href=\"file:///etc/passwd\"/></svg>\n"
        ),
        (
            "sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
        ),
        (
            "dash",
            """
            <?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" \
            type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" \
            bandwidth="1"><BaseURL>file://\(secret)</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>
            """
        ),
    ]

    @Test(arguments: playlists, ["list.m3u8", "holiday.mp4"])
    func playlistsOnDiskAreRefused(playlist: (String, String), name: String) throws {
        try withFile(Data(playlist.1.utf8), name: name) { path in
            let error = failure(path)
            #expect(error?.code == .refused, "\(playlist.0): \(error?.description ?? "opened")")
            #expect(error?.message.contains("names other inputs") == true)
        }
    }

    @Test(arguments: ["ftp://host/x.mp4", "gopher://host/", "data://text,x", "subfile://x", "pipe://0"])
    func otherSchemesAreRefused(url: String) {
        let error = failure(url)
        #expect(error?.code == .refused)
        #expect(error?.message.contains("use a path, file, or one of http") == true)
    }

    @Test(arguments: [
        "concat:/etc/passwd|/etc/group", "lavfi:testsrc", "data:video/mp4;base64,AA", "async:file:/etc/passwd",
    ])
    func ffmpegsPrefixesMeanNothing(input: String) {
        #expect(failure(input)?.code == .notFound)
    }

    @Test func aRemotePlaylistReachesNoLocalFile() throws {
        for target in ["file://\(Self.secret)", Self.secret, "concat:\(Self.secret)"] {
            let server = try TinyServer(
                body: "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n\(target)\n#EXT-X-ENDLIST\n",
                type: "application/vnd.apple.mpegurl")
            var options = VideoOptions()
            options.timeout = 3
            let error = failure("http://127.0.0.1:\(server.port)/list.m3u8", options)
            #expect(error != nil, "\(target) was opened")
        }
    }

    @Test func videoOverHTTPIsRead() throws {
        let server = try TinyServer(
            body: try Data(contentsOf: URL(filePath: Files.clip("moving.mp4"))), type: "video/mp4")
        let (frames, reader) = try readAll("http://127.0.0.1:\(server.port)/moving.mp4")
        #expect(frames.count == 75)
        #expect(reader.earlyEnd == nil)
        #expect(!reader.info.isLive)
    }

    /// A segment comes at once: unless its pictures wait for their time, most would be dropped.
    @Test func aLivePlaylistIsPlayedAtItsRate() throws {
        let segment = try TinyServer(body: try Data(contentsOf: URL(filePath: Files.clip("offset.ts"))), type: "video/mp2t")
        let server = try TinyServer(
            body: "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:\(segment.port)/a.ts\n",
            type: "application/vnd.apple.mpegurl")
        let reader = try VideoReader("http://127.0.0.1:\(server.port)/live.m3u8")
        #expect(reader.info.isLive)
        let frames = try (0..<8).map { _ in try #require(try reader.next()) }
        // The moments when they were due; a reader that was held up for a second would begin anew.
        let inTime = try zip(frames, frames.dropFirst()).count { first, second in
            let (a, b) = (try #require(first.arrival), try #require(second.arrival))
            let step = try #require(second.ptsSeconds) - #require(first.ptsSeconds)
            return abs(Double(b.monotonic - a.monotonic) / 1e9 - step) < 1e-6
        }
        #expect(inTime >= 6, "\(inTime) of 7")
    }

    @Test func silentHostsTimeOut() throws {
        let server = try TinyServer(body: nil, type: "")
        var options = VideoOptions()
        options.timeout = 0.5
        let begin = Date()
        let error = failure("http://127.0.0.1:\(server.port)/x.mp4", options)
        #expect(error?.code == .timedOut, "\(error?.description ?? "")")
        #expect(error?.message.contains("0.5 s") == true, "\(error?.description ?? "")")
        #expect(Date().timeIntervalSince(begin) < 5)
    }
}
