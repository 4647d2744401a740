import Logging
import NIOSSL

/// All that an edge needs to know.
public struct EdgeConfiguration: Sendable {
    public var listen: ListenAddress
    public var bundles: [ServedBundle]
    /// Threads that answer pictures.
    public var workers: Int
    /// Pictures that may wait for one.
    public var queue: Int
    /// Nil: everyone who can connect may ask.
    public var tokens: TokenList?
    /// Nil: plain HTTP.
    public var tls: TLSConfiguration?
    /// Connections at the same time; more wait to be accepted.
    public var connections = 512
    /// For a request to arrive, a response to be read, or a connection to be used again.
    public var patience: Duration = .seconds(30)
    public var logger: Logger

    public init(listen: ListenAddress, bundles: [ServedBundle], workers: Int, queue: Int, logger: Logger) {
        (self.listen, self.bundles, self.workers, self.queue, self.logger) = (listen, bundles, workers, queue, logger)
    }

    /// TLS 1.2 or newer by the certificate chain and the key in these PEM files.
    public static func tls(certificate: String, key: String) throws(EdgeServerError) -> TLSConfiguration {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw EdgeServerError(
                "\(certificate): no certificate could be read from it; give a PEM file with the chain, the edge's own first")
        }
        let secret: NIOSSLPrivateKey
        do { secret = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw EdgeServerError(
                "\(key): no private key could be read from it; give a PEM file without a passphrase, and check its owner and mode")
        }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        do { _ = try NIOSSLContext(configuration: tls) } catch {
            throw EdgeServerError("\(certificate) and \(key) do not belong together; give the key that the certificate was made for")
        }
        return tls
    }
}
