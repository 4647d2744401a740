import Foundation
import Results
import Testing

/// Live inputs that break in every way, served on the loopback.
@Suite(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) struct LiveTests {
    /// Runs deepvid against `serve` with these steps.
    /// - Parameter making: a command that makes more files to be sent.
    private func run(_ steps: String, _ flags: String, making: String? = nil) throws -> (records: Records, outcome: Outcome) {
        let place = try Workspace()
        try LiveSource.prepare(place)
        if let making { try expectSuccess(making, in: place) }
        let port = try LiveSource.freePort()
        let outcome = try shell(
            """
            ./serve \(port) \(steps) >ready & server=$!
            until [ -s ready ]; do sleep 0.05; done
            deepvid infer tcp://127.0.0.1:\(port) --live \(flags); status=$?
            kill -9 $server 2>/dev/null; exit $status
            """, in: place)
        return (try Records(outcome), outcome)
    }

    @Test func breaksAreRecordedAndPicturesGoOn() throws {
        let (records, outcome) = try run(
            "send:a.ts:1.5 refuse:0.3 send:a.ts:1.5 close send:a.ts:1.5", "--reconnect 20s --max-frames 60 --timeout 5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(records.types.first == "begin")
        #expect(records.types.last == "end")
        let closed = records.outages.filter { $0.state == .closed }
        #expect(closed.count == 2, "\(outcome.output)")
        #expect(records.outages.count == 4, "\(outcome.output)")
        for gap in closed {
            #expect((gap.attempts ?? 0) >= 1)
            #expect((gap.durationS ?? 0) > 0)
            #expect(gap.video?.codec == "mpeg2video")
        }
        #expect(records.outages.map(\.reason).allSatisfy { $0 == "ended" || $0 == "truncated" })
        #expect(records.frames.filter { $0.cache?.reason == "reconnected" }.count == 2)
        #expect(zip(records.frames, records.frames.dropFirst()).allSatisfy { $0.frame < $1.frame })
        #expect(zip(records.frames, records.frames.dropFirst()).allSatisfy { ($0.time ?? "") <= ($1.time ?? "") })
        for frame in records.frames {
            #expect(frame.dropped != nil)
            #expect((frame.latencyMs ?? -1) >= 0)
            #expect(frame.time?.hasSuffix("Z") == true)
        }
        let end = try #require(records.ends.first)
        #expect(end.outages == 2)
        #expect(end.frames == 60)
        #expect(end.latencyMs != nil)
        #expect(end.reason == .finished)
    }

    /// What the first connection learnt of a quiet camera holds in the next one, and no frame comes twice.
    @Test func quietCamerasStayQuietAfterABreak() throws {
        let (records, outcome) = try run(
            "send:still.ts:4 close send:still.ts:4 close refuse:30", "--decode active --reconnect 20s --max-frames 300 --timeout 5",
            making: """
                ffmpeg -nostdin -loglevel error -f lavfi -i "color=gray:s=320x192:r=10,noise=alls=4:allf=t" -t 20 \
                    -c:v mpeg2video -q:v 4 -g 10 -bf 0 -sc_threshold 1000000000 still.ts
                """)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(records.outages.map(\.state) == [.open, .closed], "\(outcome.errors)")
        #expect(zip(records.frames, records.frames.dropFirst()).allSatisfy { $0.frame < $1.frame })
        let back = try #require(records.frames.firstIndex { $0.cache?.reason == "reconnected" }, "\(outcome.output)")
        for connection in [records.frames[..<back], records.frames[back...]] {
            #expect(connection.count > 50)
            #expect(zip(connection, connection.dropFirst()).allSatisfy { ($0.ptsS ?? 0) < ($1.ptsS ?? 0) })
            #expect(connection.contains { $0.cache?.reason == "not_decoded" })
        }
        // Of twenty groups eight were needed to learn, and none is again.
        let again = records.frames[back...].prefix(80)
        #expect(again.count { $0.cache?.reason == "not_decoded" } > 20)
        let end = try #require(records.ends.first)
        #expect(end.decode?.reasons.first { $0.reason == "learning" }.map { $0.groups <= 12 } ?? false)
        #expect(end.outages == 1)
        #expect(end.frames == 300)
    }

    @Test func aSilentSourceIsOpenedAgain() throws {
        let (records, outcome) = try run("send:a.ts:1.5 stall:2 close send:a.ts:1.5", "--timeout 0.7 --max-frames 25")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(records.outages.first?.reason == "timed_out", "\(outcome.output)")
        #expect(records.outages.last?.state == .closed, "\(outcome.output)")
    }

    @Test func theSizeMayChange() throws {
        let (records, outcome) = try run("send:resized.ts:3 close refuse:30", "--reconnect never")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(records.outages.isEmpty, "\(outcome.errors)")
        let end = try #require(records.ends.first)
        #expect(end.decoded >= 40)
        #expect(end.frames + end.dropped + (end.damaged ?? 0) == end.decoded)
        #expect(records.frames.filter { $0.frame >= 24 }.flatMap { $0.objects ?? [] }.allSatisfy { $0.box[0] + $0.box[2] <= 320.01 })
    }

    /// Where FFmpeg notices, at once; where its demuxer goes on as before (5.1, MPEG-TS), when there was no picture for a while.
    @Test func theCodecMayChange() throws {
        let (records, outcome) = try run("send:recoded.ts:3 send:other.ts:1.5", "--max-frames 35 --timeout 1 --reconnect 20s")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(["changed", "timed_out"].contains(records.outages.first?.reason), "\(outcome.output)")
        #expect(records.outages.last { $0.state == .closed }?.video?.codec == "h264")
    }

    @Test func flippedBitsDoNoHarm() throws {
        let (records, outcome) = try run(
            "flip:a.ts:1 close flip:other.ts:1 flip:recoded.ts:1 close send:a.ts:1.5", "--max-frames 40 --timeout 2")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(records.ends.first?.frames == 40)
    }

    @Test func aServerThatNeverAnswers() throws {
        let began = Date()
        let (records, outcome) = try run("stall:30", "--timeout 0.5 --reconnect never")
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(records.types == ["begin", "end"], "\(outcome.errors)")
        #expect(records.ends.first?.error?.code == "timed_out")
        #expect(outcome.errors.contains("raise --timeout") && !outcome.errors.contains("FFmpeg"), "\(outcome.errors)")
        #expect(Date().timeIntervalSince(began) < 20)
    }

    @Test func nobodyThere() throws {
        let port = try LiveSource.freePort()
        let outcome = try shell("deepvid infer tcp://127.0.0.1:\(port) --live --reconnect 0.8s")
        let records = try Records(outcome)
        #expect(outcome.status == 2, "\(outcome.output)")
        #expect(records.types == ["begin", "outage", "end"], "\(outcome.output)")
        #expect(records.outages.first?.reason == "unreadable")
        #expect(records.ends.first?.outages == 1)
        #expect(outcome.errors.contains("Connection refused"))
    }

    @Test(arguments: ["stall:30", "refuse:30"]) func aStopEndsEveryWait(step: String) throws {
        let place = try Workspace()
        try LiveSource.prepare(place)
        let port = try LiveSource.freePort()
        let outcome = try shell(
            """
            ./serve \(port) \(step) >ready & server=$!
            until [ -s ready ]; do sleep 0.05; done
            env --default-signal=INT deepvid infer tcp://127.0.0.1:\(port) --live --timeout 60 >records & pid=$!
            sleep 2; kill -s INT $pid; sent=$(date +%s%N); wait $pid; status=$?
            echo $(( ($(date +%s%N) - sent) / 1000000 )) >waited
            kill -9 $server; cat records; cat waited >&2; exit $status
            """, in: place)
        #expect(outcome.status == 130)
        let records = try Records(outcome)
        #expect(records.types.isEmpty || records.ends.first?.reason == .interrupted)
        let waited = outcome.errors.split(separator: "\n").last.flatMap { Int($0) }
        #expect(waited.map { $0 < 2000 } == true, "\(outcome.errors)")
    }

    @Test func inputsRunAtOnceAndFailAlone() throws {
        let port = try LiveSource.freePort()
        let outcome = try shell(
            "deepvid infer street.mp4 moving.mp4 tcp://127.0.0.1:\(port) --live --duration 1.5 --reconnect never --threads 2")
        #expect(outcome.status == 1, "one of three cannot be used")
        let records = try Records(outcome)
        #expect(Set(records.begins.map(\.source)).count == 3)
        #expect(records.ends.count == 3)
        #expect(records.ends.filter { $0.reason == .finished }.count == 2)
        for end in records.ends { #expect(records.frames.filter { $0.source == end.source }.count == end.frames) }
        // One after the other would give one change of the source.
        let sources = records.frames.map(\.source)
        #expect(zip(sources, sources.dropFirst()).filter { $0 != $1 }.count > 2)
    }

    @Test func aFileIsPlayedAtItsOwnRate() throws {
        let outcome = try shell("deepvid infer street.mp4 --live --duration 2")
        let records = try Records(outcome)
        let end = try #require(records.ends.first)
        #expect(outcome.status == 0)
        #expect(end.decoded == 30)
        #expect(end.frames + end.dropped == 30)
        #expect(end.wallS > 1.7)
        #expect(end.wallS < 20)
        #expect(records.frames.reduce(0) { $0 + ($1.dropped ?? 0) } <= end.dropped)
    }

    @Test func outputInSegments() throws {
        let place = try Workspace()
        let outcome = try expectSuccess("deepvid infer street.mp4 --live --duration 3 -o night.jsonl --segment 1s && ls night*", in: place)
        #expect(outcome.lines.count >= 3, "\(outcome.output)")
        #expect(outcome.lines.allSatisfy { $0.hasSuffix("Z.jsonl") }, "\(outcome.output)")
        var frames = 0
        for name in outcome.lines {
            let records = try Records(try shell("cat \(name)", in: place))
            #expect(records.types.first == "begin")
            frames += records.frames.count
        }
        #expect(frames > 0)
    }

    @Test(arguments: ["stall:60", "refuse:60"]) func aSegmentIsCompletedInSilence(step: String) throws {
        let place = try Workspace()
        try LiveSource.prepare(place)
        let port = try LiveSource.freePort()
        let outcome = try shell(
            """
            ./serve \(port) send:a.ts:1.5 \(step) >ready & server=$!
            until [ -s ready ]; do sleep 0.05; done
            deepvid infer tcp://127.0.0.1:\(port) --live --timeout 60 -o night.jsonl --segment 1s --quiet & pid=$!
            until ls night-*.jsonl >/dev/null 2>&1; do sleep 0.05; done
            # Between two segments there is none for a moment, too.
            quiet=0
            for i in $(seq 600); do
                quiet=$((quiet + 1)); ! ls night-*.part >/dev/null 2>&1 || quiet=0
                [ $quiet -lt 40 ] || break; sleep 0.05
            done
            ls night-*; kill -0 $pid && echo alive >&2; kill $pid; wait $pid; status=$?
            kill -9 $server; exit $status
            """, in: place)
        #expect(outcome.status == 143, "\(outcome.errors)")
        #expect(outcome.errors.contains("alive"), "\(outcome.errors)")
        #expect(!outcome.lines.isEmpty, "\(outcome.output)")
        #expect(outcome.lines.allSatisfy { $0.hasSuffix("Z.jsonl") }, "\(outcome.output)")
    }

    @Test func flagsThatMakeNoSense() throws {
        try expectRefusal("deepvid infer street.mp4 --reconnect never", "--live")
        try expectRefusal("deepvid infer street.mp4 --live --reconnect sometimes", "reconnect")
        try expectRefusal("deepvid infer rtsp://127.0.0.1:1/a --start 5", "--start")
        try expectRefusal("deepvid infer street.mp4 --segment 10m", "--output")
        try expectRefusal("deepvid infer street.mp4 --timeout 0", "--timeout")
    }
}

/// The protocols, as FFmpeg speaks them.
@Suite(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) struct ProtocolTests {
    @Test(arguments: ["http", "rtmp", "udp", "hls"]) func isRead(name: String) throws {
        let place = try Workspace()
        let port = try LiveSource.freePort()
        let play = "exec ffmpeg -nostdin -loglevel error -re -stream_loop -1 -i loop.ts -c copy"
        let (serve, url) =
            switch name {
            case "http": ("\(play) -f mpegts -listen 1 http://127.0.0.1:\(port)/", "http://127.0.0.1:\(port)/")
            case "rtmp": ("\(play) -f flv -listen 1 rtmp://127.0.0.1:\(port)/live/a", "rtmp://127.0.0.1:\(port)/live/a")
            case "udp": ("\(play) -f mpegts udp://127.0.0.1:\(port)?pkt_size=1316", "udp://127.0.0.1:\(port)")
            default:
                (
                    "python3 -m http.server --bind 127.0.0.1 \(port) >/dev/null 2>&1 & echo $! >other; "
                        + "\(play) -f hls -hls_time 1 -hls_flags delete_segments live.m3u8",
                    "http://127.0.0.1:\(port)/live.m3u8"
                )
            }
        let outcome = try expectSuccess(
            """
            ffmpeg -nostdin -loglevel error -i street.mp4 -t 3 -c:v \(name == "rtmp" ? "flv" : "mpeg2video") -q:v 4 -g 5 -bf 0 \
                -f \(name == "rtmp" ? "flv" : "mpegts") loop.ts || exit 9
            { \(serve); } & server=$!
            deepvid infer '\(url)' --live --reconnect 20s --timeout 10 --max-frames 20; status=$?
            kill -9 $server $(cat other 2>/dev/null) 2>/dev/null; exit $status
            """, in: place)
        let records = try Records(outcome)
        #expect(records.frames.count == 20)
        #expect(records.ends.first?.reason == .finished)
        // Looking for sound that never comes took RTMP's first five seconds, 75 frames.
        if name == "rtmp" { #expect(try records.frames[at: 0].frame < 50) }
    }

    /// A camera that is asked again and again with a wrong password locks the account.
    @Test func aRefusedPasswordIsNotTriedAgain() throws {
        let port = try LiveSource.freePort(), place = try Workspace()
        try place.write(
            """
            import socket
            listener = socket.socket()
            listener.bind(("127.0.0.1", \(port)))
            listener.listen()
            open("ready", "w").write("x")
            while True:
                peer, _ = listener.accept()
                while peer.recv(4096): peer.send(b"RTSP/1.0 401 Unauthorized\\r\\nCSeq: 1\\r\\n\\r\\n")
            """, to: "camera.py")
        let outcome = try shell(
            """
            python3 camera.py & server=$!; until [ -s ready ]; do sleep 0.05; done
            deepvid infer rtsp://u:p@127.0.0.1:\(port)/1; status=$?; kill -9 $server; exit $status
            """, in: place)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(try Records(outcome).ends.first?.error?.code == "unauthorized", "\(outcome.output)")
        #expect(outcome.errors.contains("refuses this user or password"), "\(outcome.errors)")
    }

    /// A file from a web server comes as fast as it can.
    @Test func aFileOverHTTPIsPlayedAtItsRate() throws {
        let port = try LiveSource.freePort(), place = try Workspace()
        try LiveSource.prepare(place)
        let outcome = try shell(
            """
            python3 -m http.server \(port) --bind 127.0.0.1 >/dev/null 2>&1 & server=$!
            until python3 -c 'import socket; socket.create_connection(("127.0.0.1", \(port)))' 2>/dev/null; do sleep 0.1; done
            deepvid infer http://127.0.0.1:\(port)/a.ts --live --reconnect never --fps 5; status=$?; kill -9 $server; exit $status
            """, in: place)
        let frames = try Records(outcome).frames, format = ISO8601DateFormatter()
        format.formatOptions.insert(.withFractionalSeconds)
        let times = frames.compactMap { $0.time.flatMap(format.date) }
        let (first, last) = (try #require(times.first), try #require(times.last))
        #expect(last.timeIntervalSince(first) > 0.9 * ((frames.last?.ptsS ?? 0) - (frames.first?.ptsS ?? 0)), "\(outcome.output)")
        #expect((frames.last?.ptsS ?? 0) - (frames.first?.ptsS ?? 0) > 0.8, "\(outcome.output)")
    }

    /// FFmpeg would listen at every address of the machine.
    @Test func whatIsForTheLoopbackListensThereOnly() throws {
        let port = try LiveSource.freePort(), hexadecimal = String(port, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        let outcome = try shell(
            """
            deepvid infer udp://127.0.0.1:\(port) --duration 3 >/dev/null & run=$!
            for i in $(seq 200); do grep -q ':\(padded) ' /proc/net/udp && break; sleep 0.05; done
            grep -o '[0-9A-F]*:\(padded) ' /proc/net/udp; kill $run; wait $run
            """)
        #expect(outcome.output.hasPrefix("0100007F:\(padded)"), "\(outcome.output)\(outcome.errors)")
    }
}
