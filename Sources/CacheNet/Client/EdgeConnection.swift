import CCurl
import Concurrency
import FoundationEssentials
import Models
import SwiftProtobuf
import Synchronization

/// An edge server over HTTP. Safe to share: calls of several threads run at once, each on a connection of its own.
public final class EdgeConnection: EdgeService {
    /// Its address without a slash at the end.
    private let base: String
    private let token: String?
    private let certificateAuthority: String?
    /// Nil: the only one that the edge has.
    private let bundle: String?
    /// Of the bundle that the edge described last: files are asked for by it.
    private let name = Mutex<String?>(nil)
    /// Handles that are not in use, with connections that are still open. One for each thread that asks at the same time.
    private let idle = Mutex<[UncheckedTransfer<CurlHandle>]>([])
    private static let mostIdle = 8

    /// Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: `https://host:port` or `http://host:port`.
    ///   - token: that the edge asks for; nil: none.
    ///   - certificateAuthority: PEM file of who signed the edge's certificate; nil: those of the system.
    ///   - bundle: of the edge's bundles; nil: its only one.
    /// - Throws: `EdgeError` for values that cannot be used, saying what to write.
    public init(url: String, token: String? = nil, certificateAuthority: String? = nil, bundle: String? = nil) throws(EdgeError) {
        base = try Self.base(url)
        if let token, token.isEmpty || !token.utf8.allSatisfy({ (33...126).contains($0) }) {
            throw EdgeError(.unauthorized, "the token must be printable characters without spaces")
        }
        (self.token, self.certificateAuthority, self.bundle) = (token, certificateAuthority, bundle)
    }

    public func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest {
        let exchange = Exchange(url: url(EdgeRoutes.bundle, bundle, as: "name"), deadline: deadline)
        let response: WireBundleResponse = try ask(exchange, limit: 16 * BundleManifest.largestFile)
        guard response.bundles.count == 1 else {
            let names = response.bundles.prefix(10).map { $0.name.prefix(40) }.joined(separator: ", ")
            throw EdgeError(
                .invalidAnswer, response.bundles.isEmpty ? "the edge has no bundle" : "the edge has several bundles: name one of \(names)")
        }
        let manifest: BundleManifest
        do throws(DeepVidError) {
            manifest = try BundleManifest(json: response.bundles[0].manifest, name: "the edge's bundle")
        } catch { throw EdgeError(.invalidAnswer, error.description) }
        if let bundle, manifest.name != bundle {
            throw EdgeError(.invalidAnswer, "the edge was asked for bundle '\(bundle)' and answered with another")
        }
        name.withLock { $0 = manifest.name }
        return manifest
    }

    public func infer(_ request: EdgeRequest, deadline: Duration) throws(EdgeError) -> EdgeAnswer {
        let start = ContinuousClock.now
        let message = WireInferRequest(request, bundle: bundle ?? "", deadline: deadline)
        let response: WireInferResponse = try post(message, to: EdgeRoutes.infer, deadline: deadline - start.duration(to: .now))
        return try response.answer
    }

    /// Sends a message, and gives the one that comes back.
    func post<M: Message>(_ message: some Message, to path: String, deadline: Duration) throws(EdgeError) -> M {
        let start = ContinuousClock.now
        let body: [UInt8]
        do { body = try message.serializedBytes() } catch { throw EdgeError(.invalidAnswer, "the request cannot be sent: \(error)") }
        // libcurl would take 0 for no limit, and less for an error.
        let left = deadline - start.duration(to: .now)
        guard left > .zero else { throw EdgeError(.timeout, "the deadline had passed before the edge was asked") }
        let exchange = Exchange(
            url: base + path, body: body,
            // Without this, libcurl waits a round trip for "100 Continue" before it sends a large body.
            headers: ["Content-Type: \(EdgeRoutes.contentType)", "Expect:"], deadline: left)
        return try ask(exchange, limit: EdgeRoutes.largestAnswer)
    }

    /// The message in the body of a successful response.
    private func ask<M: Message>(_ exchange: Exchange, limit: Int) throws(EdgeError) -> M {
        var bytes: [UInt8] = []
        try perform(exchange) { more, _ throws(EdgeError) in
            guard bytes.count + more.count <= limit else {
                throw EdgeError(.invalidAnswer, "the edge's answer has no end: more than \(limit) bytes")
            }
            bytes += more
        }.check(200)
        do { return try M(serializedBytes: bytes) } catch {
            throw EdgeError(.invalidAnswer, "what answered is no edge, or its answer was damaged on the way")
        }
    }

    private func perform(_ exchange: Exchange, _ take: @escaping CurlHandle.Taking) throws(EdgeError) -> ReplyHead {
        let taken = idle.withLock { $0.popLast() }
        let handle = if let taken { taken.value } else { try CurlHandle(token: token, certificateAuthority: certificateAuthority) }
        let head = try handle.perform(exchange, take)
        // After a failure the handle goes, and its connection with it: what is left on it is not the next answer.
        let back = UncheckedTransfer(handle)
        idle.withLock { if $0.count < Self.mostIdle { $0.append(back) } }
        return head
    }

    private func url(_ path: String, _ bundle: String?, as key: String) -> String {
        base + path + (bundle.map { "?\(key)=\(Self.escaped($0))" } ?? "")
    }

    /// `text` as the value of a query, or a segment of a path.
    static func escaped(_ text: String) -> String {
        let escaped = curl_easy_escape(nil, text, Int32(text.utf8.count))
        defer { curl_free(escaped) }
        return escaped.map { String(cString: $0) } ?? ""
    }

    public func fetch(_ file: BundleFile, into folder: String) throws(EdgeError) {
        let path = "\(folder)/\(file.name)"
        if (try? file.contents(in: folder)) != nil { return }
        let part = try PartFile(path: "\(path).part", size: file.size)
        defer { part.close() }
        // What an earlier try left may be of another version, or damaged: then once more, from the start.
        for _ in 0...min(part.count, 1) {
            if part.count < file.size { try transfer(file, to: part) }
            if part.isWhole(file.sha256) { return try part.become(path) }
            try part.clear()
        }
        throw EdgeError(.invalidAnswer, "the edge sent another file as \(file.name) than its bundle names, or it was damaged on the way")
    }

    /// From where `part` ends to the end of the file, if it is the file's bytes that come.
    private func transfer(_ file: BundleFile, to part: PartFile) throws(EdgeError) {
        let path = "\(EdgeRoutes.files)/\(Self.escaped(file.name))"
        var exchange = Exchange(url: url(path, bundle ?? name.withLock { $0 }, as: "bundle"))
        let offset = part.count, size = file.size
        // Without If-Range, an edge with another version would send the rest of that.
        if offset > 0 { exchange.headers = ["Range: bytes=\(offset)-", "If-Range: \"\(file.sha256)\""] }
        var hasBegun = false
        let head = try perform(exchange) { bytes, head throws(EdgeError) in
            if !hasBegun {
                hasBegun = true
                if head.status == 200 {
                    try part.clear()
                } else if offset == 0 || head.headers["content-range"] != "bytes \(offset)-\(size - 1)/\(size)" {
                    throw EdgeError(.invalidAnswer, "the edge sends another part of the file than was asked for")
                }
            }
            guard part.count + bytes.count <= size else {
                try part.clear()
                throw EdgeError(.invalidAnswer, "the edge sends more than the file's \(size) bytes")
            }
            try part.append(bytes)
        }
        if head.status == 416 { return try part.clear() }
        try head.check(200, 206)
        guard part.count == size else {
            throw EdgeError(.unreachable, "\(file.name) stopped after \(part.count) of \(size) bytes; the next try goes on from there")
        }
    }

    /// The address in `text`, without a slash at the end.
    ///
    /// - Throws: `EdgeError` with code `unreachable` for what is no address of an edge.
    private static func base(_ text: String) throws(EdgeError) -> String {
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
        return whole.hasSuffix("/") ? String(whole.dropLast()) : whole
    }
}
