import ArgumentParser
import EdgeServer
import Glibc
import Logging

// Before any other thread: they inherit which signals are blocked.
let shutdown = Shutdown.install()
Task.detached { exit(await run(Array(CommandLine.arguments.dropFirst()), shutdown)) }
// Not by awaiting: that would leave this thread to a loop which lets signals in again.
while true { pause() }

/// Parses `arguments` and serves until a signal comes.
///
/// - Returns: the exit status: 0 after an orderly end, 1 if serving failed, 2 if it could not begin.
func run(_ arguments: [String], _ shutdown: Shutdown) async -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let flags: EdgeFlags
    do {
        var command = try EdgeFlags.parseAsRoot(arguments)
        guard let given = command as? EdgeFlags else {
            // Help is a command of its own.
            try command.run()
            return 0
        }
        flags = given
        try flags.check()
    } catch { return report(error) }
    var writer = LogWriter(flags.logFormat)
    writer.logLevel = flags.logLevel.level
    let logger = Logger(label: "deepvid-edge") { [writer] _ in writer }
    do throws(EdgeServerError) {
        let configuration = try EdgeConfiguration(flags, logger)
        let scheme = configuration.tls == nil ? "http" : "https"
        let listen = configuration.listen
        let host = try EdgeHost(configuration) { port in
            // Whoever starts the edge with port 0 reads here where it is.
            say("\(scheme)://\(listen.authority(port: port))", on: STDOUT_FILENO)
            logger.info("listening", metadata: ["address": "\(scheme)://\(listen.authority(port: port))"])
        }
        shutdown.arm(host, drainTime: .seconds(flags.drain), logger)
        try await host.run()
        logger.info("ended")
        return 0
    } catch {
        return fail(error.description)
    }
}

/// Says in one line what is wrong and what to do.
private func fail(_ message: String) -> Int32 {
    say("deepvid-edge: error: \(message)", on: STDERR_FILENO)
    return 2
}

/// Help and version arrive as errors too; they go to stdout.
private func report(_ error: any Error) -> Int32 {
    guard EdgeFlags.exitCode(for: error) == .success else { return fail(EdgeFlags.message(for: error)) }
    say(EdgeFlags.fullMessage(for: error), on: STDOUT_FILENO)
    return 0
}

/// A line in one go, at once: whoever waits for it does not wait for a buffer to fill.
func say(_ line: String, on descriptor: Int32) {
    var line = line + "\n"
    // If nobody reads it, there is nothing to do about that.
    line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
}
