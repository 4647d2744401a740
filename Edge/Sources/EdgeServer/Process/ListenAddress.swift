import Glibc

/// Where to listen: HOST:PORT, or [IPv6]:PORT.
public struct ListenAddress: Sendable, Equatable {
    public let host: String
    /// 0: any that is free.
    public let port: Int

    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }

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
