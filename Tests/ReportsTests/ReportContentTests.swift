import Clocks
import DeepVid
import Foundation
import Models
import Results
import TestSupport
import Testing

@testable import Reports

@Suite struct ReportContentTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func content(_ names: String..., clips: [String] = []) throws(DeepVidError) -> ReportContent {
        var content = try ReportContent(results: names.map { folder.path($0) }, clips: clips, control: RunControl())
        content.takePictures(control: RunControl())
        return content
    }

    private func street(_ source: String) -> [String] {
        [beginLine(source)] + (0..<5).map { frameLine($0, at: Double($0) / 15, [Seen(box: [100, 100, 90, 60])]) } + [
            endLine(source, frames: 5)
        ]
    }

    @Test func oneBadFileKeepsNoOtherOff() throws {
        _ = try write(street("a.mp4"), "a.jsonl", in: folder)
        _ = try write(["rubbish"], "bad.jsonl", in: folder)
        _ = try write(street("b.mp4"), "b.jsonl", in: folder)
        let content = try content("a.jsonl", "bad.jsonl", "b.jsonl", "missing.jsonl")
        #expect(content.inputCount == 2)
        #expect(content.errors.count == 2)
        #expect(content.errors.first?.contains("bad.jsonl: line 1") == true)
        #expect(content.errors.last?.contains("missing.jsonl") == true)
        #expect(content.page().contains("not read: "))
        #expect(content.page().contains("2 of 4 inputs not complete"))
    }

    @Test func onlyBadFilesAreAnError() throws {
        _ = try write(["rubbish"], "bad.jsonl", in: folder)
        let error = #expect(throws: DeepVidError.self) { try content("bad.jsonl", "missing.jsonl") }
        #expect(error?.message.contains("bad.jsonl") == true)
        #expect(error?.message.contains("missing.jsonl") == true)
    }

    @Test func filesThatEndTooEarlyAreOnThePage() throws {
        _ = try write(street("a.mp4").dropLast() + [#"{"type":"fra"#], "cut.jsonl", in: folder)
        let content = try content("cut.jsonl")
        #expect(content.errors.isEmpty)
        #expect(content.warnings.count == 2)
        #expect(content.warnings.last?.hasPrefix("no pictures of 1 recording that is not where the results say") == true)
        #expect(content.page().contains("what is before it was read"))
    }

    @Test func picturesComeFromTheNamedClip() throws {
        _ = try write(street("gone.mp4"), "a.jsonl", in: folder)
        let without = try content("a.jsonl")
        #expect(without.pictureCount == 0)
        #expect(without.page().contains("gone.mp4 is not here; name the clip with --clip"))
        let with = try content("a.jsonl", clips: [Files.clip("street.mp4")])
        #expect(with.pictureCount == 1)
        #expect(with.page().contains("src=\"data:image/jpeg;base64,"))
        let other = try content("a.jsonl", clips: [Files.clip("moving.mp4")])
        #expect(other.pictureCount == 0)
        #expect(other.warnings.first?.contains("no pictures of gone.mp4") == true)
        #expect(other.page().contains("the results are of 640×384"))
    }

    /// Two objects that were seen best in one frame have a picture each.
    @Test func objectsOfOneFrameHavePicturesOfTheirOwn() throws {
        let objects = [Seen(box: [100, 100, 90, 60], track: 1), Seen(box: [400, 200, 90, 60], track: 2)]
        _ = try write([beginLine("street.mp4"), frameLine(0, at: 0, objects), endLine(frames: 1)], "a.jsonl", in: folder)
        let content = try content("a.jsonl", clips: [Files.clip("street.mp4")])
        #expect(content.inputs[0].crops.count == 2)
        #expect(content.inputs[0].crops[0] != content.inputs[0].crops[1])
    }

    /// A camera's pictures are gone: its clip cannot be named.
    @Test(arguments: ["rtsp://gate/1", "udp://239.0.0.1:5000"])
    func liveInputIsNoMissingClip(source: String) throws {
        _ = try write(street(source), "a.jsonl", in: folder)
        let page = try content("a.jsonl").page()
        #expect(page.contains("--snapshots"))
        #expect(!page.contains("name the clip"))
    }

    /// Pictures that were kept stand for the moment that is gone.
    @Test func snapshotsOfLiveInput() throws {
        let options = #","records":"events","snapshots":"kept""#, names = #","snapshot":{"crop":"a-crop.jpg","frame":"a.jpg"}"#
        try FileManager.default.createDirectory(at: folder.url.appending(path: "kept"), withIntermediateDirectories: true)
        let picture = try Canvas(width: 60, height: 90, color: Color(200, 30, 30)).jpeg(quantizer: 3)
        try Data(picture).write(to: folder.url.appending(path: "kept/a-crop.jpg"))
        let begin = beginLine("rtsp://gate/1", options: options)
        _ = try write(
            [begin, eventLine("start", 1, from: 0, to: nil), eventLine("end", 1, from: 0, to: 3, more: names)], "a.jsonl", in: folder)
        let content = try content("a.jsonl")
        let crop = try Canvas(try decoded(try #require(content.inputs[0].crops[0])))
        #expect(crop.width == 104)
        #expect(crop.height == 156)
        #expect(crop[50, 70].red > 180)
        #expect(!content.page().contains("--snapshots"))
        #expect(content.page(base: "/1/").contains("\"has_pictures\":true"))
        // No other file is taken for a picture, and one that is not there is none.
        let others = [#","snapshot":{"crop":"../a.jsonl","frame":"a.jpg"}"#, #","snapshot":{"crop":"gone.jpg","frame":"a.jpg"}"#]
        for more in others {
            _ = try write([begin, eventLine("end", 1, from: 0, to: 3, more: more)], "b.jsonl", in: folder)
            #expect(try self.content("b.jsonl").pictureCount == 0)
        }
    }

    /// Records of frames name no pictures: those of the run's folder are known by their names.
    @Test func snapshotsOfFramesAreFoundByTheirNames() throws {
        try FileManager.default.createDirectory(at: folder.url.appending(path: "kept"), withIntermediateDirectories: true)
        func keep(_ name: String, _ color: Color) throws {
            let picture = try Canvas(width: 60, height: 90, color: color).jpeg(quantizer: 3)
            try Data(picture).write(to: folder.url.appending(path: "kept/\(name)-crop.jpg"))
        }
        try keep("gate_20261128T175959+0100_car_1", Color(200, 30, 30))
        // Of another run, another object, another camera.
        for name in ["gate_20261128T120000Z_car_1", "gate_20261128T165959Z_car_2", "yard_20261128T165959Z_car_1", "x-crop", "a_b_c_d"] {
            try keep(name, Color(30, 30, 200))
        }
        let begin = beginLine("rtsp://gate/1", options: #","snapshots":"kept","track_buffer_s":1"#)
            .replacing(#""model":"#, with: #""camera":"gate","model":"#)
        let frames = (0..<3).map { frameLine($0, at: Double($0), [Seen(track: 1)], more: ",\"time\":\"2026-11-28T17:00:0\($0).000Z\"") }
        _ = try write([begin] + frames, "a.jsonl", in: folder)
        let crop = try Canvas(try decoded(try #require(try content("a.jsonl").inputs[0].crops[0])))
        #expect(crop[50, 70].red > 180)
        #expect(crop[50, 70].blue < 100)
    }

    @Test func clipsBesideTheResultsAreFound() throws {
        try FileManager.default.copyItem(
            at: Files.fixtures.appendingPathComponent("clips/street.mp4"), to: folder.url.appending(path: "street.mp4"))
        #expect(ClipFiles.find("elsewhere/street.mp4", results: folder.path("a.jsonl")) == folder.path("street.mp4"))
        #expect(ClipFiles.find("rtsp://camera/street.mp4x", results: folder.path("a.jsonl")) == nil)
        #expect(ClipFiles.find("/dev/null", results: folder.path("a.jsonl")) == nil)
    }

    @Test func foldersStandForTheirResults() throws {
        try FileManager.default.createDirectory(at: folder.url.appending(path: "sub"), withIntermediateDirectories: true)
        for name in ["b.jsonl", "a.jsonl.zst", "sub/c.jsonl", "manifest.jsonl", "manifest-2-of-3.jsonl", "notes.txt", "d.jsonl.part"] {
            try Data("x".utf8).write(to: folder.url.appending(path: name))
        }
        let names = try ResultFiles([folder.path, "-"]).files.map { $0.replacing(folder.path + "/", with: "") }
        #expect(names == ["a.jsonl.zst", "b.jsonl", "sub/c.jsonl", "-"])
        let manifest = #expect(throws: DeepVidError.self) { try ResultFiles([folder.path("manifest.jsonl")]) }
        #expect(manifest?.message.contains("name the folder") == true)
        try FileManager.default.createDirectory(at: folder.url.appending(path: "empty"), withIntermediateDirectories: true)
        let none = #expect(throws: DeepVidError.self) { try ResultFiles([folder.path("empty")]) }
        #expect(none?.message.contains("no results") == true)
    }

    /// What --segment divided is one camera, and its objects are counted once.
    @Test func segmentsAreOneInput() throws {
        let options = ",\"track_buffer_s\":1"
        func segment(_ frames: ClosedRange<Int>) -> [String] {
            [beginLine("rtsp://gate", options: options)] + frames.map { frameLine($0, at: Double($0), [Seen(track: 1)]) }
        }
        _ = try write(segment(0...4), "night-1.jsonl", in: folder)
        _ = try write(segment(5...9) + [endLine("rtsp://gate", frames: 10)], "night-2.jsonl", in: folder)
        let content = try content("night-1.jsonl", "night-2.jsonl")
        #expect(content.inputCount == 1)
        #expect(content.frames == 10)
        #expect(content.seen == [[SeenClass(label: "car", frames: 10, most: 1, tracks: 1)]])
        #expect(content.warnings.isEmpty)
        #expect(content.events.count == 1)
        #expect(!content.page().contains("have no end"))
    }

    @Test func camerasAndFilesOfOneName() throws {
        func cameras(_ sources: [String]) throws -> [String] {
            ReportContent(try sources.flatMap { try reportInputs([beginLine($0), frameLine(0)]) }).cameras
        }
        #expect(try cameras(["gate_20261121_175958.mp4", "x/gate_20261121_185958.mp4"]) == ["gate"])
        #expect(try cameras(["a/clip.mp4", "b/clip.mp4", "c/other.mp4"]) == ["a/clip.mp4", "b/clip.mp4", "other.mp4"])
    }

    /// Events of all inputs are in the order of the clock.
    @Test func eventsAreInOrder() throws {
        func clip(_ source: String, _ minute: Int) -> [String] {
            [
                beginLine(source), frameLine(0, at: 0, [Seen(track: 1)], more: ",\"time\":\"2026-11-28T17:\(minute):00.000Z\""),
                endLine(source, frames: 1),
            ]
        }
        let inputs = try [("b.mp4", 30), ("a.mp4", 10), ("c.mp4", 20)].flatMap { try reportInputs(clip($0, $1)) }
        #expect(ReportContent(inputs).events.map(\.input) == [1, 2, 0])
    }

    @Test func picturesAreSpreadOverTheList() {
        let scores = (0..<100).map { $0 % 10 == 5 ? 0.9 : 0.4 }
        #expect(ReportContent.spread(Array(0..<100), atMost: 10) { scores[$0] } == (0..<10).map { 10 * $0 + 5 })
        #expect(ReportContent.spread(Array(0..<9), atMost: 10) { scores[$0] } == Array(0..<9))
    }

    /// A run that was killed has no end: its records are counted.
    @Test func zonesAndLinesAreTables() throws {
        let options = #","zones":[{"name":"kerb <1>","points":[[0,0],[9,0],[9,9]]}],"lines":[{"name":"gate","points":[[0,0],[9,9]]}]"#
        let more =
            #","zones":[{"zone":"kerb <1>","entered":1200,"left":4,"inside":2,"mean_dwell_s":4.25}],"lines":[{"line":"gate","left_to_right":5,"right_to_left":6}]"#
        let frame = frameLine(0, at: 0, [Seen(track: 1, more: #","zones":["kerb <1>"]"#)])
        let ended = SeenNumbers(
            content: ReportContent(try reportInputs([beginLine(options: options), frame, endLine(frames: 1, more: more)])))
        #expect(ended.html.text.contains("<th scope=\"row\">kerb &lt;1&gt;</th><td>1</td><td>1\u{202F}200</td><td>4</td><td>4.3 s</td>"))
        #expect(ended.html.text.contains("<th scope=\"row\">gate</th><td>0</td><td>5</td><td>6</td>"))
        let events =
            #","events":[{"event":"enter","zone":"kerb <1>","track_id":1,"label":"car","class_id":2},"#
            + #"{"event":"leave","zone":"kerb <1>","track_id":1,"label":"car","class_id":2,"dwell_s":2.5},"#
            + #"{"event":"cross","line":"gate","track_id":1,"label":"car","class_id":2,"direction":"right_to_left"}]"#
        let killed = SeenNumbers(
            content: ReportContent(
                try reportInputs([beginLine(options: options), frame, frameLine(1, at: 1, [Seen(track: 1)], more: events)])))
        #expect(killed.html.text.contains("<th scope=\"row\">kerb &lt;1&gt;</th><td>1</td><td>1</td><td>1</td><td>2.5 s</td>"))
        #expect(killed.html.text.contains("<th scope=\"row\">gate</th><td>1</td><td>0</td><td>1</td>"))
    }

    /// One rule with `count`: what has no number where objects are followed is in no total.
    @Test func whatIsNotFollowedStandsApart() throws {
        let still = Seen(label: "bottle", track: 9, more: ",\"static\":true")
        let frames = (0..<5).map {
            frameLine($0, at: Double($0) / 10, [Seen(track: 1), Seen(label: "dog", classID: 5, box: [90, 0, 9, 9]), still])
        }
        let content = ReportContent(try reportInputs([beginLine(options: ",\"track_buffer_s\":1")] + frames))
        #expect(content.events.map { content.object($0).label } == ["car"])
        #expect(content.inputs[0].unfollowed.map(\.label) == ["dog"])
        #expect(content.neverMoved == ["bottle": 1])
        let page = content.page()
        #expect(page.contains("1 seen, but not followed"))
        #expect(page.contains("Not counted, because they never moved: bottle 1"))
    }

    /// A page of a part of the results says so, and has nothing of the rest.
    @Test func selections() throws {
        let begin = beginLine(options: #","track_buffer_s":1,"zones":[{"name":"yard","points":[[0,0],[9,0],[9,9]]}]"#)
        func frame(_ number: Int, _ hour: String, _ objects: [Seen]) -> String {
            frameLine(number, at: Double(number), objects, more: ",\"time\":\"2026-11-28T\(hour):00:00.000Z\"")
        }
        let inYard = Seen(label: "person", classID: 0, track: 2, more: #","zones":["yard"]"#)
        let lines = [begin, frame(0, "12", [Seen(track: 1)]), frame(1, "23", [inYard]), endLine(frames: 2)]
        _ = try write(lines, "a.jsonl", in: folder)
        func labels(_ selection: ResultSelection) throws -> [String] {
            let content = try ReportContent(results: [folder.path("a.jsonl")], selection: selection, control: RunControl())
            #expect(content.page().contains("only \(selection.text ?? "-")") == !selection.isEverything)
            return content.events.map { content.object($0).label }
        }
        #expect(try labels(ResultSelection()) == ["car", "person"])
        #expect(try labels(ResultSelection(classes: ["Car"])) == ["car"])
        #expect(try labels(ResultSelection(zones: ["Yard"])) == ["person"])
        let night = try TimeWindow(from: ClockTime("22:00"), to: ClockTime("06:00"), zone: .utc)
        #expect(try labels(ResultSelection(cameras: ["street.mp4"], time: night)) == ["person"])
        #expect(throws: DeepVidError.self) { try labels(ResultSelection(cameras: ["gate"])) }
    }

    /// Who asks for a zone asks for nothing of cameras that do not have it.
    @Test func onlyCamerasOfTheZone() throws {
        let yard = #","track_buffer_s":1,"zones":[{"name":"yard","points":[[0,0],[9,0],[9,9]]}]"#
        func lines(_ name: String, _ options: String) -> [String] {
            [beginLine(name, options: options), frameLine(0, at: 0, [Seen(track: 1)]), endLine(name, frames: 1)]
        }
        let names = ["yard_20261128_200000.mp4", "street_20261128_200000.mp4"]
        _ = try write(lines(names[0], yard) + lines(names[1], #","track_buffer_s":1"#), "a.jsonl", in: folder)
        func cameras(_ selection: ResultSelection) throws -> [String] {
            try ReportContent(results: [folder.path("a.jsonl")], selection: selection, control: RunControl()).cameras
        }
        #expect(try cameras(ResultSelection()).sorted() == ["street", "yard"])
        #expect(try cameras(ResultSelection(zones: ["yard"])) == ["yard"])
    }

    /// That nobody was there is another answer than that nobody looked.
    @Test func nothingOfATime() throws {
        let lines = [
            beginLine(options: #","track_buffer_s":1"#), frameLine(0, at: 0, more: #","time":"2026-11-28T20:00:00.000Z""#),
            frameLine(1, at: 600, more: #","time":"2026-11-28T20:10:00.000Z""#), endLine(frames: 2),
        ]
        _ = try write(lines, "a.jsonl", in: folder)
        func nothing(_ from: String, _ to: String, classes: [String]? = nil) throws -> String {
            let time = try TimeWindow(from: ClockTime(from), to: ClockTime(to), zone: .utc)
            let selection = ResultSelection(classes: classes, time: time)
            return try ReportContent(results: [folder.path("a.jsonl")], selection: selection, control: RunControl()).nothingSeen
        }
        #expect(try nothing("12:00", "13:00") == "Nothing was seen between 12:00 and 13:00; no recording covers it.")
        #expect(try nothing("20:05", "20:30") == "Nothing was seen between 20:05 and 20:30.")
        #expect(
            try nothing("20:05", "20:30", classes: ["person"])
                == "Nothing was seen of what was asked for (person) between 20:05 and 20:30.")
    }

    @Test func numbersAreOfObjects() throws {
        let frames = [[Seen(track: 1)], [Seen(track: 1), Seen(track: 2)], [Seen(track: 3)]]
        let lines = [beginLine()] + frames.enumerated().map { frameLine($0, at: Double($0), $1) }
        let text = SeenNumbers(content: ReportContent(try reportInputs(lines))).html.text
        #expect(text.contains("<dt>car</dt><dd>3 <span class=\"note\">at most 2 at once</span></dd>"))
        #expect(!text.contains("%"))
    }

    /// What report.js reads.
    @Test func dataForTheScript() throws {
        _ = try write(street("a.mp4"), "a.jsonl", in: folder)
        let content = try content("a.jsonl", clips: [Files.clip("street.mp4")])
        func data(_ page: String) throws -> [String: Any] {
            let text = try #require(page.firstMatch(of: /id="data">(.*?)<\/script>/)?.output.1)
            return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }
        let (file, served) = (try data(content.page()), try data(content.page(base: "/1/")))
        #expect(file["base"] == nil)
        #expect(served["base"] as? String == "/1/")
        #expect(file["labels"] as? [String] == ["car"])
        #expect(file["score"] as? [Double] == [0.5])
        #expect((file["inputs"] as? [[String: Any]])?.first?["has_clip"] as? Bool == false)
        #expect((served["inputs"] as? [[String: Any]])?.first?["has_clip"] as? Bool == true)
    }

    /// Nothing runs but the page's own script, whose digest the policy names.
    @Test func thePolicyNamesTheScript() throws {
        let page = ReportContent(try reportInputs([beginLine(), frameLine(0)])).page()
        #expect(page.contains("script-src 'sha256-"))
        #expect(!ReportContent.contentPolicy(isServed: false).contains("self"))
        #expect(ReportContent.contentPolicy(isServed: true).contains("media-src 'self'"))
    }

    @Test(arguments: [
        ("a.mp4", "h264", nil), ("a.MOV", "h264", nil), ("a.webm", "vp9", nil), ("a.mp4", "hevc", "hevc"), ("a.avi", "mpeg4", "mpeg4"),
    ])
    func whatBrowsersPlay(path: String, codec: String, problem: String?) {
        let playback = Playback(path: path, codec: codec)
        #expect(!playback.isRepacked)
        if let problem { #expect(playback.problem?.contains(problem) == true) } else { #expect(playback.problem == nil) }
    }

    @Test(arguments: ["a.avi", "a.dav", "a.ts", "noname"])
    func whatIsPutIntoAnotherContainer(path: String) {
        #expect(Playback(path: path, codec: "h264").isRepacked)
        #expect(Playback(path: path, codec: "h264").problem == nil)
    }
}
