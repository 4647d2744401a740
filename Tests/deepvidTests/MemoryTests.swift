import Foundation
import Results
import TestSupport
import Testing

/// `deepvid memory`, and `infer --memory`, with a classifier of colours.
@Suite struct MemoryTests {
    /// 25 pictures of each colour in a folder of its name; and a film of them.
    private func workspace(film: [Int] = Array(repeating: 0, count: 20) + Array(repeating: 2, count: 20)) throws -> Workspace {
        let workspace = try Workspace(), models = Files.repository.appending(path: "Fixtures/models")
        for name in ["colours.onnx", "colours.json"] {
            try FileManager.default.createSymbolicLink(
                at: workspace.folder.appending(path: name), withDestinationURL: models.appending(path: name))
        }
        var generator = Noise()
        for (colour, name) in ["red", "green", "blue"].enumerated() {
            try FileManager.default.createDirectory(
                at: workspace.folder.appending(path: "images/\(name)"), withIntermediateDirectories: true)
            for i in 0..<25 { try generator.picture(colour).write(to: workspace.folder.appending(path: "images/\(name)/\(1000 + i).ppm")) }
        }
        try FileManager.default.createDirectory(at: workspace.folder.appending(path: "film"), withIntermediateDirectories: true)
        for (i, colour) in film.enumerated() {
            try generator.picture(colour).write(to: workspace.folder.appending(path: "film/\(1000 + i).ppm"))
        }
        return workspace
    }

    @Test func buildsInfersAndResumes() throws {
        let workspace = try workspace()
        let built = try shell("deepvid memory build colours.onnx --images images -o c.memory", in: workspace)
        #expect(built.status == 0 && built.output.isEmpty && built.errors.contains("3 classes"), "\(built.errors)")
        let told = try shell("deepvid memory inspect c.memory --json", in: workspace)
        let memory = try #require(try JSONSerialization.jsonObject(with: Data(told.output.utf8)) as? [String: Any])
        #expect((memory["classes"] as? [[String: Any]])?.compactMap { $0["label"] as? String }.sorted() == ["blue", "green", "red"])
        #expect((memory["exit_layers"] as? [Any])?.isEmpty == false)
        #expect(try shell("deepvid memory inspect c.memory", in: workspace).output.contains("colours.onnx"))

        let plain = try Records(try shell("deepvid infer 'film/*.ppm' -m colours.onnx --cache off", in: workspace))
        #expect(
            try plain.frames.allSatisfy { $0.exit == nil } && plain.ends[at: 0].exits == nil && plain.begins[at: 0].options.memory == nil)
        for cache in ["off", "adaptive", "cbinfer"] {
            let run = try shell(
                "deepvid infer 'film/*.ppm' -m colours.onnx --cache \(cache) --memory c.memory --memory-save after.memory", in: workspace)
            let records = try Records(run), end = try #require(records.ends.first)
            #expect(
                try run.status == 0 && records.frames.count == 40 && records.begins[at: 0].options.memory == "c.memory", "\(run.errors)")
            #expect(records.frames.map { $0.classes?.first?.label } == plain.frames.map { $0.classes?.first?.label })
            let exits = records.frames.compactMap(\.exit).filter { $0.layer != nil }
            #expect(exits.count > 20, "\(cache): \(exits.count) exits")
            #expect(exits.allSatisfy { $0.macsFraction > 0 && $0.macsFraction < 1 && $0.evidence != nil && $0.margin >= 0 })
            #expect(records.frames.compactMap(\.exit).filter { $0.layer == nil }.allSatisfy { $0.macsFraction == 1 && $0.evidence == nil })
            let share = try #require(end.exits)
            #expect(abs(share.share - Double(exits.count) / 40) < 1e-4 && share.meanDepth < 1)
        }
        // A memory is a policy of its own.
        let compared = try expectSuccess(
            "deepvid compare 'film/*.ppm' -m colours.onnx --cache cbinfer --memory c.memory --json", in: workspace)
        let rows: [ComparisonRecord] = try compared.lines.map { try strict($0) }
        #expect(rows.map(\.options.cache) == ["cbinfer", "off"])
        #expect(rows.map(\.options.memory) == [nil, "c.memory"])
        #expect(rows.map(\.agreement) == [1, 1])
        #expect(rows.last?.reused ?? 0 > 0.1)
        #expect(rows.last?.options.memorySHA256?.count == 64)
        #expect(rows.last?.options.exitRule == "odds")
        let aimed = try Records(
            try expectSuccess(
                "deepvid infer 'film/*.ppm' -m colours.onnx --cache off --memory c.memory --target-agreement 0.9", in: workspace))
        #expect(try aimed.begins[at: 0].options.targetAgreement == 0.9)
        #expect(try aimed.ends[at: 0].exits?.target == 0.9)
        try expectRefusal("deepvid infer 'film/*.ppm' -m colours.onnx --cache off --target-agreement 0.9", "no effect", in: workspace)
        let resumed = try Records(
            try shell("deepvid infer 'film/*.ppm' -m colours.onnx --memory after.memory --max-frames 5", in: workspace))
        #expect(resumed.frames.count == 5)
        let after = try shell("deepvid memory inspect after.memory", in: workspace)
        #expect(after.output != (try shell("deepvid memory inspect c.memory", in: workspace)).output)
    }

    @Test func ownAnswersServeAsLabels() throws {
        let workspace = try workspace(film: (0..<90).map { $0 / 10 % 3 })
        let built = try shell("deepvid memory build colours.onnx --video 'film/*.ppm' --exit-layers 2 -o c.memory", in: workspace)
        #expect(
            built.status == 0 && built.errors.contains("named by the model") && built.errors.contains("2 exit layers"), "\(built.errors)")
        let named = try shell(
            "deepvid memory build colours.onnx --video 'film/*.ppm' --exit-layers conv1 -o d.memory -q; deepvid memory inspect d.memory",
            in: workspace)
        #expect(named.status == 0 && named.output.contains("conv1"), "\(named.errors)")
    }

    @Test func refusesWhatCannotWork() throws {
        let workspace = try workspace()
        #expect(try shell("deepvid memory build colours.onnx --images images -q -o c.memory", in: workspace).status == 0)
        try expectRefusal("deepvid infer street.mp4 --memory c.memory", "classifiers", in: workspace)
        try expectRefusal("deepvid infer street.mp4 -m colours.onnx --memory street.mp4", "no memory file", in: workspace)
        try expectRefusal("deepvid infer street.mp4 -m colours.onnx --memory none.memory", "cannot be read", in: workspace)
        try expectRefusal("deepvid infer street.mp4 -m colours.onnx --memory-save a", "--memory-save", in: workspace)
        try expectRefusal(
            "head -c 500 c.memory > d.memory; deepvid infer street.mp4 -m colours.onnx --memory d.memory", "damaged", in: workspace)
        try expectRefusal("deepvid memory build detector.onnx --images images -o e.memory", "classifiers", in: workspace)
        try expectRefusal("deepvid memory build colours.onnx -o e.memory", "--images", in: workspace)
        try expectRefusal("deepvid memory build colours.onnx --images film/none -o e.memory", "no folder", in: workspace)
        try expectRefusal("deepvid memory build colours.onnx --images images --exit-layers nix -o e.memory", "conv0", in: workspace)
        try expectRefusal(
            "mkdir -p odd/purple && cp images/red/1000.ppm odd/purple && deepvid memory build colours.onnx --images odd -o e.memory",
            "purple", in: workspace)
        try expectRefusal(
            "mkdir few && cp -r images/red few && deepvid memory build colours.onnx --images few -o e.memory", "classes", in: workspace)
        try expectRefusal("deepvid memory inspect street.mp4", "no memory file", in: workspace)
        try expectRefusal("deepvid memory build colours.onnx --images images -o .", "directory", in: workspace)
        // Another model's.
        try expectRefusal(
            "python3 -c \"d=bytearray(open('colours.onnx','rb').read());i=d.find(b'colours');d[i:i+7]=b'others!';open('o.onnx','wb').write(d)\" "
                + "&& cp colours.json o.json && deepvid infer street.mp4 -m o.onnx --memory c.memory", "not for o.onnx", in: workspace)
    }
}

/// Pictures of one colour with noise, as PPM.
private struct Noise {
    private var state: UInt64 = 88_172_645_463_325_252

    private mutating func next(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % count
    }

    mutating func picture(_ colour: Int) -> Data {
        var data = Data("P6 32 32 255\n".utf8)
        let strength = 60 + next(40), other = 20 + next(30)
        for _ in 0..<32 * 32 { for c in 0..<3 { data.append(UInt8((c == colour ? 80 + strength : other) + next(60))) } }
        return data
    }
}
