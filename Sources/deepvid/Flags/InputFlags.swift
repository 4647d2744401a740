import ArgumentParser
import DeepVid
import Video

/// Which frames of an input are looked at.
struct FrameFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Begin here: seconds, or a clock such as 1:30.", valueName: "time"))
    var start: TimeSpan?

    @Option(help: ArgumentHelp("Stop after this much video.", valueName: "time"))
    var duration: TimeSpan?

    @Option(help: ArgumentHelp("Take every n-th decoded frame.", valueName: "n"))
    var every: Int?

    @Option(
        help: ArgumentHelp("Take at most this many frames of each second of video, or 'key': key frames only.", valueName: "rate"),
        completion: .list(["key"]))
    var fps: FrameRate?

    @Option(help: ArgumentHelp("Stop after n frames of each input.", valueName: "n"))
    var maxFrames: Int?

    @Option(help: ArgumentHelp("Index of the video stream, as 'deepvid inspect' numbers them. (default: the best)", valueName: "index"))
    var stream: Int?

    func validate() throws {
        if let duration, duration.seconds <= 0 { throw ValidationError("--duration must be more than 0.") }
        if let every, every < 1 { throw ValidationError("--every must be 1 or more, not \(every).") }
        if let fps = fps?.rate, !(fps > 0 && fps.isFinite) { throw ValidationError("--fps must be more than 0, not \(fps).") }
        if every != nil, fps != nil { throw ValidationError("--every and --fps both choose frames; give one of them.") }
        if let maxFrames, maxFrames < 1 { throw ValidationError("--max-frames must be 1 or more, not \(maxFrames).") }
        if let stream, stream < 0 { throw ValidationError("--stream must be 0 or more, not \(stream).") }
    }

    /// Whether every frame of an input is looked at.
    var areAll: Bool { start == nil && duration == nil && (every ?? 1) == 1 && fps == nil && maxFrames == nil }

    var options: VideoOptions {
        var options = VideoOptions()
        (options.start, options.duration) = (start?.seconds ?? 0, duration?.seconds)
        (options.every, options.fps, options.choosesKeyFrames) = (every ?? 1, fps?.rate, fps.map { $0.rate == nil } ?? false)
        (options.maxFrames, options.stream) = (maxFrames, stream)
        return options
    }
}

/// How much of an input is decoded.
struct DecodeFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is decoded: 'all', or 'active', key frames and the stretches in which something happens.", valueName: "what"),
        completion: .list(DecodeMode.allCases.map(\.rawValue)))
    var decode = DecodeMode.all
}

extension DecodeMode: ExpressibleByArgument {}

/// How cameras and other live inputs are read.
struct LiveFlags: ParsableArguments {
    @Flag(
        inversion: .prefixedNo, exclusivity: .exclusive,
        help: ArgumentHelp(
            "Keep up with the inputs, all at once, and drop frames that come too fast. (default: if every input is a camera)"))
    var live: Bool?

    @Option(
        help: ArgumentHelp("Live: try an input that broke off again: forever, never, or for this long.", valueName: "time"),
        completion: .list(["forever", "never"]))
    var reconnect: Reconnection?

    @Option(help: ArgumentHelp("Time without data after which a URL, camera or pipe counts as dead.", valueName: "time"))
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp("How RTSP sends pictures: tcp or udp.", valueName: "protocol"),
        completion: .list(VideoOptions.RTSPTransport.allCases.map(\.rawValue)))
    var rtspTransport: VideoOptions.RTSPTransport = .tcp

    @Option(
        help: ArgumentHelp(
            """
            Of several live inputs and a model of several capacities, what the choice makes least of: 'total', what all inputs lose, or \
            'max', what the one loses that loses most. (default: total)
            """, valueName: "sum"), completion: .list(RunOptions.CapacityCost.allCases.map(\.rawValue)))
    var capacityCost: RunOptions.CapacityCost?

    func validate() throws {
        if let timeout, !(0.1..<1e6).contains(timeout.seconds) { throw ValidationError("--timeout must be 0.1 seconds or more.") }
    }

    func isLive(_ inputs: [String]) -> Bool { live ?? inputs.allSatisfy { InputName($0).isCamera } }

    /// Refuses what has no meaning with these inputs.
    func validate(inputs: [String], start: TimeSpan?) throws {
        if !isLive(inputs), reconnect != nil { throw ValidationError("--reconnect is for live input; give --live as well.") }
        if capacityCost != nil, !isLive(inputs) || inputs.count < 2 {
            throw ValidationError("--capacity-cost is for several live inputs that share a machine: leave it out.")
        }
        if isLive(inputs), let start, start.seconds > 0, let camera = inputs.first(where: { InputName($0).isCamera }) {
            throw ValidationError("--start has no meaning for a camera (\(displayName(of: camera))).")
        }
    }

    func options(_ frames: FrameFlags) -> VideoOptions {
        var options = frames.options
        options.timeout = timeout?.seconds ?? options.timeout
        options.rtspTransport = rtspTransport
        if live == false { options.live = false }
        return options
    }
}

/// `forever`, `never`, or a time after which an input is given up.
extension Reconnection: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "forever": self = .forever
        case "never": self = .never
        default:
            guard let time = TimeSpan(argument: argument) else { return nil }
            self = time.seconds > 0 ? .within(seconds: time.seconds) : .never
        }
    }
}

extension VideoOptions.RTSPTransport: ExpressibleByArgument {}
extension RunOptions.CapacityCost: ExpressibleByArgument {}
