import Clocks
import DeepVid
import Models
import Results
import TestSupport
import Testing

@testable import Counting

@Suite struct CountRunTests {
    private func count(
        _ files: [[String]], by keys: [CountKey], classes: [String]? = nil, score: Double? = nil, zone: Zone = .utc
    ) throws -> Counts {
        let folder = try TemporaryFolder()
        let paths = try files.enumerated().map { try write($1, "\($0).jsonl", in: folder) }
        var options = CountRun.Options(by: keys, timeZone: zone)
        options.selection = ResultSelection(classes: classes, score: score)
        return try #require(try CountRun(options, control: RunControl()).run(paths))
    }

    private func time(_ text: String) -> String { ",\"time\":\"\(text)\"" }
    private let tracked = ",\"track_buffer_s\":1"

    @Test func everyTrackCountsOnce() throws {
        let lines = [
            beginLine(options: tracked), frameLine(0, [Seen(), Seen(track: 1)]), frameLine(1, [Seen(track: 1), Seen(track: 2)]),
            frameLine(2, [Seen(track: 2), Seen(label: "person", classID: 0, track: 3)]), endLine(frames: 3),
        ]
        let counts = try count([lines, lines], by: [.class])
        #expect(counts.csv == "class,objects\ncar,4\nperson,2\n")
        #expect(counts.json == #"{"by":["class"],"counts":[{"class":"car","objects":4},{"class":"person","objects":2}]}"#)
        #expect(counts.total.objects == 6)
        #expect(counts.inputs == 2)
        #expect(counts.warnings.count == 1)
        #expect(counts.warnings.first?.hasPrefix("street.mp4: comes more than once, and is counted each time") == true)
        #expect(try count([lines], by: [.class]).warnings.isEmpty)
        // A camera is started now and then.
        let camera = [beginLine("rtsp://gate/1", options: tracked), frameLine(0, [Seen(track: 1)]), endLine("rtsp://gate/1", frames: 1)]
        #expect(try count([camera, camera], by: [.class]).warnings.isEmpty)
        #expect(try count([lines], by: [.camera, .class], classes: ["person"]).csv == "camera,class,objects\nstreet.mp4,person,1\n")
    }

    @Test func withoutTracksFramesAndBoxesCount() throws {
        let lines = [beginLine(), frameLine(0, [Seen(), Seen()]), frameLine(1), frameLine(2, [Seen(), Seen(label: "person")])]
        #expect(try count([lines], by: [.class]).csv == "class,frames,boxes\ncar,2,3\nperson,1,1\n")
        // A frame with both is one frame, also in the total.
        #expect(try count([lines], by: [.class]).total.frames == 2)
        #expect(try count([lines, lines], by: [.camera, .class]).total.frames == 4)
        #expect(try count([lines], by: [.camera]).csv == "camera,frames,boxes\nstreet.mp4,2,4\n")
    }

    @Test func inputsThatFailedAreNamed() throws {
        let lines = [
            beginLine("a.mp4"), frameLine(0, [Seen()]), endLine("a.mp4", frames: 1), endLine("b.mp4", reason: "failed", frames: 0),
            endLine("c.mp4", reason: "failed", frames: 0), beginLine("d.mp4"), frameLine(0, [Seen()]),
            endLine("d.mp4", reason: "failed", frames: 1),
        ]
        let counts = try count([lines], by: [.class])
        #expect(counts.inputs == 2)
        #expect(
            counts.warnings == [
                "2 inputs failed and are not in this: b.mp4, c.mp4",
                "1 input failed on the way, and only what came before is in this: d.mp4",
            ])
    }

    @Test func classifiersCountByTheirBestClass() throws {
        let line =
            #"{"type":"frame","frame":0,"classes":[{"label":"red","class_id":0,"score":0.8},{"label":"blue","class_id":2,"score":0.2}],"timing_ms":{"decode":0,"infer":2,"total":2}}"#
        #expect(try count([[line, line]], by: [.class]).csv == "class,frames\nred,2\n")
    }

    /// On the clock of the zone; each of the two hours at 2 o'clock has its own row when summer time ends.
    @Test func hoursAreThoseOfTheFirstFrame() throws {
        let lines = [
            beginLine(options: tracked), frameLine(0, [Seen(track: 1)], more: time("2026-10-25T00:59:59.999Z")),
            frameLine(1, [Seen(track: 1), Seen(track: 2)], more: time("2026-10-25T01:00:00.000Z")),
            frameLine(2, [Seen(track: 3)], more: time("2026-10-25T03:30:00+02:00")),
        ]
        // Europe/Berlin, around the end of summer time.
        let berlin = Zone(name: "Europe/Berlin") { $0 < 1_792_890_000 ? 7200 : 3600 }
        #expect(
            try count([lines], by: [.hour], zone: berlin).csv
                == "date,hour,objects,recorded_min\n2026-10-25,2,2,30\n2026-10-25,2,1,0\n")
        let names = try count([lines], by: [.hour], zone: berlin).rows.map(\.names)
        #expect(names == [["2026-10-25T02:00+01:00"], ["2026-10-25T02:00+02:00"]])
        #expect(try count([lines], by: [.hour]).csv == "date,hour,objects,recorded_min\n2026-10-25,0,1,0\n2026-10-25,1,2,30\n")
        #expect(try count([lines], by: [.hour], zone: Zone(offset: 20_700)).rows.first?.names == ["2026-10-25T06:00+05:45"])
        #expect(try count([lines], by: [.hour], zone: Zone(offset: -9000)).rows.first?.names == ["2026-10-24T22:00-02:30"])
    }

    /// Whoever moves came at the hour at which he was first seen; whatever never does is not counted, and told.
    @Test func whatMovesLaterCameWhenItWasFirstSeen() throws {
        func resting(_ track: Int, _ label: String = "car") -> Seen { Seen(label: label, track: track, more: ",\"static\":true") }
        let frames = [
            beginLine(options: tracked), frameLine(0, [resting(1), resting(2), resting(3, "bottle")], more: time("2026-11-21T08:59:00Z")),
            frameLine(1, [Seen(track: 1), resting(2)], more: time("2026-11-21T09:01:00Z")),
        ]
        let counts = try count([frames], by: [.hour])
        #expect(counts.csv == "date,hour,objects,recorded_min\n2026-11-21,8,1,1\n2026-11-21,9,0,1\n")
        #expect(counts.neverMoved == ["car": 1, "bottle": 1])
        #expect(try count([frames, frames], by: [.class], classes: ["car"]).neverMoved == ["car": 2])
        // `end` knows it also of records of events, and of frames that a filter left out.
        let end = endLine(frames: 2, more: #","seen":[{"label":"car","frames":2,"tracks":5,"static":4}]"#)
        #expect(try count([frames + [end]], by: [.class]).neverMoved == ["car": 4])
    }

    /// A span of two recordings that overlap is one; what was recorded and shows nothing has a row.
    @Test func hoursThatWereRecordedHaveRows() throws {
        func clip(_ name: String, _ times: [String], _ objects: [Seen]) -> [String] {
            [beginLine(name, options: tracked)] + times.enumerated().map { frameLine($0, objects, more: time("2026-11-28T\($1):00.000Z")) }
                + [endLine(name, frames: 2)]
        }
        let files = [
            clip("front_20261128_213000.mp4", ["21:30", "23:15"], [Seen(track: 1)]),
            clip("yard_20261128_220000.mp4", ["22:00", "23:30"], []),
        ]
        #expect(
            try count(files, by: [.hour]).csv
                == "date,hour,objects,recorded_min\n2026-11-28,21,1,30\n2026-11-28,22,0,60\n2026-11-28,23,0,30\n")
        #expect(
            try count(files, by: [.hour, .camera]).csv
                == "date,hour,camera,objects,recorded_min\n2026-11-28,21,front,1,30\n2026-11-28,22,front,0,60\n2026-11-28,22,yard,0,60\n"
                + "2026-11-28,23,front,0,15\n2026-11-28,23,yard,0,30\n")
        #expect(try count(files, by: [.weekday, .hour]).csv.hasPrefix("weekday,hour,objects,recorded_min\nSaturday,21,1,30\n"))
        #expect(try count(files, by: [.day]).csv == "day,objects,recorded_min\n2026-11-28,1,120\n")
        let busiest = try count(files, by: [.hour]).busiestHour
        #expect(busiest?.name == "2026-11-28T21:00+00:00")
        #expect(busiest?.count == 1)
    }

    /// With few frames a second, vehicles that pass are lost and found as others.
    @Test func vehiclesNeedFrames() throws {
        func warnings(_ label: String, _ options: String) throws -> [String] {
            try count([[beginLine(options: tracked + options), frameLine(0, [Seen(label: label, track: 1)])]], by: [.class]).warnings
        }
        #expect(try warnings("car", ",\"fps\":2").first?.contains("street.mp4: with 2 frames a second") == true)
        #expect(try warnings("car", ",\"key_frames\":true").first?.contains("with key frames only") == true)
        #expect(try warnings("car", ",\"fps\":5").isEmpty)
        #expect(try warnings("person", ",\"fps\":2").isEmpty)
    }

    @Test func recordsWithoutATimeOfDayHaveNoHours() throws {
        let untimed = [beginLine("a.mp4"), frameLine(0, [Seen()])]
        let error = #expect(throws: DeepVidError.self) { try count([untimed], by: [.hour]) }
        #expect(error?.code == .cannotCount)
        let counts = try count([untimed, [beginLine("b.mp4"), frameLine(0, [Seen()], more: time("2026-11-21T08:15:00Z"))]], by: [.hour])
        #expect(counts.csv == "date,hour,frames,boxes,recorded_min\n,,1,1,\n2026-11-21,8,1,1,0\n")
        #expect(counts.json.contains(#""counts":[{"frames":1,"boxes":1},"#))
        #expect(counts.warnings.count == 1)
        #expect(try count([[beginLine(), frameLine(0)]], by: [.hour]).rows.isEmpty)
    }

    @Test func zonesCountEntriesAndLinesCrossings() throws {
        func events(_ events: String) -> String { ",\"events\":[\(events)]" }
        let enter = #"{"event":"enter","zone":"yard","track_id":1,"label":"car","class_id":2}"#
        let leave = #"{"event":"leave","zone":"yard","track_id":1,"label":"car","class_id":2,"dwell_s":3}"#
        let cross = #"{"event":"cross","line":"kerb","track_id":2,"label":"person","class_id":0,"direction":"right_to_left"}"#
        let lines = [
            beginLine(options: tracked + #","zones":[],"lines":[]"#), frameLine(0, [Seen(track: 1)], more: events(enter)),
            frameLine(1, more: events(leave)), frameLine(2, more: events("\(enter),\(cross)")),
        ]
        #expect(try count([lines], by: [.zone, .class]).csv == "zone,class,entries\nyard,car,2\n")
        #expect(try count([lines], by: [.line]).csv == "line,left_to_right,right_to_left\nkerb,0,1\n")
        #expect(try count([lines], by: [.class]).csv == "class,objects\ncar,1\n")
        for (key, words) in [(CountKey.zone, "these results have no zones"), (.line, "these results have no lines")] {
            let none = #expect(throws: DeepVidError.self) { try count([[beginLine(), frameLine(0, [Seen()])]], by: [key]) }
            #expect(none?.message.hasPrefix(words) == true)
            #expect(none?.message.contains("--zones FILE") == true)
        }
    }

    /// That a class is asked for which no zone is for is no answer about that class.
    @Test func zonesForOtherClasses() throws {
        let zone = #","zones":[{"name":"yard","points":[[0,0],[9,0],[9,9]],"classes":["person"]}]"#
        let lines = [beginLine(options: tracked + zone), frameLine(0, [Seen(track: 1)]), endLine(frames: 1)]
        #expect(try count([lines], by: [.zone], classes: ["car"]).warnings == ["the only zone, yard, is for class person"])
        #expect(try count([lines], by: [.zone], classes: ["person"]).warnings == ["nothing is of class person; there are car"])
    }

    private func zone(_ key: String, _ name: String) -> String {
        ",\"\(key)\":[{\"name\":\"\(name)\",\"points\":[[0,0],[9,0],[9,9]]}]"
    }
    private func crossing(_ label: String, _ track: Int) -> String {
        ",\"events\":[{\"event\":\"cross\",\"line\":\"gate\",\"track_id\":\(track),\"label\":\"\(label)\",\"class_id\":2,"
            + "\"direction\":\"left_to_right\"}]"
    }

    /// That nobody came through a gate says nothing of cameras that do not see it, nor of the time before it was drawn.
    @Test func onlyRecordingsOfALineTellOfIt() throws {
        func clip(_ name: String, _ options: String, _ hours: [Int], _ more: String = "") -> [String] {
            [beginLine(name, options: tracked + options)]
                + hours.enumerated().map {
                    frameLine($0, [Seen(track: 1)], more: time("2026-11-28T\($1):00:00.000Z") + ($0 == 0 ? more : ""))
                }
                + [endLine(name, frames: hours.count)]
        }
        let files = [
            clip("drive_20261128_200000.mp4", "", [20, 21]),
            clip("drive_20261128_210000.mp4", zone("lines", "gate"), [21, 22], crossing("car", 1)),
            clip("yard_20261128_200000.mp4", zone("lines", "fence"), [20, 22]), clip("street_20261128_200000.mp4", "", [18, 23]),
        ]
        #expect(
            try count(files, by: [.hour, .line]).csv
                == "date,hour,line,left_to_right,right_to_left,recorded_min\n2026-11-28,20,fence,0,0,60\n2026-11-28,21,fence,0,0,60\n"
                + "2026-11-28,21,gate,1,0,60\n")
        #expect(
            try count(files, by: [.camera, .line]).csv
                == "camera,line,left_to_right,right_to_left\ndrive,gate,1,0\nyard,fence,0,0\n")
        // Persons are there, and none of them crosses.
        var some = files[1]
        some.insert(frameLine(5, [Seen(label: "person", classID: 0, track: 9)]), at: 2)
        let both = try count([some], by: [.line, .class], classes: ["car", "person"])
        #expect(both.csv == "line,class,left_to_right,right_to_left\ngate,car,1,0\ngate,person,0,0\n")
        #expect(both.warnings.isEmpty)
    }

    @Test func whoIsTooUnsureIsNotCounted() throws {
        let lines = [
            beginLine(options: tracked + zone("lines", "gate")), frameLine(0, [Seen(score: 0.3, track: 1), Seen(score: 0.2, track: 2)]),
            frameLine(1, [Seen(score: 0.4, track: 1)], more: crossing("car", 1)), frameLine(2, [Seen(score: 0.7, track: 1)]),
            frameLine(3, [Seen(score: 0.2, track: 2)], more: crossing("car", 2)), endLine(frames: 4),
        ]
        #expect(try count([lines], by: [.line]).csv == "line,left_to_right,right_to_left\ngate,2,0\n")
        #expect(try count([lines], by: [.line], score: 0.5).csv == "line,left_to_right,right_to_left\ngate,1,0\n")
        #expect(try count([lines], by: [.class], score: 0.5).csv == "class,objects\ncar,1\n")
        let untracked = [beginLine(), frameLine(0, [Seen(score: 0.3), Seen(score: 0.6)]), endLine(frames: 1)]
        #expect(try count([untracked], by: [.class], score: 0.5).csv == "class,frames,boxes\ncar,1,1\n")
    }

    @Test func eventsCountLikeFrames() throws {
        func event(_ kind: String, _ id: Int, _ events: String = "") -> String {
            "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(id),\"label\":\"car\",\"class_id\":2,\"frame\":9,\"score\":0.5,"
                + "\"box\":[1,2,3,4],\"best_frame\":3,\"zones\":[],\"events\":[\(events)]}"
        }
        let enter = #"{"event":"enter","zone":"yard","track_id":1,"label":"car","class_id":2}"#
        let lines = [
            beginLine(options: tracked + ",\"records\":\"events\""), event("start", 1), event("update", 1, enter), event("start", 2),
            event("end", 1), event("end", 2),
        ]
        #expect(try count([lines], by: [.class]).csv == "class,objects\ncar,2\n")
        #expect(try count([lines], by: [.zone]).csv == "zone,entries\nyard,1\n")
    }

    @Test func eventsHaveHours() throws {
        let lines =
            [beginLine(options: tracked + ",\"records\":\"events\"")]
            + [("start", "2026-11-21T08:00:01.000Z"), ("end", "2026-11-21T09:00:01.000Z")].map { kind, time in
                "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":1,\"label\":\"car\",\"class_id\":2,\"frame\":9,\"time\":\"\(time)\","
                    + "\"start_s\":1,\"start_time\":\"2026-11-21T07:59:59.900Z\",\"score\":0.5,\"box\":[1,2,3,4],\"best_frame\":3,\"zones\":[],"
                    + "\"events\":[{\"event\":\"enter\",\"zone\":\"yard\",\"track_id\":1,\"label\":\"car\",\"class_id\":2}]}"
            }
        #expect(
            try count([lines], by: [.hour]).csv == "date,hour,objects,recorded_min\n2026-11-21,7,1,0\n2026-11-21,8,0,60\n2026-11-21,9,0,0\n"
        )
        #expect(
            try count([lines], by: [.hour, .zone]).csv
                == "date,hour,zone,entries,recorded_min\n2026-11-21,7,yard,0,0\n2026-11-21,8,yard,1,60\n2026-11-21,9,yard,1,0\n")
    }

    /// Clips of one camera are one camera, if their names say so.
    @Test func camerasAreNamedByTheirRecordings() throws {
        func clip(_ name: String) -> [String] {
            [beginLine(name, options: tracked), frameLine(0, [Seen(track: 1)]), endLine(name, frames: 1)]
        }
        let files = ["n/gate_20261121_180000.mp4", "n/gate_20261121_190000.mp4", "recordings/2026-11-21/18/yard/05.12.mp4", "street.mp4"]
        #expect(
            try count((files + ["rtsp://h/gate_20261121_180000"]).map(clip), by: [.camera]).csv
                == "camera,objects\ngate,2\nrtsp://h/gate_20261121_180000,1\nstreet.mp4,1\nyard,1\n")
    }

    @Test func camerasOfOneNameAreToldApartByTheirFolders() throws {
        func clip(_ name: String) -> [String] {
            [beginLine(name, options: tracked), frameLine(0, [Seen(track: 1)]), endLine(name, frames: 1)]
        }
        let files = ["front/ch01_20261121180000.mp4", "back/ch01_20261121180000.mp4", "back/ch01_20261121190000.mp4"]
        #expect(try count(files.map(clip), by: [.camera]).csv == "camera,objects\nback/ch01,2\nfront/ch01,1\n")
    }

    @Test func whatCannotBeCountedIsSaid() throws {
        let depth =
            #"{"type":"frame","frame":2,"depth":{"depth_min":0,"depth_median":1,"depth_max":2},"timing_ms":{"decode":0,"infer":2,"total":2}}"#
        let error = #expect(throws: DeepVidError.self) { try count([[beginLine(), depth]], by: [.class]) }
        #expect(error?.message.contains("neither boxes nor classes") == true)
        let changes = try count([[beginLine(options: ",\"records\":\"changes\""), frameLine(0, [Seen()])]], by: [.class])
        #expect(changes.warnings.first?.contains("--track") == true)
        let typo = try count([[beginLine(), frameLine(0, [Seen()])]], by: [.class], classes: ["Cars"])
        #expect(typo.warnings == ["nothing is of class Cars (did you mean 'car'?); there are car"])
        let other = try count([[beginLine(), frameLine(0, [Seen()])]], by: [.class], classes: ["Car"])
        #expect(other.warnings.isEmpty)
        #expect(other.csv == "class,frames,boxes\ncar,1,1\n")
    }
}
