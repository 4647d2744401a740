import Clocks
import DeepVid
import FlyingFox
import FlyingSocks
import Foundation
import Models
import Reports

/// Serves the page of results with their clips, on this machine's loopback only.
///
/// Addresses are the page, `/READING/picture/EVENT`, `/READING/clip/INPUT`, and `/READING/moment/EVENT`, which is a part of a clip whose own
/// container browsers do not play. All else is not found.
package struct ViewServer: Sendable {
    private let library: ViewLibrary
    private let port: UInt16

    /// - Parameters:
    ///   - results: files and folders of records.
    ///   - clips: where clips are that are not where the results say.
    ///   - zone: the clock that times of day are told by.
    ///   - port: 0 for one that is free.
    package init(results: [String], clips: [String], zone: Zone, port: UInt16, control: RunControl) {
        library = ViewLibrary(results: results, clips: clips, zone: zone, control: control)
        self.port = port
    }

    /// Serves until its task is cancelled.
    ///
    /// - Parameter onReady: takes the address, and what was read.
    /// - Throws: `DeepVidError` when no results can be read, or the port is taken.
    package func run(onReady: @Sendable (String, ReportContent) -> Void) async throws {
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await serve(onReady)) } catch { outcome = .failure(error) }
        await library.close()
        try outcome.get()
    }

    private func serve(_ onReady: @Sendable (String, ReportContent) -> Void) async throws {
        // Results that cannot be read are told before anything is served.
        let first = try await library.current()
        let address: sockaddr_in
        do { address = try .inet(ip4: "127.0.0.1", port: port) } catch { throw cannotListen(error) }
        let server = HTTPServer(address: address, logger: .disabled, handler: Handler(library: library))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await server.run() } catch let error where !(error is CancellationError) { throw self.cannotListen(error) }
            }
            // What ends first, the wait or the server that could not begin, tells which.
            group.addTask { try? await server.waitUntilListening() }
            try await group.next()
            if case .ip4(_, let port)? = await server.listeningAddress { onReady("http://127.0.0.1:\(port)/", first.content) }
            try await group.waitForAll()
        }
    }

    private func cannotListen(_ error: any Error) -> DeepVidError {
        let isTaken = if case SocketError.failed(type: _, errno: EADDRINUSE, message: _) = error { true } else { false }
        let reason = isTaken ? "is in use" : "cannot be used: \(error.localizedDescription)"
        return DeepVidError(.unwritable, "port \(port) of 127.0.0.1 \(reason); name another with --port", cause: error)
    }
}

/// Answers a request.
private struct Handler: HTTPHandler {
    let library: ViewLibrary

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        var response = await answer(request)
        if request.method == .HEAD, case .httpBody(let body) = response.payload {
            response.headers[.contentLength] = "\(body.count ?? 0)"
            response.payload = .httpBody(HTTPBodySequence())
        }
        response.headers[HTTPHeader("X-Content-Type-Options")] = "nosniff"
        response.headers[HTTPHeader("Referrer-Policy")] = "no-referrer"
        // Pages of others may neither read nor embed anything.
        response.headers[HTTPHeader("Cross-Origin-Resource-Policy")] = "same-origin"
        return response
    }

    private func answer(_ request: HTTPRequest) async -> HTTPResponse {
        guard Self.isLoopback(request.headers[.host]) else {
            // A name of somebody else's that leads here (DNS rebinding) would make this a page of theirs.
            return Self.text(.forbidden, "This is deepvid view, which answers to 127.0.0.1 and localhost only.")
        }
        guard request.method == .GET || request.method == .HEAD else {
            return Self.text(.methodNotAllowed, "There is nothing but to look.")
        }
        if request.path == "/" { return await page() }
        // Numbers, and nothing that names a file.
        guard let parts = request.path.wholeMatch(of: /\/([0-9]{1,9})\/(picture|clip|moment)\/([0-9]{1,9})/)?.output,
            let reading = Int(parts.1),
            let number = Int(parts.3)
        else { return Self.text(.notFound, "There is nothing here.") }
        guard let content = await library.reading(reading) else {
            return Self.text(.notFound, "The results have changed: load the page again.")
        }
        if parts.2 == "picture" { return picture(number, content) }
        let source: (path: String, type: String)? =
            parts.2 == "moment"
            ? await library.moment(ofEvent: number, in: reading)
            : await library.playback(ofInput: number, in: reading).map { ($0.path, $0.contentType) }
        guard let source, let file = ClipFile(source.path) else { return Self.text(.notFound, "There is no such clip.") }
        return file.response(to: request, type: source.type)
    }

    private func page() async -> HTTPResponse {
        do {
            let reading = try await library.current()
            let page = Data(reading.page.utf8)
            return HTTPResponse(
                statusCode: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
                    HTTPHeader("Content-Security-Policy"): ReportContent.contentPolicy(isServed: true) + "; frame-ancestors 'none'",
                ], body: HTTPBodySequence(data: page, suggestedBufferSize: 1 << 17))
        } catch { return Self.text(.internalServerError, "\(error)") }
    }

    private func picture(_ event: Int, _ content: ReportContent) -> HTTPResponse {
        guard let bytes = content.picture(ofEvent: event) else { return Self.text(.notFound, "There is no such picture.") }
        return HTTPResponse(
            statusCode: .ok, headers: [.contentType: "image/jpeg", .cacheControl: "private, max-age=3600"], body: Data(bytes))
    }

    /// Whether a request was addressed to this machine by a name that nobody else can have.
    static func isLoopback(_ host: String?) -> Bool {
        guard let host else { return false }
        return host.wholeMatch(of: /(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/.ignoresCase()) != nil
    }

    private static func text(_ status: HTTPStatusCode, _ text: String) -> HTTPResponse {
        HTTPResponse(statusCode: status, headers: [.contentType: "text/plain; charset=utf-8"], body: Data((text + "\n").utf8))
    }
}
