import ArgumentParser
import Video

/// Which frames of an input are looked at.
struct FrameFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Begin here: seconds, or a clock such as 1:30.", valueName: "time"))
    var start: TimeSpan?

    @Option(help: ArgumentHelp("Stop after this much video.", valueName: "time"))
    var duration: TimeSpan?

    @Option(help: ArgumentHelp("Take every n-th decoded frame.", valueName: "n"))
    var every: Int?

    @Option(help: ArgumentHelp("Take at most this many frames of each second of video.", valueName: "rate"))
    var fps: Double?

    @Option(help: ArgumentHelp("Stop after n frames of each input.", valueName: "n"))
    var maxFrames: Int?

    @Option(help: ArgumentHelp("Index of the video stream, as 'deepvid inspect' numbers them. (default: the best)", valueName: "index"))
    var stream: Int?

    func validate() throws {
        if let duration, duration.seconds <= 0 { throw ValidationError("--duration must be more than 0.") }
        if let every, every < 1 { throw ValidationError("--every must be 1 or more, not \(every).") }
        if let fps, !(fps > 0 && fps.isFinite) { throw ValidationError("--fps must be more than 0, not \(fps).") }
        if every != nil, fps != nil { throw ValidationError("--every and --fps both choose frames; give one of them.") }
        if let maxFrames, maxFrames < 1 { throw ValidationError("--max-frames must be 1 or more, not \(maxFrames).") }
        if let stream, stream < 0 { throw ValidationError("--stream must be 0 or more, not \(stream).") }
    }

    var options: VideoOptions {
        var options = VideoOptions()
        options.start = start?.seconds ?? 0
        options.duration = duration?.seconds
        options.every = every ?? 1
        options.fps = fps
        options.maxFrames = maxFrames
        options.stream = stream
        return options
    }
}
