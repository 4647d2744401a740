import ArgumentParser
import EdgeServer
import Glibc
import Logging
import Models

/// The flags of deepvid-edge(8).
struct EdgeFlags: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepvid-edge", abstract: "Serve CacheNet bundles, and answers of other devices, to deepvid devices.",
        discussion: """
            Example:
              deepvid-edge --bundle bundles/cifar10 --listen 127.0.0.1:8443
              deepvid-edge --result-cache-memory 256

            The manual is deepvid-edge(8).
            """, version: deepvidVersion)

    @Option(help: ArgumentHelp("Folder of a bundle to serve; may be given several times.", valueName: "folder"), completion: .directory)
    var bundle: [String] = []

    @Option(
        help: ArgumentHelp("Memory in MiB for answers of devices' second models, which other devices are given.", valueName: "MiB"))
    var resultCacheMemory: Int?

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
    var timeout = 30.0

    @Option(help: .hidden)
    var patience: String?

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

    /// Refuses values that cannot be, and what does not go together. Not `validate`: ArgumentParser calls that before it finds unknown
    /// options, and "--bundle is missing" would be the answer to `--bundl x`.
    func check() throws {
        if patience != nil { throw ValidationError("--patience is now called --timeout.") }
        guard !bundle.isEmpty || resultCacheMemory != nil else {
            throw ValidationError("--bundle is missing: name the folder of a bundle to serve, or give --result-cache-memory.")
        }
        if let resultCacheMemory, !(1...1_048_576).contains(resultCacheMemory) {
            throw ValidationError("--result-cache-memory must be 1 to 1048576 MiB, not \(resultCacheMemory).")
        }
        if let workers, !(1...256).contains(workers) { throw ValidationError("--workers must be 1 to 256, not \(workers).") }
        guard (1...65_536).contains(queue) else { throw ValidationError("--queue must be 1 to 65536, not \(queue).") }
        guard (1...65_536).contains(connections) else { throw ValidationError("--connections must be 1 to 65536, not \(connections).") }
        guard timeout >= 0.1, timeout <= 86_400 else {
            throw ValidationError("--timeout must be 0.1 to 86400 seconds, not \(timeout).")
        }
        guard drain >= 0, drain <= 86_400 else { throw ValidationError("--drain must be 0 to 86400 seconds, not \(drain).") }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-certificate and --tls-key go together: give both or neither.")
        }
        if noAuth, tokenFile != nil { throw ValidationError("--no-auth and --token-file exclude each other: leave one of them out.") }
    }
}

extension LogFormat: ExpressibleByArgument {}

extension EdgeConfiguration {
    /// Checks everything that the flags name, and loads the bundles.
    init(_ flags: EdgeFlags, _ logger: Logger) throws(EdgeServerError) {
        let listen: ListenAddress
        do throws(EdgeServerError) { listen = try ListenAddress(flags.listen) } catch { throw EdgeServerError("--listen: \(error)") }
        guard flags.tokenFile != nil || flags.noAuth || listen.isLoopback else {
            throw EdgeServerError(
                "--listen \(flags.listen) lets other machines in, and nothing asks them for a token: give --token-file, "
                    + "or --no-auth if that is meant")
        }
        let tokens: TokenList?
        if let file = flags.tokenFile { tokens = try TokenList(file: file) } else { tokens = nil }
        var bundles: [ServedBundle] = []
        for folder in flags.bundle {
            let bundle = try ServedBundle(loading: folder)
            guard !bundles.contains(where: { $0.manifest.name == bundle.manifest.name }) else {
                throw EdgeServerError(
                    "--bundle \(folder): there are two bundles named \(bundle.manifest.name); rename one in its bundle.json")
            }
            bundles.append(bundle)
            logger.info("bundle", metadata: ["name": "\(bundle.manifest.name)", "submodels": "\(bundle.manifest.submodels)"])
        }
        self.init(
            listen: listen, bundles: bundles, workers: flags.workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), queue: flags.queue,
            logger: logger)
        entryBytes = flags.resultCacheMemory.map { $0 << 20 }
        (self.tokens, connections, timeout) = (tokens, flags.connections, .seconds(flags.timeout))
        if let certificate = flags.tlsCertificate, let key = flags.tlsKey { tls = try Self.tls(certificate: certificate, key: key) }
        if tokens != nil, tls == nil, !listen.isLoopback {
            logger.warning("tokens and pictures travel in the clear: give --tls-certificate and --tls-key, or put a TLS proxy before this")
        }
    }
}
