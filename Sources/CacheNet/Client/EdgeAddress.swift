import CCurl
import CacheNet
import EdgeProtocol

/// Where an edge is.
struct EdgeAddress: Sendable {
    /// Without a slash at the end.
    let base: String
    let isEncrypted: Bool

    /// - Throws: `EdgeError` with code `unreachable` for what is no address of an edge.
    init(_ text: String) throws(EdgeError) {
        func fault(_ what: String) -> EdgeError {
            EdgeError(.unreachable, "'\(text)' \(what); write the edge's address as https://host:port or http://host:port")
        }
        guard !text.utf8.contains(0), let url = curl_url() else { throw fault("is no address") }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK else { throw fault("is no address") }
        func part(_ part: CURLUPart) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard curl_url_get(url, part, &value, 0) == CURLUE_OK, let value else { return nil }
            defer { curl_free(value) }
            return String(cString: value)
        }
        let scheme = part(CURLUPART_SCHEME) ?? ""
        guard scheme == "http" || scheme == "https" else { throw fault("is neither http nor https") }
        // A name and password would end up in logs; the token is the way.
        guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil else {
            throw fault("has a user name in it: give a token instead")
        }
        guard part(CURLUPART_QUERY) == nil, part(CURLUPART_FRAGMENT) == nil else { throw fault("has more than an address in it") }
        guard let whole = part(CURLUPART_URL) else { throw fault("is no address") }
        base = whole.hasSuffix("/") ? String(whole.dropLast()) : whole
        isEncrypted = scheme == "https"
    }

    func url(_ path: String, bundle: String?, as key: String) -> String {
        base + path + (bundle.map { "?\(key)=\(EdgeRoutes.escaped($0))" } ?? "")
    }
}
