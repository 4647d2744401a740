@testable import CacheNet
import Vision

@testable import DeepVid
@testable import Results

/// A record of each kind, with every optional member that can stand together, and the line that it is written as.
enum Golden {
    static let begin = {
        var options = BeginRecord.Options(threads: 2, cache: "adaptive")
        (options.targetAgreement, options.memory, options.routing) = (0.9912345678, "a", routing)
        (options.score, options.nmsIoU, options.classes, options.topK) = (0.25, 0.45678, ["car", "person"], 5)
        (options.startS, options.durationS, options.every, options.fps) = (1.5, 60.1234567, 2, 29.97003)
        (options.maxFrames, options.stream, options.trackBufferS, options.records) = (100, 0, 1, "events")
        (options.snapshots, options.clips) = ("seen", "kept")
        options.zones = [.init(name: "door", points: [[0, 0], [10.126, 5], [3, 7.5]], classes: ["person"])]
        options.lines = [.init(name: "kerb", points: [[1, 2], [3, 4]])]
        options.masks = [.init(name: "tree", points: [[5, 6], [7, 8], [9, 6]])]
        (options.minSize, options.minSizePx, options.staticObjects) = (0.05, 40, "hide")
        var parameters = CacheParameters(block: 10, refresh: 12)
        (parameters.psnrDB, parameters.searchSteps, parameters.searchStride, parameters.motionVectors) = (20, 3, 2, "auto")
        (parameters.histogramDistance, parameters.cachedLayers, parameters.changeThreshold) = (0.1, 7, 0.0000014)
        (parameters.threshold, parameters.area, parameters.auditSeed, options.agreeOn) = (30, 10, 7, "tracks")
        (parameters.propagate, options.keyFrames, options.decode) = (true, true, "active")
        options.cacheParameters = parameters
        (options.memorySHA256, options.exitRule, options.budgetMs) = ("05", "odds", 20)
        options.then = [.init(model: "type.onnx", sha256: "02", head: "classification", card: "c.json", on: ["car"], cropMargin: 0.1)]
        (options.answerAgeS, options.resultCache) = (10, "answers")
        (options.capacity, options.capacityCost, options.precision) = ("large", "max", "bf16")
        options.reid = .init(model: "reid.onnx", sha256: "04", card: "r.json", on: ["person"], ageS: 30, distance: 0.15)
        let model = BeginRecord.Model(
            name: "embedded", sha256: "0f", head: "yolox", card: "b.json", labels: ["person", "car"], input: .init(width: 416, height: 256))
        (options.clock, options.timeZone) = ("metadata", "UTC")
        var member = model
        member.shared = 0.25
        member.variants = [
            .init(name: "small", file: "s.onnx", sha256: "03", input: .init(width: 320, height: 320), accuracy: 0.875, classes: ["car"])
        ]
        member.capacities = [.init(name: "large", accuracy: 0.875, macs: 1000)]
        var begin = BeginRecord(
            deepvid: "0.1", source: "a.mp4", camera: "gate", startTime: "2026-11-21T08:00:00.000Z", clock: "name",
            timeZone: "Europe/Berlin", model: model, video: video, options: options)
        begin.models = ByModel([("first", member)])
        begin.runtime = .init(isa: "avx2", cpu: "A CPU", cpus: 4, ffmpeg: "5.1")
        return begin
    }()
    private static let routing = BeginRecord.Routing(mode: "edge", entropyThreshold: 0.5, submodelCache: 1)
    static let video = {
        var video = BeginRecord.Video(width: 640, height: 384, codec: "h264")
        (video.fps, video.durationS, video.frames, video.rotationDeg) = (29.97002997, 12.5, 375, 90)
        return video
    }()

    static let detected = {
        var object = DetectedObject(
            label: "person", classID: 0, score: 0.912345, box: [1.006, 2, 3.5, 4], trackID: 7, zones: ["door"])
        object.isStatic = true
        object.mask = MaskRecord(Mask(width: 8, height: 2, counts: [0, 16]))
        object.keypoints = [KeypointRecord(Keypoint(name: "nose", x: 1.256, y: -2, score: 0.12345))]
        object.classes = [.init(model: "type.onnx", label: "bus", classID: 3, score: 0.75)]
        (object.embedding, object.reused) = ([0.5], .track)
        (object.corners, object.angle) = ([[14, 22.006], [14, 18], [6, 18], [6, 22]], 0.785398)
        var frame = FrameRecord(
            source: "a.mp4", frame: 7, ptsS: 0.2333333333, objects: [object],
            timingMs: .init(decode: 1, preprocess: 0.5, match: 0.25, infer: 10.12345, postprocess: 0.125, then: 0.5))
        (frame.time, frame.dropped, frame.width, frame.height) = ("2026-11-21T08:15:00.250Z", 3, 320, 192)
        frame.events = [left, .init(kind: .cross, line: "kerb", trackID: 7, label: "person", classID: 0, direction: .leftToRight)]
        frame.cache = .init(policy: "adaptive", reused: 0.75, reason: "scene_cut")
        (frame.latencyMs, frame.capacity) = (41.26, "large")
        frame.models = ByModel([
            (
                "first",
                ModelAnswerRecord(
                    objects: [.init(label: "car", classID: 2, score: 0.5, box: [1, 2, 3, 4])],
                    classes: [.init(label: "red", classID: 0, score: 1)],
                    embedding: [0.25], segments: [.init(label: "sky", classID: 0, share: 0.3)],
                    depth: .init(least: 1, median: 2, greatest: 3), cache: frame.cache, variant: "small", capacity: "large")
            )
        ])
        return frame
    }()
    static let left = ZoneEvent(kind: .leave, zone: "door", trackID: 7, label: "person", classID: 0, dwellSeconds: 2.0004)
    static let classified = {
        var frame = FrameRecord(frame: 0, timingMs: .init(decode: 0, infer: 2))
        frame.classes = [.init(label: "red", classID: 0, score: 1), .init(label: "blue", classID: 2, score: 0.00004)]
        var route = RouteOutcome(servedBy: .edge)
        (route.submodel, route.entropy, route.selection) = (1, 0.69314718, Selection(submodel: 2, angle: 3.1415926))
        (route.miss, route.reason, route.edgeMilliseconds) = (true, "edge_timeout", 12.3456)
        frame.route = route
        frame.exit = .init(layer: "relu", macsFraction: 0.123456, margin: -0.5, evidence: "scene")
        return frame
    }()
    static let embedded = {
        var frame = FrameRecord(frame: 1, ptsS: 0, timingMs: .init(decode: 0, infer: 2))
        frame.embedding = [0, -0.5, .nan, 0.1]
        return frame
    }()

    static let mapped = {
        var frame = FrameRecord(frame: 2, timingMs: .init(decode: 0, infer: 2))
        frame.segments = [.init(label: "road", classID: 1, share: 0.66666), .init(label: "sky", classID: 0, share: 0.3)]
        frame.depth = .init(least: -0.5, median: 1.23456, greatest: .infinity)
        return frame
    }()

    static let event = {
        let object = detected.objects![0]
        var event = ObjectEvent(
            source: detected.source, kind: .end, trackID: object.trackID ?? 0, label: object.label, classID: object.classID, frame: 20,
            pts: 1.25, time: "2026-11-21T08:00:01.250Z", startSeconds: 0.2, startTime: "2026-11-21T08:00:00.200Z", endSeconds: 1,
            endTime: "2026-11-21T08:00:01.000Z", score: object.score, box: object.box, bestFrame: detected.frame,
            bestPts: detected.ptsS, zones: object.zones, enteredZones: ["door", "yard"], zoneEvents: [left],
            snapshot: SnapshotFiles(crop: "a-crop.jpg", frame: "a.jpg"))
        (event.classes, event.embedding) = (object.classes, object.embedding)
        return event
    }()
    /// What the event is told as, with what only one at a line has.
    static let notice = {
        var notice = NoticeRecord.notices(of: event, camera: "gate", source: "a.mp4", zone: .utc)[1]
        (notice.line, notice.direction) = ("kerb", .leftToRight)
        (notice.message, notice.durationS) = ("no data", 18.6)
        return notice
    }()
    static let outage = {
        var record = OutageRecord(source: "rtsp://a", state: .closed, time: "2026-11-21T08:15:00.250Z", reason: "ended", message: "m")
        (record.ptsS, record.attempts, record.durationS, record.video) = (1.5, 2, 3.142, video)
        return record
    }()
    static let end = {
        var end = EndRecord(source: "a\"b", reason: .failed)
        (end.frames, end.decoded, end.notDecoded, end.corruptPackets, end.dropped) = (1, 2, 1, 3, 4)
        let recall = EndRecord.Recall(recall: 0.98766, interval: [0.5, 1])
        end.decode = .init(
            groups: 4, decodedGroups: 1, drawnGroups: 1, share: 0.25, reasons: [.init(reason: "drawn", groups: 1)], limit: 0.5,
            objects: recall,
            events: recall)
        (end.fps, end.wallS, end.timingMs) = (5.68, 6.0004, .init(decode: 1, infer: 2))
        var cache = EndRecord.Reuse(policy: "adaptive", reused: 0.5)
        cache.agreement = .init(
            rule: "boxes", estimate: 0.99, interval: [0.9, 1], strict: 0.98, frames: 8, objects: 20,
            floor: .init(estimate: 0.995, frames: 2, noise: 0.51234))
        (end.cache, end.written, end.suppressed, end.tracks) = (cache, 1, 0, 9)
        end.seen = [.init(label: "car", frames: 5, most: 2, tracks: 4, staticTracks: 1)]
        end.zones = [.init(zone: "door", entered: 3, left: 2, inside: 1, meanDwellS: 1.23456)]
        end.lines = [.init(line: "kerb", leftToRight: 1, rightToLeft: 0)]
        (end.damaged, end.capacities) = (5, [.init(name: "large", frames: 2)])
        end.models = ByModel([
            ("first", .init(cache: cache, seen: end.seen, variants: [.init(name: "small", frames: 3)], capacities: end.capacities))
        ])
        var then = EndRecord.Then(model: "type.onnx")
        (then.crops, then.track, then.cache, then.edge, then.runs) = (9, 5, 2, 1, 1)
        (then.agreement, then.workS) = (cache.agreement, 0.5)
        end.then = [then]
        var reid = EndRecord.Reid(model: "reid.onnx")
        (reid.runs, reid.recognised, reid.workS) = (6, 2, 0.25)
        end.reid = reid
        (end.latencyMs, end.outages) = (.init(p50: 1.04, p99: 2.06, max: 3), 2)
        end.exits = .init(share: 0.5, meanDepth: 0.25, agreement: 1, interval: [0.4385, 1], audits: 3, target: 0.99)
        var routes = EndRecord.Routes()
        (routes.hits, routes.hitRate, routes.misses, routes.switches, routes.fetched) = (1, 0.33333, 2, 3, 4)
        (routes.edgeAnswers, routes.edgeFailures, routes.deviceS, routes.edgeS) = (5, 6, 7.0001, 8.9999)
        (end.routes, end.peakMemoryMB, end.error) = (routes, 123.45, .init(code: "truncated", message: "x\ny"))
        return end
    }()
    static let comparison = {
        var begin = Golden.begin
        (begin.video, begin.options) = (nil, .init(threads: 1, cache: "deepcache"))
        var record = ComparisonRecord(begin: begin, reason: .failed, error: .init(code: "truncated", message: "m"))
        (record.frames, record.speedup, record.speedupMedian, record.reused) = (3, 1.5, 1.4999, 0.5)
        (record.denseMs, record.cachedMs) = (.init(mean: 3, median: 2), .init(mean: 2, median: 1))
        record.matchMs = .init(mean: 1, median: 0)
        (record.speedupNetwork, record.propagated, record.hits) = (2.5, 2, 1)
        (record.unchanged, record.agreement, record.agreementFrames) = (1, 0.99996, 2)
        (record.agreementStrict, record.floor) = (0.5, .init(estimate: nil, frames: 1, noise: 1.2))
        let right = ComparisonRecord.TruthRecord.Figures(ap50: 0.5, ap: 0.25, mota: -1.5, idf1: 0.125, idSwitches: 2)
        (record.frameMAP, record.truth) = (0.75, .init(frames: 3, objects: 4, classes: ["car"], dense: right, cached: right))
        record.agreementInterval = [0.9, 1]
        (record.target, record.sameCounts) = (.init(0.9999, reached: 0.98761, interval: [0.9, 1]), 0.25)
        record.truth?.byClass = [.init(label: "car", objects: 4, denseAP50: 0.5, cachedAP50: 0.25)]
        record.audited = .init(rule: "boxes", estimate: nil, interval: [0, 1], frames: 0, objects: 0)
        record.fullRecomputes = [.init(reason: "not_worthwhile", frames: 1)]
        record.classes = [.init(label: "car", classID: 2, dense: 1, cached: 2, agreement: 0.66666)]
        record.worst = [.init(frame: 1, ptsS: 0.04, agreement: 0, reused: 0, reason: "not_worthwhile")]
        record.worst[0].picture = "a.png"
        record.video = video
        return record
    }()
    static let clip = {
        var record = ClipRecord(
            unixS: 1_795_248_432.12345, host: "h", pid: 1, source: "a.mp4", output: "a.jsonl", state: .failed,
            input: .init(sizeBytes: 10, mtimeS: 5.1234567, sha256: "00"), modelSHA256: "01", optionsSHA256: "02")
        var result = ClipRecord.Result(end)
        (result.videoS, result.resumedFrames) = (1.5, 1)
        record.checkpointInterval = 1000
        record.result = result
        return record
    }()

    static let records: [any Record] = [begin, detected, classified, embedded, mapped, event, notice, outage, end, comparison, clip]

    static let lines = [
        #"{"type":"begin","schema":3,"deepvid":"0.1","source":"a.mp4","camera":"gate","start_time":"2026-11-21T08:00:00.000Z","clock":"name","time_zone":"Europe/Berlin","model":{"name":"embedded","sha256":"0f","head":"yolox","card":"b.json","labels":["person","car"],"input":{"width":416,"height":256}},"models":{"first":{"name":"embedded","sha256":"0f","head":"yolox","card":"b.json","labels":["person","car"],"input":{"width":416,"height":256},"shared":0.25,"variants":[{"name":"small","file":"s.onnx","sha256":"03","input":{"width":320,"height":320},"accuracy":0.875,"classes":["car"]}],"capacities":[{"name":"large","accuracy":0.875,"macs":1000}]}},"video":{"width":640,"height":384,"fps":29.97,"codec":"h264","duration_s":12.5,"frames":375,"rotation_deg":90},"options":{"threads":2,"cache":"adaptive","target_agreement":0.991235,"agree_on":"tracks","cache_parameters":{"block":10,"refresh":12,"psnr_db":20,"search_steps":3,"search_stride":2,"motion_vectors":"auto","histogram_distance":0.1,"cached_layers":7,"change_threshold":0.000001,"threshold":30,"area":10,"audit_seed":7,"propagate":true},"memory":"a","memory_sha256":"05","exit_rule":"odds","routing":{"mode":"edge","entropy_threshold":0.5,"submodel_cache":1},"score":0.25,"nms_iou":0.4568,"classes":["car","person"],"min_size":0.05,"min_size_px":40,"top_k":5,"start_s":1.5,"duration_s":60.123457,"every":2,"fps":29.97,"key_frames":true,"decode":"active","clock":"metadata","time_zone":"UTC","max_frames":100,"stream":0,"track_buffer_s":1,"static":"hide","zones":[{"name":"door","points":[[0,0],[10.13,5],[3,7.5]],"classes":["person"]}],"lines":[{"name":"kerb","points":[[1,2],[3,4]]}],"masks":[{"name":"tree","points":[[5,6],[7,8],[9,6]]}],"budget_ms":20,"capacity":"large","precision":"bf16","capacity_cost":"max","records":"events","snapshots":"seen","clips":"kept","then":[{"model":"type.onnx","sha256":"02","head":"classification","card":"c.json","on":["car"],"crop_margin":0.1}],"answer_age_s":10,"result_cache":"answers","reid":{"model":"reid.onnx","sha256":"04","card":"r.json","on":["person"],"age_s":30,"distance":0.15}},"runtime":{"isa":"avx2","cpu":"A CPU","cpus":4,"ffmpeg":"5.1"}}"#,
        #"{"type":"frame","source":"a.mp4","frame":7,"pts_s":0.233333,"time":"2026-11-21T08:15:00.250Z","dropped":3,"width":320,"height":192,"objects":[{"label":"person","class_id":0,"score":0.9123,"box":[1.01,2,3.5,4],"track_id":7,"static":true,"zones":["door"],"mask":{"size":[2,8],"counts":"0`0"},"keypoints":[{"name":"nose","x":1.26,"y":-2,"score":0.1235}],"corners":[[14,22.01],[14,18],[6,18],[6,22]],"angle":0.7854,"classes":[{"model":"type.onnx","label":"bus","class_id":3,"score":0.75}],"embedding":[0.5],"reused":"track"}],"events":[{"event":"leave","zone":"door","track_id":7,"label":"person","class_id":0,"dwell_s":2},{"event":"cross","line":"kerb","track_id":7,"label":"person","class_id":0,"direction":"left_to_right"}],"cache":{"policy":"adaptive","reused":0.75,"reason":"scene_cut"},"capacity":"large","models":{"first":{"objects":[{"label":"car","class_id":2,"score":0.5,"box":[1,2,3,4]}],"classes":[{"label":"red","class_id":0,"score":1}],"embedding":[0.25],"segments":[{"label":"sky","class_id":0,"share":0.3}],"depth":{"depth_min":1,"depth_median":2,"depth_max":3},"cache":{"policy":"adaptive","reused":0.75,"reason":"scene_cut"},"variant":"small","capacity":"large"}},"timing_ms":{"decode":1,"preprocess":0.5,"match":0.25,"infer":10.123,"postprocess":0.125,"then":0.5,"total":12.498},"latency_ms":41.3}"#,
        #"{"type":"frame","frame":0,"classes":[{"label":"red","class_id":0,"score":1},{"label":"blue","class_id":2,"score":0}],"route":{"submodel":1,"entropy":0.6931,"hit":false,"served_by":"edge","selected":2,"angle":3.1416,"miss":true,"reason":"edge_timeout","edge_ms":12.346},"exit":{"layer":"relu","macs_fraction":0.1235,"margin":-0.5,"evidence":"scene"},"timing_ms":{"decode":0,"infer":2,"total":2}}"#,
        #"{"type":"frame","frame":1,"pts_s":0,"embedding":[0,-0.5,null,0.1],"timing_ms":{"decode":0,"infer":2,"total":2}}"#,
        #"{"type":"frame","frame":2,"segments":[{"label":"road","class_id":1,"share":0.6667},{"label":"sky","class_id":0,"share":0.3}],"depth":{"depth_min":-0.5,"depth_median":1.2346,"depth_max":null},"timing_ms":{"decode":0,"infer":2,"total":2}}"#,
        #"{"type":"event","source":"a.mp4","event":"end","track_id":7,"label":"person","class_id":0,"frame":20,"pts_s":1.25,"time":"2026-11-21T08:00:01.250Z","start_s":0.2,"start_time":"2026-11-21T08:00:00.200Z","end_s":1,"end_time":"2026-11-21T08:00:01.000Z","score":0.9123,"box":[1.01,2,3.5,4],"best_frame":7,"best_s":0.233333,"zones":["door"],"entered_zones":["door","yard"],"events":[{"event":"leave","zone":"door","track_id":7,"label":"person","class_id":0,"dwell_s":2}],"classes":[{"model":"type.onnx","label":"bus","class_id":3,"score":0.75}],"embedding":[0.5],"snapshot":{"crop":"a-crop.jpg","frame":"a.jpg"}}"#,
        #"{"type":"notice","camera":"gate","source":"a.mp4","event":"leave","text":"person left door at gate, 2026-11-21 08:00:01","zone":"door","line":"kerb","dwell_s":2,"direction":"left_to_right","track_id":7,"label":"person","class_id":0,"frame":20,"pts_s":1.25,"time":"2026-11-21T08:00:01.250Z","start_s":0.2,"start_time":"2026-11-21T08:00:00.200Z","end_s":1,"end_time":"2026-11-21T08:00:01.000Z","score":0.9123,"box":[1.01,2,3.5,4],"zones":["door"],"entered_zones":["door","yard"],"snapshot":{"crop":"a-crop.jpg","frame":"a.jpg"},"message":"no data","duration_s":18.6}"#,
        #"{"type":"outage","source":"rtsp://a","state":"closed","time":"2026-11-21T08:15:00.250Z","pts_s":1.5,"reason":"ended","message":"m","attempts":2,"duration_s":3.142,"video":{"width":640,"height":384,"fps":29.97,"codec":"h264","duration_s":12.5,"frames":375,"rotation_deg":90}}"#,
        #"{"type":"end","source":"a\"b","reason":"failed","frames":1,"decoded":2,"not_decoded":1,"corrupt_packets":3,"dropped":4,"damaged":5,"fps":5.68,"wall_s":6,"timing_ms":{"decode":1,"infer":2,"total":3},"decode":{"groups":4,"decoded_groups":1,"drawn_groups":1,"share":0.25,"reasons":[{"reason":"drawn","groups":1}],"limit":0.5,"objects":{"recall":0.9877,"interval":[0.5,1]},"events":{"recall":0.9877,"interval":[0.5,1]}},"cache":{"policy":"adaptive","reused":0.5,"agreement":{"rule":"boxes","estimate":0.99,"interval":[0.9,1],"strict":0.98,"frames":8,"objects":20,"floor":{"estimate":0.995,"frames":2,"noise":0.5123}}},"capacities":[{"name":"large","frames":2}],"models":{"first":{"cache":{"policy":"adaptive","reused":0.5,"agreement":{"rule":"boxes","estimate":0.99,"interval":[0.9,1],"strict":0.98,"frames":8,"objects":20,"floor":{"estimate":0.995,"frames":2,"noise":0.5123}}},"seen":[{"label":"car","frames":5,"most":2,"tracks":4,"static":1}],"variants":[{"name":"small","frames":3}],"capacities":[{"name":"large","frames":2}]}},"written":1,"suppressed":0,"seen":[{"label":"car","frames":5,"most":2,"tracks":4,"static":1}],"tracks":9,"zones":[{"zone":"door","entered":3,"left":2,"inside":1,"mean_dwell_s":1.235}],"lines":[{"line":"kerb","left_to_right":1,"right_to_left":0}],"then":[{"model":"type.onnx","crops":9,"track":5,"cache":2,"edge":1,"runs":1,"agreement":{"rule":"boxes","estimate":0.99,"interval":[0.9,1],"strict":0.98,"frames":8,"objects":20,"floor":{"estimate":0.995,"frames":2,"noise":0.5123}},"work_s":0.5}],"reid":{"model":"reid.onnx","runs":6,"recognised":2,"work_s":0.25},"latency_ms":{"p50":1,"p99":2.1,"max":3},"outages":2,"exits":{"share":0.5,"mean_depth":0.25,"agreement":1,"interval":[0.4385,1],"audits":3,"target":0.99},"routes":{"hits":1,"hit_rate":0.3333,"misses":2,"switches":3,"fetched":4,"edge_answers":5,"edge_failures":6,"device_s":7,"edge_s":9},"peak_memory_mb":123.5,"error":{"code":"truncated","message":"x\ny"}}"#,
        #"{"type":"comparison","schema":3,"deepvid":"0.1","source":"a.mp4","reason":"failed","model":{"name":"embedded","sha256":"0f","head":"yolox","card":"b.json","labels":["person","car"],"input":{"width":416,"height":256}},"video":{"width":640,"height":384,"fps":29.97,"codec":"h264","duration_s":12.5,"frames":375,"rotation_deg":90},"options":{"threads":1,"cache":"deepcache"},"runtime":{"isa":"avx2","cpu":"A CPU","cpus":4,"ffmpeg":"5.1"},"frames":3,"speedup":1.5,"speedup_median":1.5,"speedup_network":2.5,"dense_ms":{"mean":3,"median":2},"cached_ms":{"mean":2,"median":1},"match_ms":{"mean":1,"median":0},"reused":0.5,"unchanged":1,"propagated":2,"hits":1,"full_recomputes":[{"reason":"not_worthwhile","frames":1}],"agreement":1,"agreement_frames":2,"agreement_interval":[0.9,1],"agreement_strict":0.5,"target":{"agreement":0.9999,"held":false,"missed_by":0.0123,"within_interval":true},"same_counts":0.25,"frame_map":0.75,"floor":{"frames":1,"noise":1.2},"audited":{"rule":"boxes","interval":[0,1],"frames":0,"objects":0},"workers":1,"truth":{"frames":3,"objects":4,"classes":["car"],"dense":{"ap50":0.5,"ap":0.25,"mota":-1.5,"idf1":0.125,"id_switches":2},"cached":{"ap50":0.5,"ap":0.25,"mota":-1.5,"idf1":0.125,"id_switches":2},"by_class":[{"label":"car","objects":4,"dense_ap50":0.5,"cached_ap50":0.25}]},"classes":[{"label":"car","class_id":2,"dense":1,"cached":2,"agreement":0.6667}],"worst":[{"frame":1,"pts_s":0.04,"agreement":0,"reused":0,"reason":"not_worthwhile","picture":"a.png"}],"error":{"code":"truncated","message":"m"}}"#,
        #"{"type":"clip","schema":3,"unix_s":1795248432.123,"host":"h","pid":1,"source":"a.mp4","output":"a.jsonl","state":"failed","input":{"size_bytes":10,"mtime_s":5.123457,"sha256":"00"},"model_sha256":"01","options_sha256":"02","checkpoint_interval":1000,"result":{"frames":1,"decoded":2,"corrupt_packets":3,"wall_s":6,"fps":5.68,"video_s":1.5,"reused":0.5,"seen":[{"label":"car","frames":5,"most":2,"tracks":4,"static":1}],"resumed_frames":1,"error":{"code":"truncated","message":"x\ny"}}}"#,
    ]
}
