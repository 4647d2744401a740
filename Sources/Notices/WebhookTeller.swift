import CCurl
import Results

/// Sends each notice to a server: an HTTP POST of the record as JSON.
///
/// `@unchecked Sendable`: `tell` is called from one thread at a time, and nothing else touches the handle.
final class WebhookTeller: Teller, @unchecked Sendable {
    /// Milliseconds for a connection, and for all of an attempt.
    private static let (connectTimeout, timeout) = (5_000, 15_000)

    private let url: String
    private let handle: UnsafeMutableRawPointer
    /// Host only: the paths of webhooks are secrets themselves.
    let name: String

    /// - Throws: `unusable` for what is no address of HTTP, or without libcurl.
    init(_ url: String) throws(NoticeError) {
        guard let match = url.prefixMatch(of: /(https?:\/\/)(?:[^\/?#]*@)?([^\/?#@]+)(?=[\/?#]|$)/.ignoresCase()) else {
            throw NoticeError(.unusable, "the address names no host; write http://HOST/PATH or https://HOST/PATH")
        }
        name = "\(match.1)\(match.2)/…"
        self.url = url
        guard Self.isReady, let handle = curl_easy_init() else { throw NoticeError(.unusable, "libcurl could not be started") }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// Once in the process.
    private static let isReady = dv_curl_global_init() == CURLE_OK

    func tell(_ notice: NoticeRecord) throws(NoticeError) {
        // Keeps the connection; forgets every option.
        curl_easy_reset(handle)
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        for header in ["Content-Type: application/json", "Expect:"] { headers = curl_slist_append(headers, header) }
        let body = Array(notice.json.utf8)
        let code = body.withUnsafeBytes { body in
            dv_curl_set_pointer(handle, CURLOPT_URL, url)
            dv_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
            dv_curl_set_pointer(handle, CURLOPT_USERAGENT, "deepvid")
            dv_curl_allow_http_only(handle)
            dv_curl_leave_resolver(handle)
            dv_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
            dv_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
            dv_curl_set_long(handle, CURLOPT_POST, 1)
            dv_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            dv_curl_set_pointer(handle, CURLOPT_POSTFIELDS, body.baseAddress!)
            dv_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeout)
            dv_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.timeout)
            // What it answers is of no use here.
            dv_curl_set_callback(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
            return curl_easy_perform(handle)
        }
        // The body is gone: nothing may read it any more.
        defer { curl_easy_reset(handle) }
        guard code == CURLE_OK else {
            let isHopeless = [CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL].contains(code)
            throw NoticeError(isHopeless ? .refused : .again, "cannot be reached: \(String(cString: curl_easy_strerror(code)))")
        }
        var status = 0
        dv_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        switch status {
        case 200..<300: return
        // Too slow, too many, or a fault of the server's.
        case 408, 429, 500...: throw NoticeError(.again, "answered with status \(status)")
        default: throw NoticeError(.refused, "answered with status \(status); is the address complete?")
        }
    }

    /// An attempt ends by its own time-out; the process need not wait for it.
    func abandon() {}
}
