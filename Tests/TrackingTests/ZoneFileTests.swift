import Foundation
import Models
import TestSupport
import Testing
import Vision

@testable import Tracking

@Suite struct ZoneFileTests {
    private func complaint(_ json: String) -> String? {
        do throws(DeepVidError) {
            _ = try ZonePlan(json: Data(json.utf8), name: "z.json")
            return nil
        } catch {
            return error.code == .invalidOptions ? error.message : "another code: \(error.code)"
        }
    }

    @Test func readsWhatTheManualShows() throws {
        let plan = try ZonePlan(
            json: Data(
                """
                {"unit": "fraction", "anchor": "center",
                 "zones": [{"name": "door", "points": [[0.4, 0.3], [0.6, 0.3], [0.6, 0.7]], "classes": ["person"], "dwell_s": [5, 30]}],
                 "lines": [{"name": "gate", "points": [[0, 0.5], [1, 0.5]], "anchor": "bottom_center"}]}
                """.utf8), name: "z.json")
        let layout = plan.layout(width: 100, height: 200)
        #expect(layout.zones[0].points == [Point(40, 60), Point(60, 60), Point(60, 140)])
        #expect(layout.zones[0].classes == ["person"])
        #expect(layout.zones[0].dwellSeconds == [5, 30])
        #expect(layout.zones[0].anchor == .center)
        #expect(layout.lines[0].points == [Point(0, 100), Point(100, 100)])
        #expect(layout.lines[0].anchor == .bottomCenter)
    }

    @Test func readsWhatCountsWhere() throws {
        let json = """
            {"unit": "fraction", "masks": [{"name": "tree", \(wholePicture), "classes": ["person"]}],
             "zones": [{"name": "door", \(wholePicture), "min_size": 0.25, "min_score": 0.6}]}
            """
        let layout = try ZonePlan(json: Data(json.utf8), name: "z.json").layout(width: 100, height: 200)
        #expect(layout.zones[0].minSize == 50)
        #expect(layout.zones[0].minScore == 0.6)
        #expect(layout.masks[0].points == [Point(0, 0), Point(100, 0), Point(100, 200), Point(0, 200)])
        #expect(layout.masks[0].classes == ["person"])
    }

    @Test(arguments: [
        ("", "not JSON"), ("[]", "the file"), ("{}", "'zones' is missing"), ("{\"zones\": []}", "missing"),
        ("{\"zone\": []}", "did you mean 'zones'"),
        ("{\"zones\": 3}", "'zones'"), ("{\"zones\": [3]}", "zones[0]"), ("{\"zones\": [{}]}", "zones[0].name"),
        ("{\"unit\": \"metre\", \"zones\": []}", "'unit'"), ("{\"anchor\": \"top\", \"zones\": []}", "'anchor'"),
        (zone("\"points\": [[0, 0], [1, 0]]"), "3 points or more, not 2"), (zone("\"points\": [[0, 0], [1, 0], [1]]"), "zones[0].points"),
        (zone("\"points\": [[0, 0], [1, 0], [1, \"a\"]]"), "zones[0].points"), (zone("\"points\": [[0, 0], [1, 0], [1, NaN]]"), "not JSON"),
        (zone("\"points\": [[0, 0], [1, 0], [1, 1e999]]"), "not JSON"),
        (zone("\"points\": [[0, 0], [1, 0], [1, 1],]"), "a comma too many before a bracket in line 1"),
        (zone("\"points\": [[0, 0], [1, 0], [1, -1]]"), "point 3, [1.0, -1.0], is outside"),
        (zone("\"points\": [[0, 0], [1, 1], [1, 0], [0, 1]]"), "begin at points 1 and 3 meet"),
        (zone("\"points\": [[0, 0], [1, 1], [1, 1], [0, 1]]"), "point 2 is the same"),
        (zone("\"points\": [[0, 0], [1, 0], [0.5, 0.75]]"), "\"unit\": \"fraction\""),
        ("{\"lines\": [{\"name\": \"a\", \"points\": [[0, 0.5], [1, 0.5]]}]}", "\"unit\": \"fraction\""),
        (zone(square + ", \"dwell\": 3"), "did you mean 'dwell_s'"),
        (zone(square + ", \"dwell_s\": -3"), "zones[0].dwell_s"), (zone(square + ", \"dwell_s\": [3, 2]"), "zones[0].dwell_s"),
        (zone(square + ", \"dwell_s\": \"long\""), "zones[0].dwell_s"), (zone(square + ", \"classes\": []"), "zones[0].classes"),
        (zone(square + ", \"min_size\": 0"), "zones[0].min_size"), (zone(square + ", \"min_score\": 40"), "zones[0].min_score"),
        ("{\"masks\": [{\(square)}]}", "masks[0].name"),
        ("{\"masks\": [{\"name\": \"a\", \"points\": [[0, 0], [1, 1]]}]}", "a mask has 3 points"),
        ("{\"masks\": [{\"name\": \"a\", \(square), \"dwell_s\": 3}]}", "masks[0].dwell_s"),
        ("{\"masks\": [{\"name\": \"a\", \(square), \"min_size\": 3}]}", "masks[0].min_size"),
        ("{\"unit\": \"fraction\", \(zone(square + ", \"min_size\": 3").dropFirst())", "fractions are from 0 to 1"),
        ("{\(zone(square).dropFirst().dropLast()), \"masks\": [{\"name\": \"a\", \(square)}]}", "masks[0].name' is 'a' a second time"),
        (zone(square + ", \"classes\": \"person\""), "zones[0].classes"), (zone(square, name: ""), "zones[0].name"),
        ("{\"unit\": \"fraction\", \"zones\": [{\"name\": \"a\", \"points\": [[0, 0], [2, 0], [1, 1]]}]}", "fractions are from 0 to 1"),
        ("{\"zones\": [{\"name\": \"a\", \(square)}, {\"name\": \"a\", \(square)}]}", "zones[1].name' is 'a' a second time"),
        ("{\"zones\": [{\"name\": \"a\", \(square)}], \"lines\": [{\"name\": \"a\", \"points\": [[0, 0], [1, 1]]}]}", "lines[0].name"),
        ("{\"lines\": [{\"name\": \"a\", \"points\": [[0, 0], [1, 1], [2, 2]]}]}", "2 points, not 3"),
        ("{\"lines\": [{\"name\": \"a\", \"points\": [[1, 1], [1, 1]]}]}", "the same"),
        ("{\"lines\": [{\"name\": \"a\", \"points\": [[0, 0], [1, 1]], \"dwell_s\": 1}]}", "lines[0].dwell_s"),
    ])
    func refusesEverythingElse(json: String, words: String) throws {
        let message = try #require(complaint(json), "\(json.prefix(200)) was taken")
        #expect(message.hasPrefix("--zones: z.json"), "\(message)")
        #expect(message.contains(words), "\(message)")
        #expect(message.count < 1000, "\(message)")
        #expect(!message.contains("\n"), "\(message)")
    }

    @Test func refusesNonsenseOfAnySize() throws {
        for (piece, count) in [("[", 100_000), ("{\"zones\":", 50_000), ("[[0,0],", 100_000), ("x", 10_000_000), ("0", 900_000)] {
            let message = try #require(complaint(String(repeating: piece, count: count)))
            #expect(message.count < 1000, "\(piece)")
            if count * piece.count > 1_000_000 { #expect(message.contains("more than 1 MB")) }
        }
    }

    @Test func pixelsMustBeInThePicture() throws {
        let plan = try ZonePlan(json: Data(zone("\"points\": [[0, 0], [320, 0], [320, 240]]").utf8), name: "z.json")
        try plan.check(width: 320, height: 240, "a.mp4")
        #expect(throws: DeepVidError.self) { try plan.check(width: 319, height: 240, "a.mp4") }
    }

    @Test func fractionsFitEveryPicture() throws {
        let plan = try ZonePlan(json: Data("{\"unit\": \"fraction\", \(zone(wholePicture).dropFirst())".utf8), name: "z.json")
        try plan.check(width: 1, height: 1, "a.mp4")
    }

    @Test func classesMustBeTheModels() throws {
        let plan = try ZonePlan(json: Data(zone(square + ", \"classes\": [\"person\", \"forklift\"]").utf8), name: "z.json")
        try plan.check(Labels(names: ["person", "forklift"]), "m.onnx")
        try plan.check(Labels(names: []), "m.onnx")
        let error = #expect(throws: DeepVidError.self) { try plan.check(Labels(names: ["person", "car"]), "m.onnx") }
        #expect(error?.code == .invalidOptions)
        for words in ["z.json", "'a'", "'forklift'", "m.onnx", "person, car"] {
            #expect(error?.message.contains(words) == true, "\(words)")
        }
    }

    @Test func filesAreReadAndNamedByTheirDigest() throws {
        let folder = try TemporaryFolder()
        try zone(square).write(toFile: folder.path("z.json"), atomically: true, encoding: .utf8)
        let plan = try ZonePlan(file: folder.path("z.json"))
        #expect(plan.sha256.count == 64)
        #expect(plan.layout.zones.map(\.name) == ["a"])
        let error = #expect(throws: DeepVidError.self) { try ZonePlan(file: folder.path("none.json")) }
        #expect(error?.code == .invalidOptions)
        #expect(error?.message.contains("none.json: no such file") == true)
    }

    /// Bytes knocked out of a good file: refused or read, and nothing else.
    @Test func mutatedFiles() {
        let good = Array(zone(square + ", \"dwell_s\": [1, 2], \"classes\": [\"a\"]").utf8)
        var random = Dice(3)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) { bytes[place] = .random(in: 0...255, using: &random) } else { bytes.remove(at: place) }
            }
            _ = try? ZonePlan(json: Data(bytes), name: "z.json")
        }
    }
}

private let square = "\"points\": [[0, 0], [9, 0], [9, 9], [0, 9]]"
private let wholePicture = "\"points\": [[0, 0], [1, 0], [1, 1], [0, 1]]"
private func zone(_ body: String, name: String = "a") -> String { "{\"zones\": [{\"name\": \"\(name)\", \(body)}]}" }
