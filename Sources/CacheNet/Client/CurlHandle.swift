import CCurl
import Concurrency
import Synchronization

/// One libcurl handle with its connection, which is kept from one exchange to the next. For one thread at a time.
final class CurlHandle {
    private let raw: UnsafeMutableRawPointer
    private let settings: Settings

    struct Settings: Sendable {
        var token: String?
        /// PEM file of who may sign the edge's certificate; nil: the system's.
        var certificateAuthority: String?
        /// For a connection to come about.
        var connectTimeout: Duration = .seconds(10)
    }

    init(_ settings: Settings) throws(EdgeError) {
        guard Self.isReady, let handle = curl_easy_init() else { throw EdgeError(.unreachable, "libcurl could not be started") }
        (raw, self.settings) = (handle, settings)
    }

    deinit { curl_easy_cleanup(raw) }

    /// Once in the process, before any thread uses it.
    private static let isReady = dv_curl_global_init() == CURLE_OK

    /// Where the callbacks of a transfer put what comes.
    private final class Receiver {
        var head = ReplyHead()
        let sink: any ReplySink
        init(_ sink: any ReplySink) { self.sink = sink }
    }

    /// Asks, and gives the response's body to `sink`.
    ///
    /// - Returns: the response's head, whatever its status.
    /// - Throws: `unreachable`, `timeout`, or `invalidAnswer` for what is no HTTP, or more than `sink` takes.
    func perform(_ exchange: Exchange, into sink: any ReplySink) throws(EdgeError) -> ReplyHead {
        // Keeps connections, sessions and names; forgets every option.
        curl_easy_reset(raw)
        var errors = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        for header in exchange.headers + (settings.token.map { ["Authorization: Bearer \($0)"] } ?? []) {
            list = curl_slist_append(list, header)
        }
        let receiver = Receiver(sink), started = ContinuousClock.now
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
        if code == CURLE_OK { return receiver.head }
        // A sink that had enough has its own words.
        if code == CURLE_WRITE_ERROR { return receiver.head }
        // Whatever else went wrong by then: it was too late.
        if let deadline = exchange.deadline, ContinuousClock.now - started >= deadline {
            throw Self.error(CURLE_OPERATION_TIMEDOUT, "", settings)
        }
        throw Self.error(code, String(decoding: errors.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), settings)
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
        if let file = settings.certificateAuthority { dv_curl_set_pointer(raw, CURLOPT_CAINFO, file) }
        if exchange.body != nil {
            dv_curl_set_long(raw, CURLOPT_POST, 1)
            dv_curl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            // POSTFIELDS of a null pointer would read the body from a callback.
            dv_curl_set_pointer(raw, CURLOPT_POSTFIELDS, body.baseAddress ?? UnsafeRawPointer(errors))
        }
        setTimes(exchange)
        dv_curl_set_callback(raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let receiver = Unmanaged<Receiver>.fromOpaque(context!).takeUnretainedValue()
            receiver.head.take(String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self))
            return size * count
        }
        dv_curl_set_callback(raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let receiver = Unmanaged<Receiver>.fromOpaque(context!).takeUnretainedValue()
            return receiver.sink.take(UnsafeRawBufferPointer(start: bytes, count: size * count), receiver.head) ? size * count : 0
        }
        let context = Unmanaged.passUnretained(receiver).toOpaque()
        dv_curl_set_pointer(raw, CURLOPT_HEADERDATA, context)
        dv_curl_set_pointer(raw, CURLOPT_WRITEDATA, context)
    }

    private func setTimes(_ exchange: Exchange) {
        func milliseconds(_ duration: Duration) -> Int { min(max(1, Int(duration / .milliseconds(1))), 86_400_000) }
        let connecting = exchange.deadline.map { min($0, settings.connectTimeout) } ?? settings.connectTimeout
        dv_curl_set_long(raw, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connecting))
        if let deadline = exchange.deadline {
            dv_curl_set_long(raw, CURLOPT_TIMEOUT_MS, milliseconds(deadline))
        } else {
            // Slower than 1 kB a second for 15 s counts as broken: a model would take hours.
            dv_curl_set_long(raw, CURLOPT_LOW_SPEED_LIMIT, 1000)
            dv_curl_set_long(raw, CURLOPT_LOW_SPEED_TIME, 15)
        }
    }

    private static func error(_ code: CURLcode, _ detail: String, _ settings: Settings) -> EdgeError {
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return EdgeError(.timeout, "the edge did not answer in time: \(reason)")
        case CURLE_PEER_FAILED_VERIFICATION:
            let advice =
                settings.certificateAuthority == nil
                ? "give the file of its certificate authority" : "is the certificate authority's file the right one?"
            return EdgeError(.unreachable, "the edge's certificate is not trusted: \(reason); \(advice)")
        case CURLE_SSL_CACERT_BADFILE:
            return EdgeError(
                .unreachable, "\(settings.certificateAuthority ?? "the certificate authorities' file") cannot be used: \(reason)")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_FILESIZE_EXCEEDED,
            CURLE_TOO_MANY_REDIRECTS, CURLE_PARTIAL_FILE:
            // PARTIAL_FILE: fewer bytes than were announced, which is a broken connection.
            return EdgeError(code == CURLE_PARTIAL_FILE ? .unreachable : .invalidAnswer, "what answers is no edge: \(reason)")
        default: return EdgeError(.unreachable, "the edge cannot be reached: \(reason)")
        }
    }
}

/// Handles that are not in use, with connections that are still open. One for each thread that asks at the same time.
final class HandlePool: Sendable {
    private let idle = Mutex<[UncheckedTransfer<CurlHandle>]>([])
    private let settings: CurlHandle.Settings
    private static let most = 8

    init(_ settings: CurlHandle.Settings) { self.settings = settings }

    func with<T>(_ body: (CurlHandle) throws(EdgeError) -> T) throws(EdgeError) -> T {
        let taken = idle.withLock { $0.popLast() }
        let handle = if let taken { taken.value } else { try CurlHandle(settings) }
        let result = try body(handle)
        // After a failure the handle goes, and its connection with it: what is left on it is not the next answer.
        let back = UncheckedTransfer(handle)
        idle.withLock { if $0.count < Self.most { $0.append(back) } }
        return result
    }
}
