import ArgumentParser
import Models
import Results

/// The root command.
struct Deepvid: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepvid",
        abstract: "Run ONNX vision models over video on CPUs, one JSON object a frame.",
        discussion: """
            Examples:
              deepvid infer clip.mp4
              deepvid infer clip.mp4 --model yolox_nano.onnx --classes person,car
              deepvid infer rtsp://camera/stream --fps 5 -o today.jsonl
              deepvid render clip.mp4 today.jsonl -o drawn.mp4
              deepvid batch recordings/ -o results/
              deepvid run /etc/deepvid/deepvid.toml
              deepvid events results/ --classes person --zone yard
              deepvid count results/ --by hour,class
              deepvid export results/ --to csv -o seen.csv
              deepvid cut results/ --classes person -o clips/
              deepvid compare clip.mp4 --model yolox_nano.onnx
              deepvid tune clip.mp4 --model yolox_nano.onnx -o yolox_nano.tuned
              deepvid inspect yolox_nano.onnx

            The manual is deepvid(1); the records are described in deepvid-jsonl(5).
            """,
        version: deepvidVersion,
        subcommands: [
            Infer.self, Batch.self, RunCommand.self, Check.self, Events.self, Count.self, Export.self, Cut.self, Report.self, View.self,
            Render.self, Compare.self, Tune.self, Inspect.self, Memory.self, ModelsCommand.self,
            Version.self,
        ])
}

struct Version: DeepvidCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @Flag(help: "Print one JSON object, with what the program runs on.")
    var json = false

    mutating func perform() throws -> ExitStatus {
        guard json else { return printToStandardOutput(deepvidVersion) }
        let object: JSONObject = [
            "deepvid": deepvidVersion, "schema": schemaVersion, "runtime": BeginRecord.Runtime(.current),
        ]
        return printToStandardOutput(jsonText(of: object))
    }
}
