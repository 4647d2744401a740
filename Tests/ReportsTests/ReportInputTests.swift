import Clocks
import TestSupport
import Testing

@testable import Reports

@Suite struct ReportInputTests {
    private func street(_ frames: Int, every: Int = 1) -> [String] {
        stride(from: 0, to: frames, by: every).map { frameLine($0, at: Double($0) / 10, [Seen()], reused: 0.5, total: 4) }
    }

    @Test func figuresOfAFinishedRun() throws {
        let more = #","timing_ms":{"decode":1,"infer":2,"total":3},"cache":{"policy":"adaptive","reused":0.8,"agreement":0.99,"audits":4}"#
        let input = try reportInput([beginLine()] + street(20) + [endLine(frames: 20, more: more)])
        #expect(input.state.name == "finished")
        #expect(input.framesSeen == 20)
        #expect(input.span?.first == 0)
        #expect(input.span?.last == 1.9)
        // Twenty frames of a tenth of a second each, in a run of one second.
        #expect(abs((input.videoSeconds ?? 0) - 2) < 1e-9)
        #expect(abs((input.speed ?? 0) - 2) < 1e-9)
        #expect(input.reused == 0.8)
        #expect(input.agreement == 0.99)
        #expect(input.milliseconds == 3)
    }

    @Test func figuresWithoutAnEnd() throws {
        let input = try reportInput([beginLine()] + street(20))
        #expect(input.state.name == "no end")
        #expect(input.incompleteReason?.contains("have no end") == true)
        #expect(input.reused == 0.5)
        #expect(input.milliseconds == 4)
        #expect(input.speed == nil)
    }

    @Test func failedAndInterruptedRuns() throws {
        let failed = try reportInput([beginLine(), frameLine(0), endLine(reason: "failed", frames: 1)])
        let interrupted = try reportInput([beginLine(), frameLine(0), endLine(reason: "interrupted", frames: 1)])
        #expect(failed.state.name == "failed")
        #expect(interrupted.state.name == "interrupted")
    }

    @Test func clipsWithoutTimesGoByTheFrameRate() throws {
        let input = try reportInput([beginLine(fps: 4)] + (0..<5).map { frameLine($0, [Seen(track: 1)]) })
        #expect(input.span?.last == 1)
        #expect(input.objects.list.map(\.last) == [1])
    }

    @Test func classesAndTracks() throws {
        let input = try reportInput([
            beginLine(), frameLine(0, at: 0, [Seen(track: 1), Seen(score: 0.9, track: 2)]),
            frameLine(1, at: 0.1, [Seen(track: 1), Seen(label: "dog", classID: 9, score: 0.3)]), frameLine(2, at: 0.2),
        ])
        #expect(input.classes.classes.map(\.label).sorted() == ["car", "dog"])
        #expect(input.seen.map(\.frames) == [2, 1])
        #expect(input.seen.map(\.most) == [2, 1])
        #expect(input.seen.map(\.tracks) == [2, 0])
        #expect(input.objects.list.map(\.trackID) == [1, 2])
        #expect(input.objects.list.map(\.last) == [0.1, 0])
        #expect(input.isTracked)
    }

    @Test func classesAreBounded() throws {
        let input = try reportInput(
            (0..<30).map { frame in
                frameLine(frame, at: Double(frame), (0..<10).map { Seen(label: "class \(10 * frame + $0)", classID: 10 * frame + $0) })
            })
        #expect(input.classes.classes.count == 200)
        #expect(input.problems.contains { $0.contains("more classes") })
    }

    /// Records of changes stand for the frames up to the next one.
    @Test func changesHoldUntilTheNext() throws {
        let options = #","records":"changes""#
        let input = try reportInput([
            beginLine(options: options), frameLine(0, at: 0), frameLine(10, at: 1, [Seen()]), frameLine(40, at: 4),
            endLine(frames: 50),
        ])
        #expect(input.hasChangesOnly)
        #expect(input.frames == 50)
        #expect(input.classes.classes.map(\.frames) == [30])
        #expect(input.bins.bins.reduce(0) { $0 + $1.frames } == 50)
        #expect(input.framesSeen == 50)
    }

    @Test func changesOfEveryThirdFrame() throws {
        let options = #","every":3,"records":"changes""#
        let input = try reportInput([
            beginLine(options: options), frameLine(0, at: 0, [Seen()]), frameLine(30, at: 3), endLine(frames: 11, decoded: 31),
        ])
        #expect(input.classes.classes.map(\.frames) == [10])
        #expect(input.frames == 11)
    }

    @Test func events() throws {
        let input = try reportInput([
            beginLine(options: #","records":"events""#), eventLine("start", 1, from: 1, to: nil), eventLine("end", 1, from: 1, to: 3),
            eventLine("start", 2, from: 2, to: nil), eventLine("end", 2, from: 2, to: 6), endLine(frames: 80),
        ])
        #expect(input.hasEventsOnly)
        #expect(input.framesSeen == 80)
        #expect(input.objects.list.map(\.first) == [1, 2])
        #expect(input.objects.list.map(\.last) == [3, 6])
    }

    @Test func gapsAreClosed() throws {
        func outage(_ state: String, _ more: String = "") -> String {
            #"{"type":"outage","source":"street.mp4","state":"\#(state)","time":"12:00","reason":"timed_out","message":"m"\#(more)}"#
        }
        let input = try reportInput([
            beginLine(), frameLine(0, at: 0), outage("open"), outage("closed", #","duration_s":3.5,"attempts":2"#), frameLine(1, at: 4),
            endLine(frames: 2),
        ])
        #expect(input.outageCount == 1)
        #expect(input.outages.map(\.durationS) == [3.5])
        #expect(input.problems == ["no picture for 3.5 s: nothing was received"])
    }

    /// In words, by the clock.
    @Test func outagesHaveATimeOfDay() throws {
        func outage(_ state: String, _ time: String, _ more: String = "") -> String {
            #"{"type":"outage","source":"street.mp4","state":"\#(state)","time":"2026-11-28T\#(time)Z","pts_s":0,"reason":"timed_out","message":"m"\#(more)}"#
        }
        func frame(_ number: Int, _ time: String) -> String { frameLine(number, at: 0, more: ",\"time\":\"2026-11-28T\(time)Z\"") }
        let input = try reportInput([
            beginLine(), frame(0, "19:59:43.000"), outage("open", "19:59:47.000"),
            outage("closed", "20:00:01.600", #","duration_s":18.6,"attempts":2"#), frame(1, "20:00:01.600"), outage("open", "20:00:09.000"),
        ])
        #expect(
            input.problems.suffix(2) == [
                "no picture from 19:59:43 to 20:00:02 (18.6 s): nothing was received", "no picture from 20:00:02 on: nothing was received",
            ])
    }

    @Test func severalInputsOfAFile() throws {
        let tagged = { (line: String, source: String) in
            line.replacing("{\"type\":\"frame\",", with: "{\"type\":\"frame\",\"source\":\"\(source)\",")
        }
        let all = try reportInputs([
            beginLine("a.mp4"), tagged(frameLine(0), "a.mp4"), endLine("a.mp4", frames: 1), beginLine("b.mp4"),
            tagged(frameLine(0), "b.mp4"),
            tagged(frameLine(1), "b.mp4"), endLine("b.mp4", frames: 2),
        ])
        #expect(all.map(\.source) == ["a.mp4", "b.mp4"])
        #expect(all.map(\.frames) == [1, 2])
    }

    @Test func comparisonsJoinTheirInput() throws {
        let comparison =
            #"{"type":"comparison","schema":2,"deepvid":"1","source":"folder/street.mp4","reason":"finished","model":{"name":"m","sha256":"","head":"h","input":{"width":1,"height":1}},"options":{"threads":1,"cache":"adaptive"},"frames":3,"unchanged":0,"full_recomputes":[],"agreement_frames":1,"agreement":0.9,"classes":[],"worst":[]}"#
        let joined = try reportInputs([comparison, beginLine(), frameLine(0), endLine(frames: 1)])
        #expect(joined.count == 1)
        #expect(joined.first?.agreement == 0.9)
        let alone = try reportInputs([comparison])
        #expect(alone.map(\.source) == ["folder/street.mp4"])
        #expect(alone.map(\.framesSeen) == [3])
    }

    /// The clock of a zone, also across the night in which it is set back.
    @Test func timesOfDayAreThoseOfTheZone() throws {
        let zone = try #require(Zone.named("Europe/Berlin"))
        var input = ReportInput(file: "a", begin: nil, zone: zone)
        for record in try frameRecords([
            frameLine(0, at: 0, more: #","time":"2026-10-24T22:00:00.000Z""#),
            frameLine(1, at: 36000, more: #","time":"2026-10-25T08:00:00.000Z""#),
        ]) { input.add(record) }
        let (first, last) = (try #require(input.wall(0)), try #require(input.wall(36000)))
        #expect(Format.timeOfDay(first, .utc, hasDate: true) == "2026-10-25 00:00:00")
        #expect(Format.timeOfDay(last, .utc, hasDate: true) == "2026-10-25 09:00:00")
    }

    @Test(arguments: [
        ("gate_20261121_175958.mp4", "gate"), ("yard/20261121_175958.mp4", "yard"), ("street.mp4", nil), ("rtsp://gate/1", nil),
    ])
    func camerasAreNamedByTheRecorder(source: String, camera: String?) throws {
        #expect(try reportInput([beginLine(source), frameLine(0)]).camera == camera)
    }
}
