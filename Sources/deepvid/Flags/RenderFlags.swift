import ArgumentParser
import Reports
import Tracking
import Video

/// What is drawn over a clip, and how the video is written.
struct RenderFlags: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("The video to write: .mp4, .mov or .mkv.", valueName: "file"),
        completion: .file(extensions: ["mp4", "mov", "mkv"]))
    var output: String

    @Option(
        help: ArgumentHelp("Draw the zones and lines of this file. (default: those of the results)", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var zones: String?

    @Flag(help: "Draw what changed against the stored reference, and the share of computation that was reused.")
    var heat = false

    @Flag(help: "Draw the share of computation that was reused, as a bar.")
    var reuse = false

    @Option(
        help: ArgumentHelp("What stands at a box: full (class, track and score), id (the track's number) or none.", valueName: "style"),
        completion: .list(LabelStyle.allCases.map(\.rawValue)))
    var labelStyle = LabelStyle.full

    @Option(help: ArgumentHelp("Size of the picture, as a multiple of the clip's.", valueName: "factor"))
    var scale = 1.0

    @Option(help: ArgumentHelp("Quality of H.264: 0, lossless, to 51, the worst.", valueName: "crf"))
    var crf = 23

    @Option(
        help: ArgumentHelp("h264 or mpeg4. (default: h264 where FFmpeg has libx264, else mpeg4)", valueName: "name"),
        completion: .list(VideoWriterOptions.Codec.allCases.map(\.rawValue)))
    var codec: VideoWriterOptions.Codec?

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty || output == "-" { throw ValidationError("--output needs the name of a file that ends in .mp4, .mov or .mkv.") }
        if !(scale > 0 && scale <= 16) { throw ValidationError("--scale must be more than 0 and at most 16, not \(scale).") }
        if !(0...51).contains(crf) { throw ValidationError("--crf must be 0 to 51, not \(crf).") }
    }

    func options(results: String) throws -> VideoRenderer.Options {
        var options = try VideoRenderer.Options(results: results, output: output)
        options.zones = try zones.map { try ZonePlan(file: $0) }
        (options.scale, options.showsHeat, options.showsReuse, options.labels) = (scale, heat, reuse, labelStyle)
        (options.video.crf, options.video.codec) = (crf, codec)
        return options
    }
}

extension VideoWriterOptions.Codec: ExpressibleByArgument {}
extension LabelStyle: ExpressibleByArgument {}
