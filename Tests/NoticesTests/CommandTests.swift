import Clocks
import Foundation
import TestSupport
import Testing

@testable import DeepVid
@testable import Notices
@testable import Results

@Suite struct CommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func text(_ name: String) throws -> String { try String(contentsOf: folder.url.appending(path: name), encoding: .utf8) }

    @Test func theCommandGetsTheRecordAndItsFields() throws {
        var notice = makeNotice(12)
        (notice.zone, notice.label) = ("the \"door\"", "traffic light")
        notice.snapshot = SnapshotFiles(crop: "a-crop.jpg", frame: "a.jpg")
        let command = CommandTeller("cat >'\(folder.path)/in'; env | grep ^DEEPVID_ | sort >'\(folder.path)/env'", snapshots: "/seen")
        try command.tell(notice)
        #expect(try text("in") == notice.json + "\n")
        let lines = try text("env").split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "DEEPVID_CAMERA=gate", "DEEPVID_CLASS=traffic light", "DEEPVID_CROP=/seen/a-crop.jpg", "DEEPVID_EVENT=start",
                "DEEPVID_PTS=0.5", "DEEPVID_SCORE=0.75", "DEEPVID_SNAPSHOT=/seen/a.jpg", "DEEPVID_SOURCE=gate.mp4",
                "DEEPVID_TEXT=car at gate, 2026-11-21 08:15:00", "DEEPVID_TIME=2026-11-21T08:15:00.250Z", "DEEPVID_TRACK=12",
                "DEEPVID_ZONE=the \"door\"",
            ])
    }

    /// By the time at which something happens, also over midnight; what has no time is told of.
    @Test func onlyAtCertainTimesOfDay() throws {
        func isDue(_ time: String?, _ from: String?, _ to: String?) throws -> Bool {
            var event = makeEvent()
            event.time = time
            let zone = Zone(offset: 3600)
            return Notices.isDue(event, try TimeWindow(from: from.flatMap { ClockTime($0) }, to: to.flatMap { ClockTime($0) }, zone: zone))
        }
        #expect(try isDue("2026-11-21T21:00:00.000Z", "22:00", "06:00"))
        #expect(try !isDue("2026-11-21T20:59:59.000Z", "22:00", "06:00"))
        #expect(try isDue("2026-11-21T04:59:59.000Z", "22:00", "06:00"))
        #expect(try !isDue("2026-11-21T05:00:00.000Z", "22:00", "06:00"))
        #expect(try !isDue("2026-11-21T12:00:00.000Z", "22:00", nil))
        #expect(try isDue("2026-11-21T12:00:00.000Z", nil, nil))
        #expect(try isDue(nil, "22:00", "06:00"))
    }

    /// Whatever a name has in it is text to the shell.
    @Test func namesAreNoCommands() throws {
        var notice = makeNotice()
        notice.label = "$(touch '\(folder.path)/bad')`touch '\(folder.path)/bad'`"
        try CommandTeller("echo \"$DEEPVID_CLASS\" >'\(folder.path)/out'", snapshots: nil).tell(notice)
        #expect(try text("out") == notice.label! + "\n")
        #expect(try Files.names(in: folder) == ["out"])
    }

    @Test func commandsThatDoNotRead() throws {
        for command in ["true", "exec <&-", ":"] { try CommandTeller(command, snapshots: nil).tell(makeNotice()) }
    }

    @Test(arguments: [("exit 3", "status 3"), ("kill -9 $$", "status 137"), ("no-such-command 2>/dev/null", "status 127")])
    func failuresAreNotTriedAgain(command: String, words: String) {
        do throws(NoticeError) {
            try CommandTeller(command, snapshots: nil).tell(makeNotice())
            Issue.record("'\(command)' fails")
        } catch {
            #expect(error.code == .refused)
            #expect(error.message.contains(words))
        }
    }

    @Test func whatTakesTooLongIsKilledWithAllThatItStarted() throws {
        let command = CommandTeller("sleep 300 & echo $! >'\(folder.path)/child'; wait", snapshots: nil, timeout: 0.5)
        #expect(throws: NoticeError.self) { try command.tell(makeNotice()) }
        let child = try #require(pid_t(try text("child").trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(eventually { kill(child, 0) != 0 || isZombie(child) })
    }

    /// What ended and was not waited for, as where the first process of a container waits for nobody.
    private func isZombie(_ process: pid_t) -> Bool {
        (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") Z ") == true
    }
}

@Suite struct WebhookTests {
    @Test(arguments: ["http://", "https://?x", "http://user:secret@"])
    func whatIsNoAddress(url: String) { #expect(throws: NoticeError.self) { try WebhookTeller(url) } }

    @Test func secretsAreNotSaid() throws {
        #expect(try WebhookTeller("https://user:secret@hooks.example/services/T0/B0/token?key=1").name == "https://hooks.example/…")
        #expect(try WebhookTeller("HTTP://10.0.0.1:8123").name == "HTTP://10.0.0.1:8123/…")
    }

    @Test func nobodyThere() throws {
        let webhook = try WebhookTeller("http://127.0.0.1:1/hook")
        do throws(NoticeError) {
            try webhook.tell(makeNotice())
            Issue.record("nobody listens on port 1")
        } catch {
            #expect(error.code == .again)
            #expect(error.message.contains("cannot be reached"))
        }
    }
}
