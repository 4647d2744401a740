import Foundation
import Results
import Testing

/// The published methods, end to end.
@Suite struct PolicyTests {
    @Test(arguments: ["deepcache", "deepmon", "cbinfer"])
    func reusesAndSaysSo(policy: String) throws {
        let records = try Records(try shell("deepvid infer street.mp4 --max-frames 25 --cache \(policy)"))
        #expect(records.ends.first?.reason == .finished && records.ends.first?.cache?.policy == policy)
        #expect(records.begins.first?.options.cache == policy && records.begins.first?.options.targetAgreement == nil)
        for frame in records.frames {
            let cache = try #require(frame.cache)
            #expect(cache.policy == policy && (0...1).contains(cache.reused) && frame.objects != nil)
            // In full at first, and then at its turn.
            let isTurn = policy != "cbinfer" && frame.frame % 10 == 0
            let isFull = frame.frame == 0 || isTurn
            #expect(cache.reason == (frame.frame == 0 ? "first_frame" : isTurn ? "refresh" : nil))
            #expect(isFull == (cache.reused == 0), "frame \(frame.frame)")
        }
        #expect(try #require(records.ends.first?.cache?.reused) > 0.3)
    }

    /// Where nothing is tolerated, the answers are those of a dense run.
    @Test(arguments: [
        "deepcache --psnr 100", "deepcache --psnr 100 --block 7 --mv-hints off", "deepmon --refresh 1", "cbinfer --change-threshold 0",
        "adaptive --target-agreement 1",
    ])
    func toleratesNothing(flags: String) throws {
        for clip in ["street.mp4", "moving.mp4"] {
            let off = try Records(try shell("deepvid infer \(clip) --max-frames 30 --score 0.05 --cache off"))
            let cached = try Records(try shell("deepvid infer \(clip) --max-frames 30 --score 0.05 --cache \(flags)"))
            #expect(cached.frames.count == 30 && cached.frames.map(\.objects) == off.frames.map(\.objects), "\(clip)")
        }
    }

    @Test func eachInputBeginsAnew() throws {
        let records = try Records(try shell("deepvid infer street.mp4 moving.mp4 --max-frames 3 --cache deepcache"))
        #expect(records.frames.map { $0.cache?.reason } == ["first_frame", nil, nil, "first_frame", nil, nil])
    }

    @Test func parametersAreInTheBeginRecord() throws {
        func parameters(_ flags: String) throws -> CacheParameters? {
            try Records(try shell("deepvid infer street.mp4 --max-frames 1 \(flags)")).begins.first?.options.cacheParameters
        }
        #expect(try parameters("--cache off") == nil)
        var deepcache = CacheParameters(block: 16, refresh: 5)
        (deepcache.psnrDB, deepcache.searchSteps, deepcache.searchStride, deepcache.mvHints) = (25, 4, 1, "off")
        #expect(
            try parameters("--cache deepcache --psnr 25 --refresh 5 --search-steps 4 --k-skip 1 --mv-hints off --block 16") == deepcache)
        var deepmon = CacheParameters(block: 10, refresh: 10)
        (deepmon.histogramDistance, deepmon.cachedLayers) = (0.1, 7)
        #expect(try parameters("--cache deepmon --histogram-distance 0.1 --cached-layers 7") == deepmon)
        var cbinfer = CacheParameters()
        cbinfer.changeThreshold = 0.2
        #expect(try parameters("--cache cbinfer --change-threshold 0.2") == cbinfer)
    }

    @Test(arguments: [
        ("--psnr 20", "deepcache"), ("--cache adaptive --k-skip 2", "deepcache"), ("--cache deepmon --mv-hints on", "deepcache"),
        ("--cache cbinfer --search-steps 1", "deepcache"), ("--cache deepcache --target-agreement 0.9", "adaptive"),
        ("--cache cbinfer --refresh 3", "deepmon"), ("--cache deepcache --cached-layers 3", "deepmon"),
        ("--cache adaptive --histogram-distance 0.1", "deepmon"), ("--cache deepcache --change-threshold 0.1", "cbinfer"),
        ("--cache cbinfer --block 8", "deepcache"),
    ])
    func optionsOfOtherPolicies(flags: String, owner: String) throws {
        let flag = flags.split(separator: " ").last { $0.hasPrefix("--") }!
        try expectRefusal("deepvid infer street.mp4 \(flags)", String(flag), owner)
    }

    @Test(arguments: [
        "deepcache --psnr -1", "deepcache --psnr nan", "deepcache --search-steps 65", "deepcache --k-skip 0", "deepcache --mv-hints maybe",
        "deepcache --refresh 0", "deepmon --cached-layers -1", "deepmon --histogram-distance 2", "cbinfer --change-threshold -1", "none",
    ])
    func senselessValues(flags: String) throws { try expectRefusal("deepvid infer street.mp4 --cache \(flags)") }

    @Test func motionVectorHints() throws {
        for when in ["auto", "on", "off"] {
            #expect(try shell("deepvid infer moving.mp4 --max-frames 20 --cache deepcache --mv-hints \(when)").status == 0)
        }
        // FFmpeg gives no vectors for HEVC: not to be used where there are none, but not to be insisted on either.
        #expect(try shell("deepvid infer hevc-10bit.mp4 --cache deepcache").status == 0)
        let refused = try shell("deepvid infer hevc-10bit.mp4 --cache deepcache --mv-hints on")
        #expect(refused.status == 2 && refused.errors.contains("hevc") && refused.errors.contains("--mv-hints"))
        let end = try #require(try Records(refused).ends.first)
        #expect(end.reason == .failed && end.error?.code == "unsupported" && end.frames == 0)
    }
}
