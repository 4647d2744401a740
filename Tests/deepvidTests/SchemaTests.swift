import Foundation
import Results
import Testing

/// deepvid-jsonl(5) names every field that a record can have.
@Suite struct SchemaTests {
    @Test func manualNamesEveryField() throws {
        let page = try String(contentsOf: Workspace.repository.appending(path: "man/deepvid-jsonl.5"), encoding: .utf8)
        let words = Set(page.split { !($0.isLetter || $0 == "_" || $0.isNumber) }.map(String.init))
        for record in try [
            json(Examples.begin), json(Examples.frame), json(Examples.classified), json(Examples.end), json(Examples.comparison),
            json(Examples.event),
            json(Examples.gap), json(Examples.live), json(Examples.liveEnd),
            json(Examples.clip),
        ] {
            for key in keys(of: record) { #expect(words.contains(key), "deepvid-jsonl(5) does not mention '\(key)'") }
        }
    }

    private func json(_ record: some Record) throws -> Any { try JSONSerialization.jsonObject(with: Data(record.json.utf8)) }

    private func keys(of value: Any) -> Set<String> {
        if let object = value as? [String: Any] { return object.reduce(into: []) { $0.formUnion([$1.key] + keys(of: $1.value)) } }
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(keys(of: $1)) } }
        return []
    }
}

/// Records in which every optional field is present.
private enum Examples {
    static let begin = {
        var record = untracked
        record.options.trackBufferS = 1
        record.options.zones = [.init(name: "a", points: [[0, 0]])]
        record.options.routing = .init(mode: "edge", entropyThreshold: 1, submodelCache: 1)
        (record.options.lines, record.options.records) = (record.options.zones, "events")
        return record
    }()
    private static let untracked = BeginRecord(
        deepvid: "1", source: "a", model: .init(name: "m", sha256: "0", head: "yolox", input: .init(width: 1, height: 1)),
        video: .init(width: 1, height: 1, fps: 1, codec: "h264", durationS: 1, frames: 1, rotationDeg: 90),
        options: .init(
            threads: 1, cache: "adaptive", targetAgreement: 1,
            cacheParameters: .init(
                block: 1, refresh: 1, psnrDB: 1, searchSteps: 1, kSkip: 1, mvHints: "auto", histogramDistance: 1, cachedLayers: 1,
                changeThreshold: 1), memory: "a", score: 1, nmsIoU: 1, classes: ["a"], topK: 1, startS: 1, durationS: 1,
            every: 1, fps: 1, maxFrames: 1, stream: 1))
    static let happened = ZoneEvent(
        .leave, zone: "a", line: "a", trackID: 1, label: "a", classID: 0, dwellS: 1, direction: "left_to_right")
    static let event = EventRecord(
        .end, source: "a", trackID: 1, label: "a", classID: 0, frame: 1, ptsS: 1, startS: 0, endS: 1, score: 1, box: [0, 0, 1, 1],
        bestFrame: 0, bestS: 0, zones: ["a"], enteredZones: ["a"], events: [happened])
    static let frame = {
        var record = untrackedFrame
        record.events = [happened]
        (record.objects![0].trackID, record.objects![0].zones) = (1, ["a"])
        return record
    }()
    private static let untrackedFrame = FrameRecord(
        source: "a", frame: 0, ptsS: 0, objects: [.init(label: "a", classID: 0, score: 1, box: [0, 0, 1, 1])],
        embedding: [1], cache: .init(policy: "off", reused: 0, reason: "first_frame"),
        route: .init(
            submodel: 1, entropy: 0, hit: true, servedBy: "device", selected: 1, angle: 0, miss: false, reason: "edge_timeout", edgeMs: 1),
        exit: .init(tap: "a", depthShare: 1, margin: 1, evidence: "scene"),
        timingMs: .init(decode: 1, match: 1, infer: 1))
    static let classified = FrameRecord(
        frame: 0, ptsS: nil, classes: [.init(label: "a", classID: 0, score: 1)], timingMs: .init(decode: 1, infer: 1))
    static let end = {
        var record = untrackedEnd
        (record.written, record.suppressed, record.tracks) = (1, 1, 1)
        record.zones = [.init(zone: "a", entered: 1, left: 1, inside: 0, meanDwellS: 1)]
        record.lines = [.init(line: "a", leftToRight: 1, rightToLeft: 1)]
        record.routes = .init(
            hits: 1, hitRate: 1, misses: 1, switches: 1, fetched: 1, edgeAnswers: 1, edgeFailures: 1, deviceS: 1, edgeS: 1)
        return record
    }()
    private static let untrackedEnd = EndRecord(
        source: "a", reason: .failed, frames: 1, decoded: 1, damaged: 1, dropped: 1, fps: 1, wallS: 1,
        timingMs: .init(decode: 1, infer: 1), cache: .init(policy: "adaptive", reused: 1, agreement: 1, audits: 1),
        exits: .init(share: 1, meanDepth: 1, agreement: 1, audits: 1), peakMemoryMB: 1,
        error: .init(code: "truncated", message: "m"))
    static let gap = GapRecord(
        source: "a", state: .closed, time: "", ptsS: 1, reason: "ended", message: "m", attempts: 1, durationS: 1, video: begin.video)
    static let live = {
        var record = frame
        (record.time, record.dropped, record.latencyMs) = ("", 0, 1)
        return record
    }()
    static let liveEnd = {
        var record = end
        (record.latencyMs, record.gaps) = (.init(p50: 1, p99: 1, max: 1), 1)
        return record
    }()
    static let clip = ClipRecord(
        unixS: 1, host: "h", pid: 1, source: "a", output: "a.jsonl", state: .failed, input: .init(sizeBytes: 1, mtimeS: 1, sha256: "0"),
        modelSHA256: "0", optionsSHA256: "0",
        result: .init(
            frames: 1, decoded: 1, damaged: 0, wallS: 1, fps: 1, videoS: 1, reused: 0, resumedFrames: 1,
            error: .init(code: "truncated", message: "m")))
    static let comparison = {
        var record = ComparisonRecord(begin: begin, reason: .failed, error: .init(code: "truncated", message: "m"))
        (record.speedup, record.speedupMedian, record.reused, record.agreement) = (1, 1, 1, 1)
        (record.denseMs, record.cachedMs, record.matchMs) = (
            .init(mean: 1, median: 1), .init(mean: 1, median: 1), .init(mean: 1, median: 1)
        )
        record.inFull = [.init(reason: "busy", frames: 1)]
        record.classes = [.init(label: "a", classID: 0, dense: 1, cached: 1, agreement: 1)]
        record.worst = [.init(frame: 1, ptsS: 1, agreement: 0, reused: 0, reason: "busy", picture: "a.png")]
        return record
    }()
}
