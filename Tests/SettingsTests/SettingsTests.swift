import Foundation
import Settings
import TestSupport
import Testing

/// From `deepvid.toml` to command lines, and what is wrong with it and where.
@Suite struct SettingsTests {
    private static let known = KnownFlags(
        infer: CommandFlags(
            dump: dump([
                ("model", "option", false), ("classes", "option", false), ("tag", "option", true), ("score", "option", false),
                ("track", "flag", false), ("live", "flag", false), ("no-live", "flag", false), ("segment", "option", false),
                ("output", "option", false), ("metrics", "option", false), ("threads", "option", false),
            ])),
        batch: CommandFlags(
            dump: dump([
                ("model", "option", false), ("jobs", "option", false), ("output", "option", false), ("threads", "option", false),
                ("metrics", "option", false), ("track", "flag", false),
            ])),
        didYouMean: { word, names in names.contains("classes") && word == "clases" ? " (did you mean 'classes'?)" : "" })

    /// As ArgumentParser describes a command.
    private static func dump(_ flags: [(name: String, kind: String, isRepeating: Bool)]) -> String {
        let arguments = flags.map {
            #"{"kind":"\#($0.kind)","isRepeating":\#($0.isRepeating),"names":[{"kind":"long","name":"\#($0.name)"}]}"#
        }
        return #"{"command":{"arguments":[{"kind":"positional","isRepeating":true},\#(arguments.joined(separator: ","))]}}"#
    }

    private func read(_ text: String, folders: [String] = []) throws -> (commands: [CameraCommand], mistakes: [String]) {
        let place = try TemporaryFolder()
        for folder in folders {
            try FileManager.default.createDirectory(atPath: place.path(folder), withIntermediateDirectories: true)
        }
        try Data(text.utf8).write(to: URL(fileURLWithPath: place.path("d.toml")))
        let settings = try Settings(path: place.path("d.toml"))
        let (commands, mistakes) = settings.commands(Self.known, cpus: 4)
        return (commands, Mistake.sorted(settings.mistakes + mistakes).map { $0.description.replacing(place.path + "/", with: "") })
    }

    @Test func keysBecomeFlags() throws {
        let (commands, mistakes) = try read(
            """
            model = "m.onnx"
            score = 0.6
            output = "records"
            track = true
            live = false
            [camera.gate]
            input = "rtsp://gate/1"
            classes = ["person", "car"]
            tag = ["a", 2]
            score = 0.25
            metrics = "m/{camera}.prom"
            """)
        #expect(mistakes.isEmpty, "\(mistakes)")
        #expect(
            commands[0].words == [
                "infer", "rtsp://gate/1", "--classes", "person,car", "--tag", "a", "--tag", "2", "--score", "0.25", "--metrics",
                "m/gate.prom",
                "--model", "m.onnx", "--output", "records/gate.jsonl", "--track", "--no-live", "--camera", "gate", "--threads", "4",
            ])
    }

    @Test func foldersAreFollowed() throws {
        let (commands, mistakes) = try read(
            """
            segment = "10m"
            output = "records/{camera}"
            metrics = "metrics"
            [camera.yard]
            input = "nvr/yard"
            [camera.gate]
            input = "a.mp4"
            """, folders: ["nvr/yard"])
        #expect(mistakes.isEmpty, "\(mistakes)")
        // A default that is none of batch's flags is for the others.
        #expect(
            commands[0].words == [
                "batch", "nvr/yard", "--output", "records/yard", "--metrics", "metrics/yard.prom", "--camera", "yard", "--follow",
                "--threads", "2",
            ])
        #expect(commands[1].words.starts(with: ["infer", "a.mp4", "--segment", "10m", "--output", "records/gate/gate.jsonl"]))
    }

    /// Which changes with other cameras, and is no reason to start this one anew.
    @Test func theShareOfTheMachineStandsApart() throws {
        let (commands, _) = try read("output=\"o\"\n[camera.a]\ninput=\"x\"\n[camera.b]\ninput=\"y\"\nthreads=3\n")
        #expect(commands[0].share == ["--threads", "2"])
        #expect(commands[0].words == commands[0].settled + commands[0].share)
        #expect(commands[1].share.isEmpty)
        #expect(commands[1].settled.contains("--threads"))
    }

    @Test func runHasAMetricsFileOfItsOwn() throws {
        let camera = "output=\"o\"\n[camera.run]\ninput=\"x\"\n"
        let (_, mistakes) = try read("metrics=\"m\"\n" + camera)
        #expect(mistakes.count == 1, "\(mistakes)")
        #expect(mistakes[0].hasPrefix("d.toml:1:1: camera 'run' would have the metrics file of 'deepvid run'"), "\(mistakes)")
        #expect(try read("metrics=\"m/{camera}-1.prom\"\n" + camera).mistakes.isEmpty)
    }

    /// A disk that is not there yet changes nothing but that.
    @Test func aFolderMayComeLater() throws {
        let (commands, mistakes) = try read("output=\"o\"\n[camera.a]\ninput=\"nvr\"\njobs=2\n")
        #expect(mistakes.isEmpty, "\(mistakes)")
        #expect(commands[0].tool == .batch)
        // Where no key says so, its name does.
        let inputs = [
            ("nvr", "", CameraCommand.Tool.batch), ("nvr.mp4", "", .infer), ("/dev/gone", "", .infer), ("nvr", "live = true", .infer),
        ]
        for (input, key, tool) in inputs {
            #expect(try read("output=\"o\"\n[camera.a]\ninput=\"\(input)\"\n\(key)\n").commands[0].tool == tool, "\(input) \(key)")
        }
    }

    @Test func valuesMayBeginWithADash() throws {
        let (commands, _) = try read("output=\"o\"\n[camera.a]\ninput=\"x\"\nsegment=\"-5\"")
        #expect(commands[0].words.contains("--segment=-5"))
        #expect(commands[0].value(of: "segment") == "-5")
    }

    @Test func everyMistakeIsNamedWithItsPlace() throws {
        let (_, mistakes) = try read(
            """
            clases = "person"
            output = "o.jsonl"
            [camera.a]
            input = "x"
              track = "yes"
            jobs = 2
            [camera.b]
            input = "y"
            score = 2026-11-21
            [camera."c/d"]
            model = []
            [camera.e]
            input = "-"
            follow = true
            """)
        let expected = [
            "d.toml:1:1: unknown key 'clases' (did you mean 'classes'?)", "d.toml:2:1: cameras 'a' and 'b' have the same output",
            "d.toml:5:3: 'track' is a string, and has to be true or false",
            "d.toml:9:1: 'score' is a date or time",
            "d.toml:10:9: 'c/d' is no camera's name", "d.toml:10:9: camera 'c-d' has no input",
            "d.toml:13:1: a camera cannot be read from standard input", "d.toml:14:1: 'follow' is decided by 'deepvid run'",
        ]
        for line in expected { #expect(mistakes.contains { $0.hasPrefix(line) }, "\(line) is not in \(mistakes)") }
        // One sentence about the name.
        #expect(mistakes.count { $0.contains("c/d") } == 1, "\(mistakes)")
    }

    @Test(arguments: [
        ("a = 1\nb = \"x\nc", "d.toml:2:"), ("a = 1\na = 2", "d.toml:2:"), ("", "d.toml:1:1: has no cameras"),
        ("[camera]\ngate = 1", "d.toml:2:1: 'gate'"), ("[cameras.a]\ninput=\"x\"", "d.toml:1:10: [cameras.a] is no table"),
        ("camera = 3", "d.toml:1:1: 'camera' is a number"), ("[[camera]]\nx = 1", "d.toml:1:3: 'camera' is a list"),
        ("\u{0}", "d.toml:1:1:"),
        (String(repeating: "[", count: 100_000), "d.toml:"),
    ]) func whatIsNoSettings(text: String, start: String) throws {
        let mistakes = try read(text).mistakes
        #expect(mistakes.count == 1, "\(mistakes)")
        #expect(mistakes[0].hasPrefix(start), "\(mistakes)")
    }

    @Test func aMissingFileIsAnError() {
        #expect(throws: SettingsError.self) { try Settings(path: "/no/deepvid.toml") }
    }

    @Test(arguments: [
        ("gate", true), ("Tür-2", true), ("a.b_c", true), ("", false), (".a", false), ("-a", false), ("a/b", false), ("a b", false),
    ])
    func names(name: String, isGood: Bool) { #expect(Settings.isCameraName(name) == isGood) }
}
