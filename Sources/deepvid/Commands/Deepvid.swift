import ArgumentParser
import Pipeline

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
              deepvid compare clip.mp4 --model yolox_nano.onnx
              deepvid inspect yolox_nano.onnx

            The manual is deepvid(1); the records are described in deepvid-jsonl(5).
            """,
        version: deepvidVersion,
        subcommands: [Infer.self, Compare.self, Inspect.self, Memory.self, Models.self, Version.self])
}
