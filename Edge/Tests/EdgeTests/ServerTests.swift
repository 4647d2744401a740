import Foundation
import Testing

@testable import CacheNet
@testable import EdgeServer

/// The edge's endpoints, asked as any HTTP client may ask them.
@Suite struct ServerTests {
    private static func body(_ request: EdgeRequest, bundle: String = "") throws -> [UInt8] {
        try WireInferRequest(request, bundle: bundle, deadline: .seconds(60)).serializedBytes()
    }

    @Test func filesComeWholeAndInParts() async throws {
        let bundle = try TestBundle()
        defer { bundle.remove() }
        let edge = try await TestEdge([bundle])
        let file = try #require(bundle.manifest[BundleFile.submodel(2)])
        let contents = try [UInt8](bundle.contents(file))
        let tag = "\"\(file.sha256)\""
        for path in ["/v1/submodels/2", "/v1/files/submodel-2.onnx?bundle=test"] {
            let whole = try await edge.ask(path)
            #expect(whole.head.status == 200)
            #expect(whole.body == contents)
            #expect(whole.head.headers["etag"] == tag)
            #expect(whole.head.headers["content-length"] == "\(contents.count)")
        }
        let path = "/v1/submodels/2"
        let same = try await edge.ask(path, headers: ["If-None-Match: \"x\", \(tag)"])
        #expect(same.head.status == 304)
        #expect(same.body.isEmpty)
        #expect(try await edge.ask(path, headers: ["If-None-Match: \"x\""]).head.status == 200)
        let part = try await edge.ask(path, headers: ["Range: bytes=1000-1999"])
        #expect(part.head.status == 206)
        #expect(part.body == Array(contents[1000..<2000]))
        #expect(part.head.headers["content-range"] == "bytes 1000-1999/\(contents.count)")
        let rest = try await edge.ask(path, headers: ["Range: bytes=299000-", "If-Range: \(tag)"])
        #expect(rest.head.status == 206)
        #expect(rest.body == Array(contents[299_000...]))
        let other = try await edge.ask(path, headers: ["Range: bytes=299000-", "If-Range: \"other\""])
        #expect(other.head.status == 200)
        #expect(other.body == contents)
        let beyond = try await edge.ask(path, headers: ["Range: bytes=\(contents.count)-"])
        #expect(beyond.head.status == 416)
        #expect(beyond.head.headers["content-range"] == "bytes */\(contents.count)")
        for missing in [
            "/v1/submodels/9", "/v1/submodels/x", "/v1/files/bundle.json", "/v1/files/..%2Ffull.onnx", "/v1/files/", "/v1", "/",
        ] {
            #expect(try await edge.ask(missing).head.status == 404, "\(missing)")
        }
        try await edge.stop()
    }

    @Test func whatIsNoRequestIsRefusedWithASentence() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let edge = try await TestEdge([bundle])
        func expect(_ status: Int, _ body: [UInt8], _ location: SourceLocation = #_sourceLocation) async throws {
            let answer = try await edge.ask("/v1/infer", body: body)
            #expect(answer.head.status == status, sourceLocation: location)
            #expect(String(decoding: answer.body, as: UTF8.self).hasSuffix("\n"), sourceLocation: location)
            #expect(answer.body.count > 10, sourceLocation: location)
        }
        try await expect(400, Array("this is no protobuf".utf8))
        try await expect(400, [])
        try await expect(400, try Self.body(TestBundle.picture()).dropLast(30))
        try await expect(404, try Self.body(TestBundle.picture(), bundle: "other"))
        var small = TestBundle.picture()
        small.pixels.removeLast()
        try await expect(400, try Self.body(small))
        try await expect(413, [UInt8](repeating: 0, count: 1_000_000))
        let white = EdgeRequest(
            pixels: [UInt8](repeating: 255, count: small.pixels.count + 1), channels: 3, placement: TestBundle.picture().placement)
        try await expect(500, try Self.body(white))
        #expect(try await edge.ask("/v1/infer").head.status == 405)
        #expect(try await edge.ask("/metrics", body: [1]).head.status == 405)
        // Without a stated length, it is counted as it comes.
        let chunked = try await edge.ask("/v1/infer", headers: ["Transfer-Encoding: chunked"], body: [UInt8](repeating: 0, count: 300_000))
        #expect(chunked.head.status == 413)
        // And it still works.
        #expect(try await edge.ask("/v1/infer", body: try Self.body(TestBundle.picture())).head.status == 200)
        try await edge.stop()
    }

    @Test func onlyTokensLetIn() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let tokens = try TokenList(["0123456789abcdef", "fedcba9876543210"])
        let edge = try await TestEdge([bundle]) { $0.tokens = tokens }
        for path in ["/v1/bundle", "/v1/submodels/1", "/v1/files/full.onnx", "/metrics"] {
            let refused = try await edge.ask(path)
            #expect(refused.head.status == 401, "\(path)")
            #expect(refused.head.headers["www-authenticate"]?.hasPrefix("Bearer") == true, "\(path)")
            #expect(try await edge.ask(path, headers: ["Authorization: Bearer wrong-wrong-wrong"]).head.status == 401)
            #expect(try await edge.ask(path, headers: ["Authorization: Bearer fedcba9876543210"]).head.status == 200, "\(path)")
        }
        #expect(try await edge.ask("/v1/infer", body: try Self.body(TestBundle.picture())).head.status == 401)
        #expect(try await edge.ask("/healthz").head.status == 200)
        try await edge.stop()
    }

    @Test func severalBundlesAreToldApart() async throws {
        let (a, b) = (try TestBundle("a", fileSize: 1000), try TestBundle("b ü/&", fileSize: 1000))
        defer { [a, b].forEach { $0.remove() } }
        let edge = try await TestEdge([a, b])
        let all = try WireBundleResponse(serializedBytes: try await edge.ask("/v1/bundle").body)
        #expect(all.bundles.map(\.name) == ["a", "b ü/&"])
        let one = try WireBundleResponse(serializedBytes: try await edge.ask("/v1/bundle?name=\(EdgeConnection.escaped("b ü/&"))").body)
        #expect(try one.bundles.map { try BundleManifest(json: $0.manifest) } == [b.manifest])
        #expect(try await edge.ask("/v1/bundle?name=c").head.status == 404)
        #expect(try await edge.ask("/v1/submodels/1").head.status == 400)
        #expect(try await edge.ask("/v1/submodels/1?bundle=a").body == [UInt8](a.contents(a.manifest[BundleFile.submodel(1)]!)))
        #expect(try await edge.ask("/v1/infer", body: try Self.body(TestBundle.picture())).head.status == 400)
        #expect(try await edge.ask("/v1/infer", body: try Self.body(TestBundle.picture(), bundle: "a")).head.status == 200)
        try await edge.stop()
    }

    @Test func metricsCountWhatHappened() async throws {
        let bundle = try TestBundle(fileSize: 1000)
        defer { bundle.remove() }
        let edge = try await TestEdge([bundle])
        for number in 0..<3 { _ = try await edge.ask("/v1/infer", body: try Self.body(TestBundle.picture(number))) }
        _ = try await edge.ask("/v1/infer", body: [1, 2, 3])
        let text = String(decoding: try await edge.ask("/metrics").body, as: UTF8.self)
        for line in [
            #"deepvid_edge_requests_total{route="/v1/infer",status="200"} 3"#,
            #"deepvid_edge_requests_total{route="/v1/infer",status="400"} 1"#,
            #"deepvid_edge_request_seconds_count{route="/v1/infer"} 4"#, "deepvid_edge_queue_depth 0", "deepvid_edge_workers_busy 0",
            "deepvid_edge_queue_capacity 16", #"deepvid_edge_model_seconds_total{bundle="test"} 0.75"#,
        ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
        // Every sample belongs to a family that was announced, and is a number.
        var families: Set<Substring> = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { families.insert(line.split(separator: " ")[2]) }
            guard !line.hasPrefix("#") else { continue }
            let name = line.prefix { $0 != "{" && $0 != " " }
            #expect(families.contains { name.hasPrefix($0) }, "\(line)")
            #expect(Double(line.split(separator: " ").last!) != nil, "\(line)")
        }
        try await edge.stop()
    }

    /// Bytes that do not come, and answers that no one takes, cost a connection no longer than the edge's timeout.
    @Test func whoHoldsUpAConnectionLosesIt() async throws {
        let bundle = try TestBundle(fileSize: 20_000_000)
        defer { bundle.remove() }
        let edge = try await TestEdge([bundle]) { $0.timeout = .milliseconds(500) }
        let port = edge.port
        for start in ["", "POST /v1/infer HTT", "POST /v1/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\nabc"] {
            #expect(try await onThread { try Dialler(port).sendThenTrickle(start) }, "\(start)")
        }
        // Asked for 20 MB, and not read.
        #expect(try await onThread { try Dialler(port).sendThenIgnore("GET /v1/files/full.onnx HTTP/1.1\r\nHost: x\r\n\r\n") < 20_000_000 })
        #expect(try await edge.ask("/healthz").head.status == 200)
        try await edge.stop()
    }
}
