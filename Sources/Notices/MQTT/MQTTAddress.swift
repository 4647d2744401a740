import FoundationEssentials

/// Where a broker is, and where in its topics this program stands: `mqtt://user:password@host:1883/prefix`, or `mqtts://` for TLS.
struct MQTTAddress: Sendable, Equatable {
    var host: String
    var port: Int
    var user: String?
    var password: String?
    var usesTLS: Bool
    /// Of all topics, without a slash at its end.
    var prefix: String

    /// - Throws: `unusable`, and says what an address looks like.
    init(_ text: String) throws(NoticeError) {
        let form = "expected mqtt://USER:PASSWORD@HOST:1883/PREFIX, or mqtts://"
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), ["mqtt", "mqtts"].contains(scheme),
            let host = parts.host, !host.isEmpty
        else {
            throw NoticeError(.unusable, "--mqtt: is no address of a broker; \(form) (percent-encode what is special: / is %2F, @ is %40)")
        }
        usesTLS = scheme == "mqtts"
        // Brackets of IPv6 are the URL's, not the host's.
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (usesTLS ? 8883 : 1883)
        (user, password) = (parts.user, parts.password)
        var path = parts.path.drop { $0 == "/" }
        while path.hasSuffix("/") { path.removeLast() }
        prefix = path.isEmpty ? "deepvid" : String(path)
        guard (1...65535).contains(port) else { throw NoticeError(.unusable, "--mqtt: \(port) is no port; \(form)") }
        guard !prefix.contains(where: { "+#\0".contains($0) }) else {
            throw NoticeError(.unusable, "--mqtt: a topic must not contain + or #; name another prefix")
        }
    }

    /// For messages.
    var name: String { "\(usesTLS ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
