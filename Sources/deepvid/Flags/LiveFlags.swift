import ArgumentParser
import DeepVid
import Video

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
    var reconnect: ReconnectionChoice?

    @Option(help: ArgumentHelp("Time without data after which a URL, camera or pipe counts as dead.", valueName: "time"))
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp("How RTSP sends pictures: tcp or udp.", valueName: "protocol"),
        completion: .list(VideoOptions.RTSPTransport.allCases.map(\.rawValue)))
    var rtspTransport: VideoOptions.RTSPTransport = .tcp

    func validate() throws {
        if let timeout, !(0.1..<1e6).contains(timeout.seconds) { throw ValidationError("--timeout must be 0.1 seconds or more.") }
    }

    func isLive(_ inputs: [String]) -> Bool { live ?? inputs.allSatisfy { InputName($0).isCamera } }

    /// Refuses what has no meaning with these inputs.
    func validate(inputs: [String], start: TimeSpan?) throws {
        if !isLive(inputs), reconnect != nil { throw ValidationError("--reconnect is for live input; give --live as well.") }
        if isLive(inputs), let start, start.seconds > 0, let camera = inputs.first(where: { InputName($0).isCamera }) {
            throw ValidationError("--start has no meaning for a camera (\(InputName(camera).redacted)).")
        }
    }

    func apply(to options: inout VideoOptions) {
        options.timeout = timeout?.seconds ?? options.timeout
        options.rtspTransport = rtspTransport
        if live == false { options.live = false }
    }
}

/// `forever`, `never`, or a time after which an input is given up.
struct ReconnectionChoice: ExpressibleByArgument {
    let value: Reconnection

    init?(argument: String) {
        switch argument {
        case "forever": value = .forever
        case "never": value = .never
        default:
            guard let time = TimeSpan(argument: argument) else { return nil }
            value = time.seconds > 0 ? .within(seconds: time.seconds) : .never
        }
    }
}

extension VideoOptions.RTSPTransport: ExpressibleByArgument {}
