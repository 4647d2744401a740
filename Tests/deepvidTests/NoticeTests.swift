import Foundation
import Results
import TestSupport
import Testing

/// `--on-event` and `--mqtt`, end to end, against a real server and a real broker.
@Suite struct NoticeTests {
    private static let zones = """
        {"unit": "fraction", "zones": [{"name": "road", "points": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}],
         "lines": [{"name": "middle", "points": [[0.5, 0], [0.5, 1]], "anchor": "center"}]}
        """

    private func notices(_ text: String) throws -> [NoticeRecord] { try text.split(separator: "\n").map { try strict(String($0)) } }

    @Test func commandsAreToldOfEveryEvent() throws {
        let place = try Workspace()
        try place.write(Self.zones, to: "zones.json")
        let outcome = try expectSuccess(
            "deepvid infer street.mp4 --cache off --zones zones.json --events --on-event 'cat >>told; echo \"$DEEPVID_EVENT $DEEPVID_TRACK\" >>env'",
            in: place)
        let records = try Records(outcome), told = try notices(try String(contentsOfFile: place.path("told"), encoding: .utf8))
        let expected = records.events.flatMap { event in
            let parts = (event.zoneEvents ?? []).map(\.kind.rawValue)
            return (event.kind == .update && !parts.isEmpty ? parts : [event.kind.rawValue] + parts).map { "\($0) \(event.trackID)" }
        }
        #expect(told.map { "\($0.event) \($0.trackID ?? 0)" } == expected)
        #expect(try String(contentsOfFile: place.path("env"), encoding: .utf8).split(separator: "\n").map(String.init) == expected)
        #expect(told.contains { $0.event == "enter" && $0.zone == "road" })
        #expect(told.contains { $0.event == "cross" && $0.line == "middle" && $0.direction != nil })
        #expect(told.allSatisfy { $0.camera == "street" && $0.source == "street.mp4" })
    }

    /// The recording is of eight o'clock in the evening.
    @Test(arguments: [("20:00", "06:00", true), ("22:00", "06:00", false)]) func onlyAtNight(from: String, to: String, isTold: Bool) throws
    {
        let place = try Workspace()
        let outcome = try expectSuccess(
            "cp street.mp4 gate_20261121_200000.mp4; deepvid infer gate_20261121_200000.mp4 --fps 5 --time-zone UTC --events "
                + "--notify-from \(from) --notify-to \(to) --on-event 'cat >>told'", in: place)
        #expect(try !Records(outcome).events.isEmpty)
        #expect(FileManager.default.fileExists(atPath: place.path("told")) == isTold)
    }

    @Test func alarmsThatNeverRing() throws {
        let place = try Workspace()
        try place.write(Self.zones, to: "zones.json")
        let without = try expectSuccess(
            "deepvid infer street.mp4 --max-frames 1 --on-event true --notify enter,dwell,cross,start", in: place)
        for words in [
            "--notify enter: without zones nobody enters; give --zones, or notify of start", "--notify dwell: without zones",
            "--notify cross: without lines nobody crosses; give --zones, with lines",
        ] {
            #expect(without.errors.contains(words), "\(without.errors)")
        }
        let with = try expectSuccess(
            "deepvid infer street.mp4 --max-frames 1 --zones zones.json --on-event true --notify enter,dwell,cross,start", in: place)
        #expect(with.errors.contains("--notify dwell: no zone says after how long; write dwell_s into the --zones file"), "\(with.errors)")
        #expect(!with.errors.contains("--notify enter") && !with.errors.contains("--notify cross"), "\(with.errors)")
        try expectRefusal("deepvid infer street.mp4 --notify-from 22:00", "--notify-from", "--on-event or --mqtt")
        try expectRefusal("deepvid infer street.mp4 --on-event true --notify-to 2026-11-21", "--notify-to", "no date")
        try expectRefusal("deepvid infer street.mp4 --on-event true --notify-from 10pm", "did you mean 22:00?")
    }

    /// Standard output has records only, and a command that fails is said once.
    @Test func commandsThatFailAndPrint() throws {
        let outcome = try shell("deepvid infer street.mp4 --fps 5 --on-event 'echo printed; exit 3'")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Records(outcome).frames.count == 30)
        #expect(outcome.errors.contains("printed\n"))
        #expect(outcome.errors.split(separator: "\n").count { $0.contains("ended with status 3") } == 1, "\(outcome.errors)")
    }

    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func aServerThatFailsTwice() throws {
        let place = try Workspace(), port = try LiveSource.freePort()
        try place.write(
            """
            import http.server, sys
            class Server(http.server.BaseHTTPRequestHandler):
                count = 0
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    Server.count += 1
                    self.send_response(503 if Server.count <= 2 else 204)
                    self.end_headers()
                    if Server.count > 2:
                        with open("told", "ab") as file: file.write(body + b"\\n")
                    with open("asked", "ab") as file: file.write((self.path + " " + self.headers["Content-Type"] + "\\n").encode())
                def log_message(self, *arguments): pass
            server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Server)
            open("ready", "w").write("x")
            server.serve_forever()
            """, to: "server.py")
        let outcome = try shell(
            """
            python3 server.py \(port) & server=$!
            until [ -s ready ]; do sleep 0.05; done
            deepvid infer street.mp4 --events --on-event 'http://home:secret@127.0.0.1:\(port)/hook/token'; status=$?
            kill -9 $server; exit $status
            """, in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.errors.contains("warning"), "\(outcome.errors)")
        let told = try notices(try String(contentsOfFile: place.path("told"), encoding: .utf8))
        #expect(told.map(\.trackID) == (try Records(outcome)).events.map(\.trackID))
        let asked = try String(contentsOfFile: place.path("asked"), encoding: .utf8).split(separator: "\n")
        #expect(asked.count == told.count + 2)
        #expect(asked.allSatisfy { $0 == "/hook/token application/json" })
    }

    /// Of a camera that never came, too.
    @Test func aCameraThatIsGone() throws {
        let place = try Workspace(), port = try LiveSource.freePort()
        let tell = "--on-event 'cat >>told; echo \"$DEEPVID_TEXT\" >>texts'"
        let url = "tcp://127.0.0.1:\(port)"
        let outcome = try shell("deepvid infer \(url) --live --reconnect 0.8s --camera gate \(tell) --notify start,offline", in: place)
        #expect(outcome.status == 2, "\(outcome.errors)")
        let told = try notices(try String(contentsOfFile: place.path("told"), encoding: .utf8))
        #expect(told.map(\.event) == ["offline"])
        #expect(told.first?.message?.contains("Connection refused") == true)
        #expect(try String(contentsOfFile: place.path("texts"), encoding: .utf8).hasPrefix("no picture from gate since "))
        _ = try shell("deepvid infer \(url) --live --reconnect 0.8s --on-event 'echo >>more' --notify start", in: place)
        #expect(!FileManager.default.fileExists(atPath: place.path("more")))
    }

    @Test func refusals() throws {
        try expectRefusal("deepvid infer street.mp4 --on-event true --notify begin", "start, update, end")
        try expectRefusal("deepvid infer street.mp4 --notify start", "--notify goes with --on-event")
        try expectRefusal("deepvid infer street.mp4 --mqtt broker.local", "mqtt://USER:PASSWORD@HOST")
        try expectRefusal("deepvid infer street.mp4 --on-event https://", "names no host")
        try expectRefusal("deepvid infer street.mp4 --on-event ' '", "--on-event")
        try expectRefusal("deepvid infer street.mp4 --model detector.onnx --head classification --on-event true", "classification")
    }

    // MARK: MQTT

    private static let broker = ["/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    private static let hasBroker = broker != nil && (try? shell("command -v mosquitto_sub").status) == 0

    /// Runs a command beside a broker on `$port`; what it published is in `heard`, a topic and its payload a line, and what it left in `left`.
    /// Both end by SIGKILL: the threads that tests run on block other signals, and what they start may inherit that.
    ///
    /// - Parameter file: the broker starts only when something stands in there.
    private func besideBroker(_ command: String, in place: Workspace, brokerAfter file: String? = nil) throws -> Outcome {
        let port = try LiveSource.freePort()
        try place.write("listener \(port) 127.0.0.1\nallow_anonymous true\n", to: "broker.conf")
        return try shell(
            """
            port=\(port)
            (\(file.map { "until [ -s \($0) ]; do sleep 0.05; done;" } ?? "") exec \(Self.broker!) -c broker.conf) 2>broker.log & broker=$!
            (until mosquitto_pub -p $port -t ready -m 1 -r 2>/dev/null; do sleep 0.05; done
                exec mosquitto_sub -p $port -t '#' -v -q 1 >heard) & listener=$!
            \(file == nil ? "until [ -s heard ]; do sleep 0.05; done" : "")
            \(command); status=$?
            sleep 0.3
            mosquitto_sub -p $port -t '#' -v --retained-only -W 1 >left
            kill -9 $broker $listener; exit $status
            """, in: place)
    }

    private func lines(_ name: String, _ place: Workspace) throws -> [String] {
        try String(contentsOfFile: place.path(name), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test(.enabled(if: hasBroker, "mosquitto or mosquitto-clients is not installed")) func brokersHearOfEverything() throws {
        let place = try Workspace()
        try place.write(Self.zones, to: "zones.json")
        let outcome = try besideBroker(
            "deepvid infer street.mp4 --cache off --zones zones.json --events --classes person,car --mqtt mqtt://127.0.0.1:$port/house",
            in: place)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!outcome.errors.contains("warning"), "\(outcome.errors)")
        let heard = try lines("heard", place), left = try lines("left", place), records = try Records(outcome)
        let events = heard.filter { $0.hasPrefix("house/street/events ") }.map { String($0.dropFirst(20)) }
        let told = try notices(events.joined(separator: "\n"))
        #expect(told.filter { $0.event == "start" }.map(\.trackID) == records.events.filter { $0.kind == .start }.map(\.trackID))
        #expect(told.contains { $0.event == "enter" })
        #expect(heard.contains("house/status online"))
        #expect(heard.contains("house/street/status online"))
        // At the end nobody is there, which stays.
        for state in [
            "house/status offline", "house/street/status offline", "house/street/car 0", "house/street/person 0",
            "house/street/zone/road 0",
        ] { #expect(left.contains(state), "\(state): \(left)") }
        let configured = left.filter { $0.hasPrefix("homeassistant/") }
        #expect(configured.count == 6, "\(configured)")
        #expect(!left.contains { $0.hasPrefix("house/street/events") })
    }

    @Test(.enabled(if: hasBroker, "mosquitto or mosquitto-clients is not installed")) func brokersThatComeLaterAndProgramsThatDie() throws {
        let place = try Workspace()
        let outcome = try besideBroker(
            """
            deepvid infer street.mp4 --live --duration 60 --mqtt mqtt://127.0.0.1:$port >/dev/null 2>errors & program=$!
            until grep -q '^deepvid/street/car [1-9]' heard; do sleep 0.05; done
            kill -9 $program
            until grep -q '^deepvid/status offline' heard; do sleep 0.05; done
            """, in: place, brokerAfter: "errors")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try lines("errors", place).first?.contains("trying again") == true)
        #expect(try lines("heard", place).contains("deepvid/status online"))
        #expect(try lines("left", place).contains("deepvid/status offline"))
    }
}
