extension ComparisonRecord {
    public func write(to json: inout JSONText) {
        json.object { json in
            json.member("type", type)
            json.member("schema", schema)
            json.member("deepvid", deepvid)
            json.member("source", source)
            json.member("reason", reason.rawValue)
            json.object("model", model.write)
            if let video { json.object("video", video.write) }
            json.object("options", options.write)
            json.member("frames", frames)
            if let speedup { json.member("speedup", speedup, decimals: 3) }
            if let speedupMedian { json.member("speedup_median", speedupMedian, decimals: 3) }
            if let denseMs { json.object("dense_ms", denseMs.write) }
            if let cachedMs { json.object("cached_ms", cachedMs.write) }
            if let matchMs { json.object("match_ms", matchMs.write) }
            if let reused { json.member("reused", reused, decimals: 4) }
            json.member("rested", rested)
            json.array("in_full") { json in
                for count in inFull {
                    json.object { json in
                        json.member("reason", count.reason)
                        json.member("frames", count.frames)
                    }
                }
            }
            if let agreement { json.member("agreement", agreement, decimals: 4) }
            json.member("agreement_frames", agreementFrames)
            json.array("classes") { json in for entry in classes { json.object(entry.write) } }
            json.array("worst") { json in for entry in worst { json.object(entry.write) } }
            if let error {
                json.object("error") { json in
                    json.member("code", error.code)
                    json.member("message", error.message)
                }
            }
        }
    }
}

extension ComparisonRecord.Spread {
    func write(to json: inout JSONText) {
        json.member("mean", mean, decimals: 3)
        json.member("median", median, decimals: 3)
    }
}

extension ComparisonRecord.ClassAgreement {
    func write(to json: inout JSONText) {
        json.member("label", label)
        json.member("class_id", classID)
        json.member("dense", dense)
        json.member("cached", cached)
        json.member("agreement", agreement, decimals: 4)
    }
}

extension ComparisonRecord.WorstFrame {
    func write(to json: inout JSONText) {
        json.member("frame", frame)
        if let ptsS { json.member("pts_s", ptsS, decimals: 6) }
        json.member("agreement", agreement, decimals: 4)
        json.member("reused", reused, decimals: 4)
        if let reason { json.member("reason", reason) }
        if let picture { json.member("picture", picture) }
    }
}
