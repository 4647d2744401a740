import EdgeServer
import Glibc
import Logging

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
        (self.tokens, connections, patience) = (tokens, flags.connections, .seconds(flags.patience))
        if let certificate = flags.tlsCertificate, let key = flags.tlsKey { tls = try Self.tls(certificate: certificate, key: key) }
        if tokens != nil, tls == nil, !listen.isLoopback {
            logger.warning("tokens and pictures travel in the clear: give --tls-certificate and --tls-key, or put a TLS proxy before this")
        }
    }
}
