import Models
import ArgumentParser
import DeepVid

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
              deepvid compare clip.mp4 --model yolox_nano.onnx
              deepvid inspect yolox_nano.onnx

            The manual is deepvid(1); the records are described in deepvid-jsonl(5).
            """,
        version: deepvidVersion,
        subcommands: [Infer.self, Batch.self, Compare.self, Render.self, Report.self, Inspect.self, Memory.self, Models.self, Version.self])
}
