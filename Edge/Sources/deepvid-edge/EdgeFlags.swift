import Models
import ArgumentParser
import EdgeServer
import Logging
import DeepVid

/// The flags of deepvid-edge(8).
struct EdgeFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of a bundle to serve; may be given several times.", valueName: "folder"), completion: .directory)
    var bundle: [String] = []

    @Option(help: ArgumentHelp("Where to listen; port 0 takes a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:8443"

    @Option(help: ArgumentHelp("File with the tokens that devices may show, one a line.", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Flag(help: "Serve everyone who can connect, also on addresses that other machines reach.")
    var noAuth = false

    @Option(help: ArgumentHelp("PEM file with the certificate chain for TLS.", valueName: "file"), completion: .file())
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file with the certificate's private key.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Option(help: ArgumentHelp("Threads that answer pictures. (default: one a CPU)", valueName: "n"))
    var workers: Int?

    @Option(help: ArgumentHelp("Pictures that may wait for a worker.", valueName: "n"))
    var queue = 256

    @Option(help: ArgumentHelp("Connections at the same time.", valueName: "n"))
    var connections = 512

    @Option(
        help: ArgumentHelp("Seconds that a request may take to arrive, a response to be read, or a connection to be idle.", valueName: "s"))
    var patience = 30.0

    @Option(help: ArgumentHelp("Seconds to finish what runs after SIGTERM.", valueName: "s"))
    var drain = 10.0

    @Option(help: "How lines of the log look: text or json.")
    var logFormat = LogFormat.text

    @Option(help: ArgumentHelp("Least serious lines in the log: debug, info, notice, warning or error.", valueName: "level"))
    var logLevel = LogLevel.info

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case debug, info, notice, warning, error
        var level: Logger.Level { Logger.Level(rawValue: rawValue)! }
    }

    func validate() throws {
        guard !bundle.isEmpty else { throw ValidationError("--bundle is missing: name the folder of a bundle to serve.") }
        if let workers, !(1...256).contains(workers) { throw ValidationError("--workers must be 1 to 256, not \(workers).") }
        guard (1...65_536).contains(queue) else { throw ValidationError("--queue must be 1 to 65536, not \(queue).") }
        guard (1...65_536).contains(connections) else { throw ValidationError("--connections must be 1 to 65536, not \(connections).") }
        guard patience >= 0.1, patience <= 86_400 else {
            throw ValidationError("--patience must be 0.1 to 86400 seconds, not \(patience).")
        }
        guard drain >= 0, drain <= 86_400 else { throw ValidationError("--drain must be 0 to 86400 seconds, not \(drain).") }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together: give both or neither.")
        }
        if noAuth, tokenFile != nil { throw ValidationError("--no-auth and --token-file exclude each other: leave one of them out.") }
    }
}

extension LogFormat: ExpressibleByArgument {}

/// The command, for its help and its version.
struct EdgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepvid-edge", abstract: "Serve CacheNet bundles to deepvid devices.",
        discussion: """
            Example:
              deepvid-edge --bundle bundles/cifar10 --listen 127.0.0.1:8443

            The manual is deepvid-edge(8).
            """, version: deepvidVersion)

    @OptionGroup var flags: EdgeFlags
}
