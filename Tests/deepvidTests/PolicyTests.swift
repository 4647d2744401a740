import Foundation
import TestSupport
import Testing

@testable import Results

/// The published methods, end to end.
@Suite struct PolicyTests {
    @Test(arguments: ["deepcache", "deepmon", "cbinfer"])
    func reusesAndSaysSo(policy: String) throws {
        let records = try Records(try shell("deepvid infer street.mp4 --max-frames 25 --cache \(policy)"))
        #expect(records.ends.first?.reason == .finished)
        #expect(records.ends.first?.cache?.policy == policy)
        #expect(records.begins.first?.options.cache == policy)
        #expect(records.begins.first?.options.targetAgreement == nil)
        for frame in records.frames {
            let cache = try #require(frame.cache)
            #expect(cache.policy == policy)
            #expect((0...1).contains(cache.reused))
            #expect(frame.objects != nil)
            // In full at first, and then at its turn.
            let isTurn = policy != "cbinfer" && frame.frame % 10 == 0
            let isFull = frame.frame == 0 || isTurn
            #expect(cache.reason == (frame.frame == 0 ? "first_frame" : isTurn ? "refresh" : nil))
            #expect(isFull == (cache.reused == 0), "frame \(frame.frame)")
        }
        #expect(try #require(records.ends.first?.cache?.reused) > 0.3)
    }

    /// Objects of a dense run of a clip's first 30 frames.
    private static let dense: [String: [[DetectedObject]?]] = {
        var dense: [String: [[DetectedObject]?]] = [:]
        for clip in ["street.mp4", "moving.mp4"] {
            dense[clip] = (try? shell("deepvid infer \(clip) --max-frames 30 --score 0.05 --cache off")).flatMap {
                try? Records($0).frames.map(\.objects)
            }
        }
        return dense
    }()

    /// Where nothing is tolerated, the answers are those of a dense run.
    @Test(
        arguments: [
            "deepcache:psnr=100", "deepcache:psnr=100,block=7,motion-vectors=off", "deepmon:refresh=1", "cbinfer:change-threshold=0",
            "adaptive --target-agreement 1",
        ], ["street.mp4", "moving.mp4"])
    func toleratesNothing(policy: String, clip: String) throws {
        let cached = try Records(try shell("deepvid infer \(clip) --max-frames 30 --score 0.05 --cache \(policy)"))
        #expect(cached.frames.count == 30)
        #expect(cached.frames.map(\.objects) == Self.dense[clip])
    }

    @Test func eachInputBeginsAnew() throws {
        let records = try Records(try shell("deepvid infer street.mp4 moving.mp4 --max-frames 3 --cache deepcache"))
        #expect(records.frames.map { $0.cache?.reason } == ["first_frame", nil, nil, "first_frame", nil, nil])
    }

    /// The default policy measures and adapts: nothing of that may go from one input to the next.
    @Test func severalInputsWithTheDefaultPolicy() throws {
        let together = try Records(try shell("deepvid infer street.mp4 moving.mp4 street.mp4 --threads 1"))
        let apart = try ["street.mp4", "moving.mp4", "street.mp4"].map {
            try Records(try shell("deepvid infer \($0) --threads 1"))
        }
        #expect(together.ends.count == 3)
        for (end, alone) in try zip(together.ends, apart.map { try $0.ends[at: 0] }) {
            #expect(end.cache?.agreement == alone.cache?.agreement)
            #expect(end.cache?.reused == alone.cache?.reused)
        }
        #expect(together.frames.map(\.objects) == apart.flatMap { $0.frames.map(\.objects) })
        #expect(together.frames.map { $0.cache?.reason } == apart.flatMap { $0.frames.map { $0.cache?.reason } })
    }

    @Test func parametersAreInTheBeginRecord() throws {
        func parameters(_ flags: String) throws -> CacheParameters? {
            try Records(try shell("deepvid infer street.mp4 --max-frames 1 \(flags)")).begins.first?.options.cacheParameters
        }
        #expect(try parameters("--cache off") == nil)
        var adaptive = CacheParameters(block: 8)
        (adaptive.auditSeed, adaptive.propagate) = (0, true)
        #expect(try parameters("") == adaptive)
        for word in ["on", "true"] { #expect(try parameters("--cache adaptive:propagate=\(word)") == adaptive) }
        adaptive.propagate = false
        for word in ["off", "false"] { #expect(try parameters("--cache adaptive:propagate=\(word)") == adaptive) }
        var deepcache = CacheParameters(block: 16, refresh: 5)
        (deepcache.psnrDB, deepcache.searchSteps, deepcache.searchStride, deepcache.motionVectors) = (25, 4, 1, "off")
        #expect(
            try parameters("--cache deepcache:psnr=25,refresh=5,search-steps=4,search-stride=1,motion-vectors=off,block=16") == deepcache)
        var deepmon = CacheParameters(block: 10, refresh: 10)
        (deepmon.histogramDistance, deepmon.cachedLayers) = (0.1, 7)
        #expect(try parameters("--cache deepmon:histogram-distance=0.1,cached-layers=7") == deepmon)
        var cbinfer = CacheParameters()
        cbinfer.changeThreshold = 0.2
        #expect(try parameters("--cache cbinfer:change-threshold=0.2") == cbinfer)
    }

    /// What is wrong with the policy, its keys or its values, and what the message has to offer.
    @Test(arguments: [
        ("deepcash", ["no policy 'deepcash'", "(did you mean 'deepcache'?)", "off, adaptive, deepmon, cbinfer, deepcache"]),
        ("none", ["no policy 'none'", "the policies are"]), ("", ["no policy ''"]),
        ("deepcache:", ["no parameter ''", "block, refresh, psnr, search-steps, search-stride, motion-vectors"]),
        ("deepcache:blok=10", ["'deepcache' has no parameter 'blok'", "did you mean 'block'?"]),
        ("deepcache:psnr=20,", ["no parameter ''"]), ("deepcache:psnr", ["'psnr' needs a value", "psnr=20"]),
        ("deepcache:psnr=20,psnr=30", ["'psnr' is given twice"]), ("off:block=8", ["'off' has no parameters"]),
        ("adaptive:psnr=20", ["one of deepcache", "its parameters are block"]),
        ("deepmon:motion-vectors=on", ["one of deepcache"]), ("cbinfer:refresh=3", ["one of deepcache and deepmon"]),
        ("deepcache:cached-layers=3", ["one of deepmon"]), ("deepcache:change-threshold=0.1", ["one of cbinfer"]),
        ("cbinfer:block=8", ["its parameters are change-threshold"]),
        ("deepcache:psnr=-1", ["'psnr' must be 0 or more, in dB, not '-1'"]), ("deepcache:psnr=nan", ["not 'nan'"]),
        ("deepcache:psnr=", ["'psnr' must be"]), ("deepcache:search-steps=65", ["from 0 to 64"]),
        ("deepcache:search-stride=0", ["from 1 to 16"]), ("deepcache:motion-vectors=of", ["auto, on or off", "did you mean"]),
        ("deepcache:refresh=0", ["from 1 to 100000"]), ("deepcache:block=1.5", ["whole number from 2 to 64"]),
        ("deepmon:cached-layers=-1", ["cached-layers"]), ("deepmon:histogram-distance=2", ["from 0 to 1"]),
        ("cbinfer:change-threshold=-1", ["0 or more"]),
    ])
    func mistakesArePointedOut(argument: String, words: [String]) throws {
        for word in words { try expectRefusal("deepvid infer street.mp4 --cache '\(argument)'", "--cache: ", word) }
    }

    @Test func theTargetIsOfOnePolicy() throws {
        try expectRefusal("deepvid infer street.mp4 --cache deepcache --target-agreement 0.9", "--target-agreement", "adaptive")
    }

    /// Every policy and parameter of the manual is taken with its default, and every one that is taken stands there.
    @Test func theManualHasTheDefaults() throws {
        let page = try Files.text("man/deepvid.1")
        let section = try #require(page.components(separatedBy: ".Sh POLICIES\n").last?.components(separatedBy: "\n.Pp\n").first)
        var policy = "", rows: [String] = []
        for line in section.split(separator: "\n") {
            guard let item = line.wholeMatch(of: /\.It Cm ([a-z-]+)(?: Pq (?:Li )?(.+))?/) else { continue }
            if let value = item.2 { rows.append("\(policy):\(item.1)=\(value)") } else { policy = String(item.1) }
        }
        #expect(rows.count == 17)
        for row in rows where !row.hasSuffix("half of them") {
            let plain = try shell("deepvid infer street.mp4 --max-frames 1 --cache \(row.prefix { $0 != ":" })")
            let explicit = try expectSuccess("deepvid infer street.mp4 --max-frames 1 --cache \(row)")
            #expect(try Records(explicit).begins.map(\.json) == Records(plain).begins.map(\.json), "\(row) is the default")
        }
    }

    @Test func motionVectorHints() throws {
        for when in ["auto", "on", "off"] {
            #expect(try shell("deepvid infer moving.mp4 --max-frames 20 --cache deepcache:motion-vectors=\(when)").status == 0)
        }
        // FFmpeg gives no vectors for HEVC: not to be used where there are none, but not to be insisted on either.
        #expect(try shell("deepvid infer hevc-10bit.mp4 --cache deepcache").status == 0)
        let refused = try shell("deepvid infer hevc-10bit.mp4 --cache deepcache:motion-vectors=on")
        #expect(refused.status == 2)
        #expect(refused.errors.contains("hevc"))
        #expect(refused.errors.contains("motion-vectors"))
        let end = try #require(try Records(refused).ends.first)
        #expect(end.reason == .failed)
        #expect(end.error?.code == "unsupported")
        #expect(end.frames == 0)
    }
}
