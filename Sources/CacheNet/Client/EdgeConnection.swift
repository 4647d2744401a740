import CCurl
import FoundationEssentials
import Models
import SwiftProtobuf
import Synchronization

/// An edge server over HTTP. Safe to share: calls of several threads run at once, each on a connection of its own.
public final class EdgeConnection: EdgeService {
    private let address: EdgeAddress
    /// Nil: the only one that the edge has.
    private let bundle: String?
    private let pool: HandlePool
    /// Of the bundle that the edge described last: files are asked for by it.
    private let name = Mutex<String?>(nil)

    /// Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: `https://host:port` or `http://host:port`.
    ///   - token: that the edge asks for; nil: none.
    ///   - certificateAuthority: PEM file of who signed the edge's certificate; nil: those of the system.
    ///   - bundle: of the edge's bundles; nil: its only one.
    /// - Throws: `EdgeError` for values that cannot be used, saying what to write.
    public init(url: String, token: String? = nil, certificateAuthority: String? = nil, bundle: String? = nil) throws(EdgeError) {
        address = try EdgeAddress(url)
        if let token, token.isEmpty || !token.utf8.allSatisfy({ (33...126).contains($0) }) {
            throw EdgeError(.unauthorized, "the token must be printable characters without spaces")
        }
        self.bundle = bundle
        pool = HandlePool(CurlHandle.Settings(token: token, certificateAuthority: certificateAuthority))
    }

    public func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest {
        let url = address.url(EdgeRoutes.bundle, bundle: bundle, as: "name")
        let bytes = try exchange(Exchange(url: url, limit: 16 * BundleManifest.largestFile, deadline: deadline))
        let response: WireBundleResponse = try decode(bytes)
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
        let body: [UInt8]
        do { body = try message.serializedBytes() } catch { throw EdgeError(.invalidAnswer, "the picture cannot be sent: \(error)") }
        // libcurl would take 0 for no limit, and less for an error.
        let left = deadline - start.duration(to: .now)
        guard left > .zero else { throw EdgeError(.timeout, "the deadline had passed before the edge was asked") }
        let bytes = try exchange(
            Exchange(
                url: address.url(EdgeRoutes.infer, bundle: nil, as: ""), body: body,
                // Without this, libcurl waits a round trip for "100 Continue" before it sends a large body.
                headers: ["Content-Type: \(EdgeRoutes.contentType)", "Expect:"], limit: EdgeRoutes.largestAnswer, deadline: left))
        let response: WireInferResponse = try decode(bytes)
        return try response.answer
    }

    public func fetch(_ file: BundleFile, into folder: String) throws(EdgeError) {
        let path = "\(EdgeRoutes.files)/\(EdgeRoutes.escaped(file.name))"
        let url = address.url(path, bundle: bundle ?? name.withLock { $0 }, as: "bundle")
        try pool.with { handle throws(EdgeError) in try Download(file, url: url, folder: folder).run(on: handle) }
    }

    /// The body of a successful response.
    private func exchange(_ exchange: Exchange) throws(EdgeError) -> [UInt8] {
        try pool.with { handle throws(EdgeError) in
            let sink = MemorySink(limit: exchange.limit)
            let head = try handle.perform(exchange, into: sink)
            if sink.isOver { throw EdgeError(.invalidAnswer, "the edge's answer has no end: more than \(exchange.limit) bytes") }
            return Received(head: head, bytes: sink.bytes)
        }.accepted()
    }

    private struct Received {
        let head: ReplyHead
        let bytes: [UInt8]

        func accepted() throws(EdgeError) -> [UInt8] {
            if let failure = head.failure(bytes) { throw failure }
            guard head.status == 200 else { throw EdgeError(.invalidAnswer, "the edge answered with status \(head.status)") }
            return bytes
        }
    }

    private func decode<M: Message>(_ bytes: [UInt8]) throws(EdgeError) -> M {
        do { return try M(serializedBytes: bytes) } catch {
            throw EdgeError(.invalidAnswer, "what answered is no edge, or its answer was damaged on the way")
        }
    }
}

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
