import Foundation
import TestSupport
import Testing
import Video

private let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/python3")
}

@Suite(.enabled(if: hasPython, "python3 is not installed")) struct ViewTests {
    private struct Answer: Decodable {
        let status: Int
        let headers: [String: String]
        let length: Int
        /// The first bytes, as Latin-1.
        let body: String
    }

    /// Views `results` and asks for each of `requests`, as Python has them: `("GET", "/", {})`. An entry without a method is a command of
    /// the shell that is run before the next request.
    private func ask(_ results: String, _ requests: [String], arguments: String = "", in place: Workspace) throws -> [Answer] {
        try place.write(
            """
            import http.client, json, subprocess, sys
            for request in [\(requests.joined(separator: ",\n"))]:
                if isinstance(request, str):
                    subprocess.run(request, shell=True, check=True)
                    continue
                method, path, headers = request
                connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
                connection.putrequest(method, path, skip_host="Host" in headers)
                for name, value in headers.items():
                    if value is not None: connection.putheader(name, value)
                connection.endheaders()
                answer = connection.getresponse()
                body = answer.read()
                print(json.dumps({"status": answer.status, "headers": {k.lower(): v for k, v in answer.getheaders()}, "length": len(body),
                    "body": body[:400000].decode("latin-1")}))
            """, to: "ask.py")
        let outcome = try shell(
            """
            deepvid view \(results) \(arguments) >address 2>view-errors & view=$!
            for i in $(seq 300); do [ -s address ] && break; sleep 0.1; done
            python3 ask.py "$(sed 's|.*:||; s|/||' address)"; asked=$?
            kill -TERM $view; wait $view; ended=$?
            cat view-errors >&2; [ $asked = 0 ] && exit $ended
            """, in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try outcome.lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }

    private func prepare(_ command: String = "deepvid infer street.mp4 --threads 1 --track -o out/seen.jsonl") throws -> Workspace {
        let place = try Workspace()
        try expectSuccess("mkdir out && \(command)", in: place)
        return place
    }

    @Test func thePageItsPicturesAndClips() throws {
        let place = try prepare()
        let answers = try ask(
            "out",
            [
                #"("GET", "/", {})"#, #"("GET", "/1/picture/0", {})"#, #"("GET", "/1/clip/0", {})"#,
                #"("GET", "/1/clip/0", {"Range": "bytes=100-299"})"#, #"("GET", "/1/clip/0", {"Range": "bytes=-7"})"#,
                #"("GET", "/1/clip/0", {"Range": "bytes=99999999-"})"#, #"("GET", "/1/clip/0", {"Range": "bytes=9223372036854775807-"})"#,
                #"("HEAD", "/1/clip/0", {})"#,
            ], in: place)
        try #require(answers.count == 8)
        let clip = try Data(contentsOf: URL(filePath: place.path("street.mp4")))
        let (page, picture, whole) = try (answers[at: 0], answers[at: 1], answers[at: 2])
        #expect(page.status == 200)
        #expect(page.headers["content-type"] == "text/html; charset=utf-8")
        #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
        #expect(page.headers["access-control-allow-origin"] == nil)
        #expect(page.body.contains("\"base\":\"/1/\""))
        #expect(page.body.contains("person"))
        #expect(picture.headers["content-type"] == "image/jpeg")
        #expect(picture.body.hasPrefix("\u{FF}\u{D8}"))
        #expect(whole.headers["content-type"] == "video/mp4")
        #expect(whole.body.data(using: .isoLatin1) == clip)
        #expect(try answers[at: 3].status == 206)
        #expect(try answers[at: 3].headers["content-range"] == "bytes 100-299/\(clip.count)")
        #expect(try answers[at: 3].body.data(using: .isoLatin1) == clip[100..<300])
        #expect(try answers[at: 4].body.data(using: .isoLatin1) == clip.suffix(7))
        #expect(try answers[at: 5].status == 416)
        #expect(try answers[at: 6].status == 200)
        #expect(try answers[at: 7].length == 0)
        #expect(try answers[at: 7].headers["content-length"] == "\(clip.count)")
    }

    /// Nothing but the page, its pictures and its clips; nothing under another name than this machine's.
    @Test func nothingElse() throws {
        let place = try prepare()
        let paths = [
            "/etc/passwd", "/../out/seen.jsonl", "/1/clip/../../etc/passwd", "/1/clip/%2e%2e%2fseen.jsonl", "/1/clip/1", "/1/picture/9999",
            "/2/clip/0", "/1/clip/-1", "/1/clip/99999999999999999999", "/out/seen.jsonl", "/favicon.ico", "//", "/1/clip/0/0",
        ]
        let hosts = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::1]", "", "127.0.0.1:1:2"]
        let answers = try ask(
            "out/seen.jsonl",
            paths.map { "(\"GET\", \"\($0)\", {})" } + hosts.map { "(\"GET\", \"/\", {\"Host\": \"\($0)\"})" } + [
                #"("GET", "/", {"Host": None})"#, #"("GET", "/", {"Host": "LocalHost:4000"})"#, #"("POST", "/", {"Content-Length": "0"})"#,
            ], in: place)
        try #require(answers.count == paths.count + hosts.count + 3)
        for (path, answer) in zip(paths, answers) { #expect(answer.status == 404, "\(path)") }
        for (host, answer) in zip(hosts + ["none"], answers.dropFirst(paths.count)) { #expect(answer.status == 403, "\(host)") }
        #expect(answers.suffix(2).map(\.status) == [200, 405])
    }

    /// A results file names any file it likes: only what is the video that it tells of is given out.
    @Test func onlyTheVideoOfTheResults() throws {
        let place = try prepare(
            """
            deepvid infer street.mp4 --threads 1 --track --max-frames 3 -o seen.jsonl && echo secret >secret.txt &&
            sed "s|street.mp4|$PWD/secret.txt|" seen.jsonl >out/text.jsonl && sed "s|street.mp4|$PWD/moving.mp4|" seen.jsonl >out/video.jsonl
            """)
        let answers = try ask(
            "out", [#"("GET", "/", {})"#, #"("GET", "/1/clip/0", {})"#, #"("GET", "/1/clip/1", {})"#, #"("GET", "/1/picture/0", {})"#],
            in: place)
        #expect(answers.map(\.status) == [200, 404, 404, 404])
        #expect(answers.allSatisfy { !$0.body.contains("secret\n") })
    }

    @Test func resultsThatChange() throws {
        let place = try prepare("deepvid infer street.mp4 --threads 1 --track --max-frames 3 -o out/street.jsonl")
        let answers = try ask(
            "out",
            [
                #"("GET", "/", {})"#, #""deepvid infer moving.mp4 --threads 1 --max-frames 3 -o out/moving.jsonl""#,
                #"("GET", "/1/clip/0", {})"#,
                #"("GET", "/", {})"#, #"("GET", "/1/clip/0", {})"#, #"("GET", "/2/clip/0", {})"#,
            ], in: place)
        #expect(answers.map(\.status) == [200, 200, 200, 404, 200])
        #expect(try !answers[at: 0].body.contains("moving.mp4"))
        #expect(try answers[at: 2].body.contains("moving.mp4"))
    }

    /// A clip in another container is cut around the event, as it is encoded, into one that browsers play.
    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func momentsOfOtherContainers() throws {
        let place = try prepare(
            "ffmpeg -v error -i street.mp4 -c copy night.avi && deepvid infer night.avi --threads 1 --track -o out/seen.jsonl")
        let answers = try ask(
            "out",
            [
                #"("GET", "/", {})"#, #"("GET", "/1/moment/0", {})"#, #"("GET", "/1/moment/0", {"Range": "bytes=4-7"})"#,
                #"("GET", "/1/moment/99", {})"#,
            ],
            in: place)
        #expect(answers.map(\.status) == [200, 200, 206, 404])
        #expect(try answers[at: 0].body.contains("\"is_repacked\":true"))
        #expect(try answers[at: 1].headers["content-type"] == "video/mp4")
        #expect(try answers[at: 2].body == "ftyp")
        try #require(answers[at: 1].body.data(using: .isoLatin1)).write(to: place.folder.appending(path: "moment.mp4"))
        let reader = try VideoReader(place.path("moment.mp4"))
        var frames = 0
        while try reader.next() != nil { frames += 1 }
        #expect(frames > 60)
        #expect(reader.info.codec == "h264")
    }

    /// What browsers do not play is said so, and named clips are found.
    @Test func otherClips() throws {
        let place = try prepare("deepvid infer mpeg4.avi --threads 1 -o - | sed 's|mpeg4.avi|gone/mpeg4.avi|g' >out/seen.jsonl")
        let answers = try ask("out", [#"("GET", "/", {})"#, #"("GET", "/1/clip/0", {})"#], arguments: "--clip mpeg4.avi", in: place)
        #expect(answers.map(\.status) == [200, 200])
        #expect(try answers[at: 1].headers["content-type"] == "application/octet-stream")
    }

    @Test func refusals() throws {
        let place = try prepare("deepvid infer street.mp4 --threads 1 --max-frames 2 -o out/seen.jsonl; mkdir none; echo x >bad.jsonl")
        try expectRefusal("deepvid view none", "no results", in: place)
        try expectRefusal("deepvid view missing", "missing", in: place)
        try expectRefusal("deepvid view bad.jsonl", "bad.jsonl: line 1", in: place)
        try expectRefusal("deepvid view out --port 0", "--port", in: place)
        try expectRefusal("deepvid view out --port 99999", "--port", in: place)
        try expectRefusal("deepvid view out --clip gone.mp4", "gone.mp4", in: place)
        let taken = try shell(
            """
            python3 -c 'import socket, subprocess, sys
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
            sys.exit(subprocess.run(["deepvid", "view", "out", "--port", str(s.getsockname()[1])]).returncode)'
            """, in: place)
        #expect(taken.status == 2)
        #expect(taken.errors.contains("is in use; name another with --port"), "\(taken.errors)")
        #expect(taken.errors.contains("--port"), "\(taken.errors)")
    }
}
