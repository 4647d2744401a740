import ArgumentParser
import EdgeServer
import Glibc
import Logging

/// Parses `arguments` and serves until a signal comes.
///
/// - Returns: the exit status: 0 after an orderly end, 1 if serving failed, 2 if it could not begin.
func run(_ arguments: [String], _ ending: Ending) async -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let flags: EdgeFlags
    do {
        guard let command = try EdgeCommand.parseAsRoot(arguments) as? EdgeCommand else { return complain("--help says what there is") }
        flags = command.flags
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
            print("\(scheme)://\(listen.authority(port: port))")
            fflush(stdout)
            logger.info("listening", metadata: ["address": "\(scheme)://\(listen.authority(port: port))"])
        }
        ending.arm(host, patience: .seconds(flags.drain), logger)
        try await host.run()
        logger.info("ended")
        return 0
    } catch {
        return complain(error.description)
    }
}

/// One line that says what is wrong and what to do.
private func complain(_ message: String) -> Int32 {
    fputs("deepvid-edge: error: \(message)\n", stderr)
    return 2
}

/// Help and version arrive as errors too; they go to stdout.
private func report(_ error: any Error) -> Int32 {
    guard EdgeCommand.exitCode(for: error) == .success else { return complain(EdgeCommand.message(for: error)) }
    print(EdgeCommand.fullMessage(for: error))
    return 0
}
