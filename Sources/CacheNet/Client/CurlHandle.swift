import CCurl

/// One libcurl handle with its connection, which is kept from one exchange to the next. For one thread at a time.
final class CurlHandle {
    private let raw: UnsafeMutableRawPointer
    private let token: String?
    private let certificateAuthority: String?
    /// For a connection to come about.
    private static let connectTimeout = Duration.seconds(10)

    /// - Parameter certificateAuthority: PEM file of who may sign the edge's certificate; nil: the system's.
    init(token: String? = nil, certificateAuthority: String? = nil) throws(EdgeError) {
        guard Self.isReady, let handle = curl_easy_init() else { throw EdgeError(.unreachable, "libcurl could not be started") }
        (raw, self.token, self.certificateAuthority) = (handle, token, certificateAuthority)
    }

    deinit { curl_easy_cleanup(raw) }

    /// Once in the process, before any thread uses it.
    private static let isReady = dv_curl_global_init() == CURLE_OK

    typealias Taking = (_ bytes: UnsafeRawBufferPointer, _ head: ReplyHead) throws(EdgeError) -> Void

    /// Where the callbacks of a transfer put what comes.
    private final class Receiver {
        var head = ReplyHead()
        var error: EdgeError?
        private let take: Taking

        init(_ take: @escaping Taking) { self.take = take }

        /// - Returns: whether to go on.
        func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
            guard head.status == 200 || head.status == 206 else {
                head.explanation += bytes.prefix(1000 - head.explanation.count)
                return head.explanation.count < 1000
            }
            do throws(EdgeError) { try take(bytes, head) } catch { self.error = error }
            return error == nil
        }
    }

    /// Asks, and gives the body of a response of status 200 or 206 to `take`, as it comes.
    ///
    /// - Returns: the response's head, whatever its status.
    /// - Throws: `unreachable`, `timeout`, `invalidAnswer` for what is no HTTP, or what `take` throws.
    func perform(_ exchange: Exchange, _ take: @escaping Taking) throws(EdgeError) -> ReplyHead {
        // Keeps connections, sessions and names; forgets every option.
        curl_easy_reset(raw)
        var errors = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        for header in exchange.headers + (token.map { ["Authorization: Bearer \($0)"] } ?? []) {
            list = curl_slist_append(list, header)
        }
        let receiver = Receiver(take), started = ContinuousClock.now
        let code = withExtendedLifetime(receiver) {
            errors.withUnsafeMutableBufferPointer { errors in
                (exchange.body ?? []).withUnsafeBytes { body in
                    configure(exchange, receiver, list, errors.baseAddress!, body)
                    return curl_easy_perform(raw)
                }
            }
        }
        // The buffers are gone: nothing may write to them any more.
        curl_easy_reset(raw)
        if let error = receiver.error { throw error }
        // Of an explanation, the beginning is enough.
        if code == CURLE_OK || code == CURLE_WRITE_ERROR { return receiver.head }
        // Whatever else went wrong by then: it was too late.
        if let deadline = exchange.deadline, ContinuousClock.now - started >= deadline {
            throw error(CURLE_OPERATION_TIMEDOUT, "")
        }
        throw error(code, String(decoding: errors.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    private func configure(
        _ exchange: Exchange, _ receiver: Receiver, _ headers: UnsafeMutablePointer<curl_slist>?, _ errors: UnsafeMutablePointer<CChar>,
        _ body: UnsafeRawBufferPointer
    ) {
        dv_curl_set_pointer(raw, CURLOPT_URL, exchange.url)
        dv_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errors)
        dv_curl_set_pointer(raw, CURLOPT_HTTPHEADER, headers)
        dv_curl_set_pointer(raw, CURLOPT_USERAGENT, "deepvid")
        dv_curl_allow_http_only(raw)
        dv_curl_leave_resolver(raw)
        dv_curl_set_long(raw, CURLOPT_NOSIGNAL, 1)
        dv_curl_set_long(raw, CURLOPT_FOLLOWLOCATION, 0)
        dv_curl_set_long(raw, CURLOPT_TCP_NODELAY, 1)
        dv_curl_set_long(raw, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        // An edge is near: frames go to it, and not to whom the environment names.
        dv_curl_set_pointer(raw, CURLOPT_PROXY, "")
        if let file = certificateAuthority { dv_curl_set_pointer(raw, CURLOPT_CAINFO, file) }
        if exchange.body != nil {
            dv_curl_set_long(raw, CURLOPT_POST, 1)
            dv_curl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            // POSTFIELDS of a null pointer would read the body from a callback.
            dv_curl_set_pointer(raw, CURLOPT_POSTFIELDS, body.baseAddress ?? UnsafeRawPointer(errors))
        }
        func milliseconds(_ duration: Duration) -> Int { min(max(1, Int(duration / .milliseconds(1))), 86_400_000) }
        let connecting = exchange.deadline.map { min($0, Self.connectTimeout) } ?? Self.connectTimeout
        dv_curl_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connecting))
        if let deadline = exchange.deadline {
            dv_curl_set_long(raw, CURLOPT_TIMEOUT_MS, milliseconds(deadline))
        } else {
            // Slower than 1 kB a second for 15 s counts as broken: a model would take hours.
            dv_curl_set_long(raw, CURLOPT_LOW_SPEED_LIMIT, 1000)
            dv_curl_set_long(raw, CURLOPT_LOW_SPEED_TIME, 15)
        }
        dv_curl_set_callback(raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let receiver = Unmanaged<Receiver>.fromOpaque(context!).takeUnretainedValue()
            receiver.head.take(String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self))
            return size * count
        }
        dv_curl_set_callback(raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let receiver = Unmanaged<Receiver>.fromOpaque(context!).takeUnretainedValue()
            return receiver.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        let context = Unmanaged.passUnretained(receiver).toOpaque()
        dv_curl_set_pointer(raw, CURLOPT_HEADERDATA, context)
        dv_curl_set_pointer(raw, CURLOPT_WRITEDATA, context)
    }

    private func error(_ code: CURLcode, _ detail: String) -> EdgeError {
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return EdgeError(.timeout, "the edge did not answer in time: \(reason)")
        case CURLE_PEER_FAILED_VERIFICATION:
            let advice =
                certificateAuthority == nil
                ? "give the file of its certificate authority" : "is the certificate authority's file the right one?"
            return EdgeError(.unreachable, "the edge's certificate is not trusted: \(reason); \(advice)")
        case CURLE_SSL_CACERT_BADFILE:
            return EdgeError(
                .unreachable, "\(certificateAuthority ?? "the certificate authorities' file") cannot be used: \(reason)")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_FILESIZE_EXCEEDED,
            CURLE_TOO_MANY_REDIRECTS, CURLE_PARTIAL_FILE:
            // PARTIAL_FILE: fewer bytes than were announced, which is a broken connection.
            return EdgeError(code == CURLE_PARTIAL_FILE ? .unreachable : .invalidAnswer, "what answers is no edge: \(reason)")
        default: return EdgeError(.unreachable, "the edge cannot be reached: \(reason)")
        }
    }
}
