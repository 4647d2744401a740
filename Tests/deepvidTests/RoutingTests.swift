import Foundation
import TestSupport
import Testing

@testable import Results

/// `infer --bundle` and `batch --bundle`: the binary itself over a CacheNet bundle.
@Suite struct RoutingTests {
    @Test(arguments: ["--cache off", "--cache adaptive", "--cache deepcache", "--submodel-cache 3", "--threads 2", "--every 2"])
    func submodelsAnswerTheirScenes(options: String) throws {
        let run = try expectSuccess("deepvid infer hues.mp4 --bundle bundle \(options)")
        #expect(run.errors.isEmpty, "\(run.errors)")
        let records = try Records(run), begin = try #require(records.begins.first), end = try #require(records.ends.first)
        #expect(begin.model.name == "tiny")
        #expect(begin.model.sha256.count == 64)
        #expect(begin.model.input.width == 16)
        #expect(begin.options.routing?.mode == "submodels")
        #expect(begin.options.routing?.entropyThreshold == 0.5)
        #expect(records.frames.count == (options == "--every 2" ? 55 : 110))
        for frame in records.frames {
            let route = try #require(frame.route), best = try #require(frame.classes?.first)
            let wanted =
                frame.frame < 24 ? "red" : frame.frame == 44 ? "blue" : frame.frame < 54 ? "green" : frame.frame < 84 ? "blue" : "red"
            #expect(best.label == wanted, "frame \(frame.frame)")
            #expect(route.servedBy == .device)
            #expect(route.reason == nil)
            #expect((route.submodel != nil) == route.hit)
            if let k = route.submodel { #expect(["red", "green", "blue"][k - 1] == wanted) }
            if let entropy = route.entropy, route.hit { #expect(entropy < 0.5) }
        }
        let routes = try #require(end.routes)
        #expect(routes.hits == records.frames.count { $0.route?.hit == true })
        #expect(routes.misses == records.frames.count { $0.route?.miss == true })
        // Each of four changes takes five votes.
        #expect(routes.hitRate > (options.contains("every") ? 0.6 : 0.8))
        #expect(routes.switches == 4)
        #expect(routes.fetched == 0)
        #expect(routes.edgeAnswers == 0)
        // The single blue frame does not switch, and is the full model's where its submodel is not there.
        if !options.contains("every") {
            let lone = try #require(records.frames[at: 44].route)
            #expect(lone.selected == 3)
            #expect(lone.miss)
            #expect(!lone.hit)
            #expect(try records.frames[at: 45].route?.submodel == 2)
        }
    }

    @Test func aLargerCacheNeverMissesMore() throws {
        let misses = try (1...3).map { n in
            try #require(try Records(try shell("deepvid infer hues.mp4 --bundle bundle --submodel-cache \(n)")).ends.first?.routes?.misses)
        }
        #expect(misses == misses.sorted(by: >), "\(misses)")
        #expect(try misses[at: 0] > misses[at: 2], "\(misses)")
    }

    /// Whatever is in them: also those that are trained and come later.
    @Test(arguments: bundles)
    func everyBundleOfFixturesRuns(name: String) throws {
        let bundle = Files.repository.appending(path: "Fixtures/bundles/\(name)").path
        for options in ["", "--submodel-cache 2 --cache off", "--device-only"] {
            let run = try expectSuccess("deepvid infer street.mp4 hues.mp4 --bundle \(bundle) --max-frames 40 \(options)")
            #expect(run.errors.isEmpty, "\(run.errors)")
            let records = try Records(run)
            #expect(records.frames.count == 80)
            #expect(records.ends.count == 2)
            for (begin, end) in zip(records.begins, records.ends) {
                let routes = try #require(end.routes), threshold = begin.options.routing?.entropyThreshold
                let frames = records.frames.filter { $0.source == begin.source }
                #expect(routes.hits == frames.count { $0.route?.hit == true })
                #expect(routes.fetched == 0)
                #expect(routes.edgeFailures == 0)
                for route in frames.compactMap(\.route) {
                    #expect(route.servedBy == .device)
                    #expect((route.submodel != nil) == route.hit)
                    // Entropies are written with four decimals.
                    if let threshold, let entropy = route.entropy {
                        #expect(route.hit ? entropy <= threshold : entropy >= threshold - 1e-4)
                    }
                }
                #expect((threshold == nil) == (options == "--device-only"))
            }
        }
    }

    private static let bundles: [String] = {
        let folder = Files.repository.appending(path: "Fixtures/bundles").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/bundle.json") }.sorted()
    }()

    @Test func theFullModelAlone() throws {
        let records = try Records(try shell("deepvid infer hues.mp4 --bundle bundle --device-only"))
        #expect(try records.begins[at: 0].options.routing == BeginRecord.Routing(mode: "device_only"))
        #expect(records.frames.allSatisfy { $0.route == .init(servedBy: .device) })
        #expect(try records.ends[at: 0].routes?.hits == 0)
    }

    @Test func whatIsReportedCanBeChosen() throws {
        let records = try Records(try shell("deepvid infer hues.mp4 --bundle bundle --classes green,blue --top-k 1 --only-changes"))
        #expect(records.frames.allSatisfy { ($0.classes?.count ?? 0) <= 1 })
        #expect(records.frames.allSatisfy { $0.classes?.first?.label != "red" })
        #expect(records.frames.count > 2)
    }

    @Test func severalInputsAndLive() throws {
        let live = try Records(try shell("deepvid infer hues.mp4 hues.mp4 --live --bundle bundle --max-frames 20 --submodel-cache 2"))
        #expect(live.ends.count == 2)
        #expect(live.ends.allSatisfy { $0.reason == .finished })
        #expect(live.ends.allSatisfy { $0.routes != nil })
        #expect(live.frames.allSatisfy { $0.route != nil })
        #expect(live.frames.allSatisfy { $0.source != nil })
        let series = try Records(try shell("deepvid infer hues.mp4 hues.mp4 --bundle bundle"))
        let hits = series.ends.compactMap { $0.routes?.hits }
        // The second input begins with the submodel that the first one ended with: both begin and end red.
        #expect(hits.count == 2)
        #expect(try hits[at: 1] >= hits[at: 0])
    }

    @Test func batchResumesFromCheckpoints() throws {
        let place = try Workspace()
        try expectSuccess(
            """
            run="deepvid batch hues.mp4 --bundle bundle --submodel-cache 2 --checkpoint-interval 15 --quiet"
            $run -o whole || exit 1
            for pause in 0.02 0.05 0.1 0.2 0.3; do
                $run -o killed --resume & sleep $pause; kill -s KILL $!; wait $!
            done
            $run -o killed --resume
            """, in: place)
        let (whole, killed) = (try place.records("whole/hues.mp4.jsonl"), try place.records("killed/hues.mp4.jsonl"))
        #expect(whole.frames.count == 110)
        #expect(whole.frames.map(\.route) == killed.frames.map(\.route))
        #expect(whole.frames.map(\.classes) == killed.frames.map(\.classes))
        #expect(try whole.ends[at: 0].routes?.hits == killed.ends[at: 0].routes?.hits)
        #expect(try whole.ends[at: 0].routes?.misses == killed.ends[at: 0].routes?.misses)
        // Another bundle, or other options, are another batch.
        let other = try shell("deepvid batch hues.mp4 --bundle bundle --checkpoint-interval 15 -o killed --resume", in: place)
        #expect(other.status == 2)
        #expect(other.errors.contains("--redo"), "\(other.errors)")
    }

    @Test func refusesWhatDoesNotGoTogether() throws {
        let infer = "deepvid infer hues.mp4"
        try expectRefusal("\(infer) --bundle nowhere", "nowhere/bundle.json")
        try expectRefusal("\(infer) --bundle ''", "--bundle")
        try expectRefusal("\(infer) --bundle bundle --model detector.onnx", "leave --model out")
        try expectRefusal("\(infer) --bundle bundle --labels x", "leave --labels out")
        try expectRefusal("\(infer) --bundle bundle --memory x", "--memory")
        try expectRefusal("\(infer) --bundle bundle --track", "--track")
        try expectRefusal("\(infer) --bundle bundle --classes purple", "purple", "red")
        try expectRefusal("\(infer) --bundle bundle --entropy-threshold 0", "--entropy-threshold")
        try expectRefusal("\(infer) --bundle bundle --submodel-cache 0", "--submodel-cache")
        try expectRefusal("\(infer) --bundle bundle --device-only --submodel-cache 2", "--submodel-cache")
        try expectRefusal("\(infer) --submodel-cache 2", "--submodel-cache goes with --bundle")
        try expectRefusal("\(infer) --device-only", "--device-only goes with --bundle")
        for flag in ["--edge-only", "--token-file t", "--edge-ca c", "--edge-deadline 1", "--edge-bundle b"] {
            try expectRefusal("\(infer) --bundle bundle \(flag)", "goes with --edge")
        }
        try expectRefusal("\(infer) --edge https://e", "--bundle", "--edge-only")
        try expectRefusal("\(infer) --edge e:1 --bundle b", "--edge needs a URL")
        try expectRefusal("\(infer) --edge https://e --edge-only --bundle b", "leave it out")
        try expectRefusal("\(infer) --edge https://e --bundle b --device-only", "--device-only")
        try expectRefusal("\(infer) --edge https://e --bundle b --edge-deadline 0", "--edge-deadline")
        try expectRefusal("\(infer) --edge http://e --bundle b --edge-ca c", "--edge-ca")
        try expectRefusal("\(infer) --edge https://e --bundle b --token-file nowhere", "nowhere")
        try expectRefusal(": >t; \(infer) --edge https://e --bundle b --token-file t", "no token")
        try expectRefusal("deepvid batch hues.mp4 -o out --bundle bundle --edge https://e", "--edge")
    }

    @Test func damagedBundlesAreRefused() throws {
        let copy = "cp -rL bundle b"
        try expectRefusal("\(copy); rm b/submodel-2.onnx; deepvid infer hues.mp4 --bundle b", "submodel-2.onnx is missing")
        try expectRefusal("\(copy); head -c 300 bundle/full.onnx >b/full.onnx; deepvid infer hues.mp4 --bundle b", "300 bytes")
        try expectRefusal(
            "\(copy); tr x y <bundle/full.onnx >b/full.onnx; deepvid infer hues.mp4 --bundle b", "full.onnx", "SHA-256")
        try expectRefusal("\(copy); sed -i s/0.5/-1/ b/bundle.json; deepvid infer hues.mp4 --bundle b", "'threshold'")
        // A submodel is looked at when it is needed: what was decoded by then is out.
        let late = try shell("\(copy); tr x y <bundle/submodel-2.onnx >b/submodel-2.onnx; deepvid infer hues.mp4 --bundle b")
        #expect(late.status == 1, "\(late.errors)")
        #expect(late.errors.contains("submodel-2.onnx"), "\(late.errors)")
        let records = try Records(late)
        #expect(records.frames.count == 28)
        #expect(try records.ends[at: 0].error?.code == "damaged_file")
    }
}

extension Workspace {
    fileprivate func records(_ name: String) throws -> Records {
        try Records(
            Outcome(command: "", status: 0, output: try String(contentsOf: folder.appending(path: name), encoding: .utf8), errors: ""))
    }
}
