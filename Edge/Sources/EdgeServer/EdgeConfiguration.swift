import Glibc
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
    /// Memory for answers of devices' models; nil: none are kept.
    public var entryBytes: Int?
    /// Nil: everyone who can connect may ask.
    public var tokens: TokenList?
    /// Nil: plain HTTP.
    public var tls: TLSConfiguration?
    /// Connections at the same time; more wait to be accepted.
    public var connections = 512
    /// For a request to arrive, a response to be read, or a connection to be used again.
    public var timeout: Duration = .seconds(30)
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

/// Where to listen: HOST:PORT, or [IPv6]:PORT.
public struct ListenAddress: Sendable, Equatable {
    public let host: String
    /// 0: any that is free.
    public let port: Int

    /// Whether only programs of this machine can come. A name counts only if it is localhost: others resolve to what they like.
    public var isLoopback: Bool {
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        if inet_pton(AF_INET6, host, &six) == 1 {
            return withUnsafeBytes(of: &six) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
        }
        return host == "localhost"
    }

    /// As part of a URL.
    public func authority(port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ListenAddress {
    /// - Throws: saying what to write.
    public init(_ text: String) throws(EdgeServerError) {
        let fault = EdgeServerError("'\(text)' is no address to listen on: write HOST:PORT, such as 127.0.0.1:8443 or [::]:8443")
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port) else {
            throw fault
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { throw fault }
        guard !host.isEmpty else { throw fault }
        self.init(host: String(host), port: port)
    }
}

/// Why the edge cannot serve, in a sentence that says what to do.
public struct EdgeServerError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
