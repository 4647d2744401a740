import DeepCache
import Models
import TestSupport
import Testing
import Video
import Vision

@testable import CacheNet
@testable import DeepVid
@testable import Results

/// What a run gives, as records.
@Suite struct RunRecordsTests {
    /// Keeps the lines.
    private final class Lines: RecordSink {
        var all: [JSONValue] = []
        private(set) var isClosed = false

        func write(_ record: some Record) throws(OutputError) {
            do { all.append(try JSONValue(record.json)) } catch { throw OutputError(code: .failed, message: "\(error)") }
        }

        func close() { isClosed = true }
    }

    private let lines = Lines()
    private let model: DeepVid.Model
    private let info: StreamInfo

    init() throws {
        var options = ModelOptions()
        options.model = Files.fixture("models/colours.onnx")
        model = try DeepVid.Model(options)
        info = try Video.VideoReader(Files.clip("street.mp4")).info
    }

    private func records(isTagged: Bool = false, _ change: (inout RunOptions) -> Void = { _ in }) -> RunRecords {
        var options = RunOptions(model: ModelOptions(), video: VideoOptions(), threads: 3)
        change(&options)
        return RunRecords(lines, model: model, options: options, isTagged: isTagged)
    }

    private func result(_ index: Int = 0, width: Int = 640, height: Int = 384, _ answer: HeadResult = .detections([])) -> FrameResult {
        var traits = Frame.Traits()
        (traits.index, traits.pts) = (index, Int64(index))
        let frame = Frame(pixelFormat: "gray", width: width, height: height, traits: traits) { _, bytes, _ in bytes.update(repeating: 9) }!
        return FrameResult(FrameInfo(frame), answer: answer, timing: FrameResult.Timing(decode: 1, infer: 2))
    }

    private let outage = Outage(cause: DeepVidError(.timedOut, "no data"), lastPts: 1.5, since: .now)

    private func types() -> [String?] { lines.all.map { $0["type"]?.string } }

    /// Full answers that agree with themselves say nothing of exits.
    @Test(arguments: [(0.0, true, false), (0, false, true), (0.5, true, true)])
    func nothingReusedBesideAMemoryHasNoAgreement(share: Double, hasExits: Bool, isTold: Bool) {
        var summary = RunSummary(source: "a")
        summary.reuse = .init(policy: .adaptive, share: share, agreement: .init(.classes, AgreementEstimate(), NoiseFloor()))
        summary.exits = hasExits ? ExitCounts(target: 0.99) : nil
        #expect((EndRecord(summary).cache?.agreement != nil) == isTold)
    }

    @Test func everyOutputIsARecordAndFitsTheSchema() throws {
        let records = records { $0.output.lines = .events },
            object = Detection(classID: 2, label: "car", score: 0.5, box: Box(x: 1, y: 2, width: 3, height: 4))
        let event = ObjectEvent(
            kind: .end, trackID: 7, label: "car", classID: 2, frame: 9, pts: 0.36, startSeconds: 0.1, endSeconds: 0.3, score: 0.75,
            box: object.box.list, bestFrame: 4, bestPts: 0.16)
        var summary = RunSummary(source: "a")
        summary.frames = 1
        let all: [RunOutput] = [
            .begin(info), .frame(result(0, .detections([object]))), .object(event), .lost(outage), .back(outage, info), .end(summary),
        ]
        for output in all { try records.write("a", output) }
        #expect(types() == ["begin", "frame", "event", "outage", "outage", "end"])
        for line in lines.all { #expect(JSONSchema.records.violations(of: line) == []) }
        #expect(lines.all[1]["objects"]?.list?.first?["box"]?.list?.map(\.number) == [1, 2, 3, 4])
        #expect(lines.all[2]["event"]?.string == "end")
        #expect(lines.all[2]["best_frame"]?.number == 4)
    }

    @Test func closingClosesTheSink() throws {
        try records().close()
        #expect(lines.isClosed)
    }

    // MARK: Sizes

    @Test func framesOfTheInputsSizeDoNotSayIt() throws {
        let records = records()
        try records.write("a", .begin(info))
        try records.write("a", .frame(result()))
        #expect(lines.all[1]["width"] == nil)
        #expect(lines.all[1]["height"] == nil)
    }

    /// Boxes are in pixels of the frame, so a reader must know how large it is.
    @Test func framesOfAnotherSizeSayIt() throws {
        let records = records()
        try records.write("a", .begin(info))
        try records.write("a", .frame(result(0)))
        try records.write("a", .frame(result(1, width: 320, height: 192)))
        try records.write("a", .frame(result(2, width: 640, height: 480)))
        try records.write("a", .frame(result(3)))
        #expect(lines.all.dropFirst().map { $0["width"]?.number } == [nil, 320, 640, nil])
        #expect(lines.all.dropFirst().map { $0["height"]?.number } == [nil, 192, 480, nil])
    }

    /// What comes back may be another picture; its `outage` has the size.
    @Test func anOutageMayBringAnotherSize() throws {
        let records = records(), other = try Video.VideoReader(Files.clip("moving.mp4")).info
        try #require(other.width != info.width)
        try records.write("a", .begin(info))
        try records.write("a", .back(outage, other))
        try records.write("a", .frame(result(0, width: other.width, height: other.height)))
        try records.write("a", .frame(result(1)))
        #expect(lines.all[1]["video"]?["width"]?.number == Double(other.width))
        #expect(lines.all[2]["width"] == nil)
        #expect(lines.all[3]["width"]?.number == Double(info.width))
    }

    @Test func sizesAreOfEachInput() throws {
        let records = records(isTagged: true), other = try Video.VideoReader(Files.clip("moving.mp4")).info
        try records.write("a", .begin(info))
        try records.write("b", .begin(other))
        try records.write("a", .frame(result()))
        try records.write("b", .frame(result()))
        #expect(lines.all[2]["width"] == nil)
        #expect(lines.all[3]["width"]?.number == 640)
    }

    // MARK: Names

    @Test(arguments: [false, true]) func framesAndEventsNameTheirInputWhereThereAreSeveral(isTagged: Bool) throws {
        let records = records(isTagged: isTagged) { $0.output.lines = .events }
        let event = ObjectEvent(
            kind: .start, trackID: 1, label: "car", classID: 2, frame: 0, score: 0.5, box: [0, 0, 1, 1],
            bestFrame: 0)
        try records.write("a", .begin(info))
        try records.write("a", .frame(result()))
        try records.write("a", .object(event))
        try records.write("a", .end(RunSummary(source: "a")))
        #expect(lines.all.map { $0["source"]?.string } == ["a", isTagged ? "a" : nil, isTagged ? "a" : nil, "a"])
    }

    // MARK: Begin

    @Test func beginSaysWhatWasAskedFor() throws {
        let records = records {
            ($0.video.start, $0.video.every, $0.video.maxFrames) = (1.5, 2, 9)
            ($0.reuse.policy, $0.reuse.targetAgreement) = (.adaptive, 0.9)
        }
        try records.write("a", .begin(info))
        let begin = lines.all[0], options = try #require(begin["options"])
        #expect(begin["model"]?["name"]?.string == model.name)
        #expect(begin["video"]?["width"]?.number == 640)
        #expect(options["threads"]?.number == 3)
        #expect(options["cache"]?.string == "adaptive")
        #expect(options["target_agreement"]?.number == 0.9)
        #expect(options["start_s"]?.number == 1.5)
        #expect(options["every"]?.number == 2)
        #expect(options["max_frames"]?.number == 9)
    }

    @Test func usualOptionsAreLeftOut() throws {
        try records { $0.reuse.policy = .off }.write("a", .begin(info))
        let options = try #require(lines.all[0]["options"])
        for key in ["target_agreement", "cache_parameters", "start_s", "every", "max_frames", "records", "track_buffer_s", "memory"] {
            #expect(options[key] == nil, "\(key)")
        }
    }

    @Test func anInputThatCannotBeOpenedHasNoVideo() throws {
        try records().write("a", .begin(nil))
        #expect(lines.all[0]["video"] == nil)
        #expect(lines.all[0]["source"]?.string == "a")
    }

    // MARK: Frames

    @Test func reuseRoutesAndExitsAreGiven() throws {
        var result = result(0, .classes([Classification(classID: 1, label: "green", score: 0.875)]))
        result.reuse = FrameResult.Reuse(policy: .adaptive, share: 0.25, reason: .audit)
        var route = RouteOutcome(servedBy: .edge)
        (route.reason, route.edgeMilliseconds, route.miss) = ("edge_timeout", 12.5, true)
        result.route = route
        result.exit = FrameResult.Exit(layer: "relu", macsFraction: 0.5, margin: 1, evidence: "scene")
        try records().write("a", .frame(result))
        let line = lines.all[0]
        #expect(line["classes"]?.list?.first?["label"]?.string == "green")
        #expect(line["objects"] == nil)
        #expect(line["cache"]?["reused"]?.number == 0.25)
        #expect(line["cache"]?["reason"]?.string == "audit")
        #expect(line["route"]?["served_by"]?.string == "edge")
        #expect(line["route"]?["edge_ms"]?.number == 12.5)
        #expect(line["exit"]?["layer"]?.string == "relu")
        #expect(line["timing_ms"]?["total"]?.number == 3)
    }

    @Test func embeddingsAreVectors() throws {
        try records().write("a", .frame(result(0, .embedding([0.5, -1]))))
        #expect(lines.all[0]["embedding"]?.list?.map(\.number) == [0.5, -1])
        #expect(lines.all[0]["objects"] == nil)
    }

    @Test func onlyFramesOfAKnownTimeSayIt() throws {
        var live = result()
        (live.latencyMilliseconds, live.frame.time, live.frame.dropped) = (41.26, Arrival.now.wall, 2)
        try records().write("a", .frame(live))
        try records().write("a", .frame(result()))
        #expect(lines.all[0]["latency_ms"]?.number == 41.3)
        #expect(lines.all[0]["dropped"]?.number == 2)
        #expect(lines.all[0]["time"]?.string?.hasSuffix("Z") == true)
        #expect(lines.all[1]["latency_ms"] == nil)
        #expect(lines.all[1]["time"] == nil)
        #expect(lines.all[1]["dropped"] == nil)
    }

    // MARK: Outages

    @Test func anOutageIsOpenedAndClosed() throws {
        let records = records()
        try records.write("a", .lost(outage))
        try records.write("a", .back(outage, info))
        let (open, closed) = (lines.all[0], lines.all[1])
        #expect(open["state"]?.string == "open")
        #expect(open["reason"]?.string == "timed_out")
        #expect(open["message"]?.string == "no data")
        #expect(open["pts_s"]?.number == 1.5)
        for key in ["attempts", "duration_s", "video"] { #expect(open[key] == nil, "\(key)") }
        #expect(closed["state"]?.string == "closed")
        #expect(closed["attempts"]?.number == 0)
        #expect(closed["duration_s"]?.number ?? -1 >= 0)
        #expect(closed["video"]?["codec"]?.string == "h264")
    }

    // MARK: End

    @Test func endSaysHowTheInputEnded() throws {
        var summary = RunSummary(source: "a")
        (summary.reason, summary.error) = (.failed, DeepVidError(.truncated, "cut"))
        (summary.frames, summary.wallSeconds, summary.outages) = (30, 2, 1)
        summary.latency = .init(p50: 1, p99: 2, max: 3)
        var estimate = AgreementEstimate()
        for agreement in [1, 0.5] { estimate.add(AuditedFrame(agreement: agreement, strict: 0.25, objects: 3), weight: 2) }
        summary.reuse = RunSummary.Reuse(policy: .adaptive, share: 0.5, agreement: .init(.boxes, estimate, NoiseFloor()))
        try records().write("a", .end(summary))
        let end = lines.all[0]
        #expect(end["reason"]?.string == "failed")
        #expect(end["error"]?["code"]?.string == "truncated")
        #expect(end["fps"]?.number == 15)
        #expect(end["outages"]?.number == 1)
        #expect(end["latency_ms"]?["p99"]?.number == 2)
        let agreement = end["cache"]?["agreement"]
        #expect(agreement?["rule"]?.string == "boxes")
        #expect(agreement?["estimate"]?.number == 0.75)
        #expect(agreement?["strict"]?.number == 0.25)
        #expect(agreement?["frames"]?.number == 2)
        #expect(agreement?["objects"]?.number == 6)
        #expect(agreement?["floor"] == nil)
        #expect(end["written"] == nil)
    }

    /// Where not every frame is written, `end` says how many were.
    @Test(arguments: [OutputOptions.Lines.changes, .events]) func whatWasLeftOutIsCounted(what: OutputOptions.Lines) throws {
        var summary = RunSummary(source: "a")
        (summary.frames, summary.written) = (30, 4)
        try records { $0.output.lines = what }.write("a", .end(summary))
        #expect(lines.all[0]["written"]?.number == 4)
        #expect(lines.all[0]["suppressed"]?.number == 26)
    }
}
