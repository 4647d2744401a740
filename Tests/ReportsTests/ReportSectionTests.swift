import TestSupport
import Testing

@testable import Reports

@Suite struct ReportSectionTests {
    private func street(_ frames: Int, every: Int = 1) -> [String] {
        stride(from: 0, to: frames, by: every).map { frameLine($0, at: Double($0) / 10, [Seen()], reused: 0.5, total: 4) }
    }

    @Test func figuresOfAFinishedRun() throws {
        let more = #","timing_ms":{"decode":1,"infer":2,"total":3},"cache":{"policy":"adaptive","reused":0.8,"agreement":0.99,"audits":4}"#
        let section = try section([beginLine()] + street(20) + [endLine(frames: 20, more: more)])
        #expect(section.state.name == "finished")
        #expect(section.framesSeen == 20)
        #expect(section.span?.first == 0)
        #expect(section.span?.last == 1.9)
        // Twenty frames of a tenth of a second each, in a run of one second.
        #expect(abs((section.videoSeconds ?? 0) - 2) < 1e-9)
        #expect(abs((section.speed ?? 0) - 2) < 1e-9)
        #expect(section.reused == 0.8)
        #expect(section.agreement == 0.99)
        #expect(section.milliseconds == 3)
    }

    @Test func figuresWithoutAnEnd() throws {
        let section = try section([beginLine()] + street(20))
        #expect(section.state.name == "no end")
        #expect(section.incompleteReason?.contains("have no end") == true)
        #expect(section.reused == 0.5)
        #expect(section.milliseconds == 4)
        #expect(section.speed == nil)
    }

    @Test func failedAndInterruptedRuns() throws {
        let failed = try section([beginLine(), frameLine(0), endLine(reason: "failed", frames: 1)])
        let interrupted = try section([beginLine(), frameLine(0), endLine(reason: "interrupted", frames: 1)])
        #expect(failed.state.name == "failed")
        #expect(interrupted.state.name == "interrupted")
    }

    @Test func clipsWithoutTimesGoByTheFrameRate() throws {
        let section = try section([beginLine(fps: 4)] + (0..<5).map { frameLine($0, [Seen()]) })
        #expect(section.span?.last == 1)
        #expect(section.objects.classes.map(\.last) == [1])
    }

    @Test func classesAndTracks() throws {
        let section = try section([
            beginLine(), frameLine(0, at: 0, [Seen(track: 1), Seen(score: 0.9, track: 2)]),
            frameLine(1, at: 0.1, [Seen(track: 1), Seen(label: "dog", classID: 9, score: 0.3)]), frameLine(2, at: 0.2),
        ])
        #expect(section.objects.classes.map(\.label) == ["car", "dog"])
        #expect(section.objects.classes.map(\.frames) == [2, 1])
        #expect(section.objects.classes.map(\.most) == [2, 1])
        #expect(section.objects.classes.map(\.best) == [0.9, 0.3])
        #expect(section.objects.tracks.keys.sorted() == [1, 2])
        #expect(section.objects.tracks[1]?.last == 0.1)
        #expect(section.objects.tracks[2]?.frames == 1)
        #expect(section.isTracked)
    }

    @Test func classesAreBounded() throws {
        let section = try section(
            (0..<30).map { frame in
                frameLine(frame, at: Double(frame), (0..<10).map { Seen(label: "class \(10 * frame + $0)", classID: 10 * frame + $0) })
            })
        #expect(section.objects.classes.count == 200)
        #expect(section.objects.isIncomplete)
    }

    /// Records of changes stand for the frames up to the next one.
    @Test func changesHoldUntilTheNext() throws {
        let options = #","records":"changes""#
        let section = try section([
            beginLine(options: options), frameLine(0, at: 0), frameLine(10, at: 1, [Seen()]), frameLine(40, at: 4),
            endLine(frames: 50),
        ])
        #expect(section.hasChangesOnly)
        #expect(section.frames == 50)
        #expect(section.objects.classes.map(\.frames) == [30])
        #expect(section.bins.bins.reduce(0) { $0 + $1.frames } == 50)
        #expect(section.framesSeen == 50)
    }

    @Test func changesOfEveryThirdFrame() throws {
        let options = #","every":3,"records":"changes""#
        let section = try section([
            beginLine(options: options), frameLine(0, at: 0, [Seen()]), frameLine(30, at: 3), endLine(frames: 11, decoded: 31),
        ])
        #expect(section.objects.classes.map(\.frames) == [10])
        #expect(section.frames == 11)
    }

    private func event(_ kind: String, _ track: Int, from start: Double, to end: Double?, label: String = "car") -> String {
        let ended = end.map { ",\"end_s\":\($0)" } ?? ""
        return
            "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(track),\"label\":\"\(label)\",\"class_id\":2,\"frame\":0,\"pts_s\":\(end ?? start),"
            + "\"start_s\":\(start)\(ended),\"score\":0.7,\"box\":[0,0,1,1],\"best_frame\":0,\"best_s\":\(start)}"
    }

    @Test func events() throws {
        let section = try section([
            beginLine(options: #","records":"events""#), event("start", 1, from: 1, to: nil), event("end", 1, from: 1, to: 3),
            event("start", 2, from: 2, to: nil), event("end", 2, from: 2, to: 6), endLine(frames: 80),
        ])
        #expect(section.hasEventsOnly)
        #expect(section.framesSeen == 80)
        #expect(section.objects.tracks[2]?.first == 2)
        #expect(section.objects.tracks[2]?.last == 6)
        #expect(section.newObjects.count == 2)
        // Of 5 seconds, the class is there all the time.
        let axis = try #require(section.span.map { TimeAxis(first: $0.first, last: $0.last) })
        let html = ObjectTimeline(axis: axis, section: section).html.text
        #expect(html.contains("<span class=\"total\">100 %</span>"))
        #expect(html.contains("2 tracks"))
        #expect(html.contains("car: for 0:05"))
    }

    @Test func gapsAreClosed() throws {
        func outage(_ state: String, _ more: String = "") -> String {
            #"{"type":"outage","source":"street.mp4","state":"\#(state)","time":"12:00","reason":"timed_out","message":"m"\#(more)}"#
        }
        let section = try section([
            beginLine(), frameLine(0, at: 0), outage("open"), outage("closed", #","duration_s":3.5,"attempts":2"#), frameLine(1, at: 4),
            endLine(frames: 2),
        ])
        #expect(section.outageCount == 1)
        #expect(section.outages.map(\.durationS) == [3.5])
        #expect(section.html(number: 1).text.contains("12:00: no frames for 3.5 s: timed_out"))
    }

    @Test func severalInputsOfAFile() throws {
        let tagged = { (line: String, source: String) in
            line.replacing("{\"type\":\"frame\",", with: "{\"type\":\"frame\",\"source\":\"\(source)\",")
        }
        let all = try sections([
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
        let joined = try sections([comparison, beginLine(), frameLine(0), endLine(frames: 1)])
        #expect(joined.count == 1)
        #expect(joined.first?.agreement == 0.9)
        let alone = try sections([comparison])
        #expect(alone.map(\.source) == ["folder/street.mp4"])
        #expect(alone.map(\.framesSeen) == [3])
    }

    @Test func zonesAndLinesAreTables() throws {
        let more =
            #","zones":[{"zone":"kerb <1>","entered":1200,"left":3,"inside":2,"mean_dwell_s":4.25}],"lines":[{"line":"gate","left_to_right":5,"right_to_left":6}]"#
        let section = try section([beginLine(), frameLine(0), endLine(frames: 1, more: more)])
        let html = section.html(number: 1).text
        #expect(html.contains("<th scope=\"row\">kerb &lt;1&gt;</th><td>1\u{202F}200</td><td>3</td><td>2</td><td>4.3 s</td>"))
        #expect(html.contains("<th scope=\"row\">gate</th><td>5</td><td>6</td>"))
    }

    @Test func timelineBars() {
        var bins = (0..<4).map { TimeBin(first: Double($0), last: Double($0) + 0.9, frames: 10) }
        bins[0].present[0] = 10
        bins[1].present[0] = 10
        bins[2].present[0] = 1
        let bars = ObjectTimeline.bars(of: 0, TimeAxis(first: 0, last: 4).stretches(bins))
        #expect(bars == [.init(from: 0, to: 500, level: 4), .init(from: 500, to: 750, level: 1)])
        #expect(ObjectTimeline.bars(of: 1, TimeAxis(first: 0, last: 4).stretches(bins)).isEmpty)
    }

    @Test func unionOfIntervals() {
        let union = ObjectTimeline.union([(5, 6), (0, 2), (1, 3), (3, 4)])
        #expect(union.map(\.from) == [0, 5])
        #expect(union.map(\.to) == [4, 6])
    }

    @Test func colorsOfTheStyleSheet() {
        #expect(Color(255, 196, 0).css == "#ffc400")
        #expect(Color(1, 2, 3).css == "#010203")
    }
}
