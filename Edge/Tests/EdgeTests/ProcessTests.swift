import Foundation
import Testing
import Vision

@testable import CacheNet

/// The program itself, with real models.
@Suite struct ProcessTests {
    @Test func itServesRealModelsAndEndsInOrder() async throws {
        let edge = try await onThread { try EdgeProcess(["--bundle", EdgeProcess.tinyBundle, "--log-format", "json"]) }
        let connection = try EdgeConnection(url: edge.address)
        let manifest = try await onThread { try connection.manifest(deadline: .seconds(60)) }
        let (width, height, channels) = (manifest.card.input.width!, manifest.card.input.height!, manifest.card.input.color.channels)
        let placement = Placement(
            sourceWidth: width, sourceHeight: height, modelWidth: width, modelHeight: height,
            picture: PixelRect(x: 0, y: 0, width: width, height: height))
        var selected: Set<Int> = []
        for value in stride(from: 0, through: 255, by: 15) {
            let pixels = (0..<width * height * channels).map { UInt8($0 % channels == value % channels ? value : 255 - value) }
            let request = EdgeRequest(pixels: pixels, channels: channels, placement: placement)
            let answer = try await onThread { try connection.infer(request, deadline: .seconds(60)) }
            selected.insert(answer.selection.submodel)
            if case .classes(let classes) = answer.result { #expect(!classes.isEmpty) } else { Issue.record("\(answer.result)") }
        }
        #expect(selected.isSubset(of: Set(1...manifest.submodels)))
        let (status, log) = try await onThread { edge.end() }
        #expect(status == 0, "\(log)")
        for line in log.split(separator: "\n") {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: String], "\(line)")
        }
    }

    /// A request that is under way when the signal comes is answered.
    @Test func aSignalLetsRequestsFinish() async throws {
        let edge = try await onThread { try EdgeProcess(["--bundle", EdgeProcess.tinyBundle, "--drain", "30"]) }
        let port = try #require(Int(edge.address.split(separator: ":").last!))
        let answer = try await onThread {
            let dialler = try Dialler(port)
            return try dialler.exchange("POST /v1/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab") {
                edge.signal()
                while (try? Dialler(port).close()) != nil { usleep(10_000) }
                return "c"
            }
        }
        // Nothing, if the signal was faster than the request.
        #expect(["", "HTTP/1.1 400", "HTTP/1.1 503"].contains(answer.prefix(12)), "\(answer)")
        let (status, log) = try await onThread { edge.ended() }
        #expect(status == 0, "\(log)")
    }

    @Test(arguments: [
        "", "--bundle missing", "--bundle TINY --listen 0.0.0.0:0", "--bundle TINY --listen nowhere", "--bundle TINY --workers 0",
        "--bundle TINY --queue 0", "--bundle TINY --token-file missing", "--bundle TINY --tls-key missing", "--bundle TINY --drain -1",
        "--bundle TINY --tls-key missing --tls-certificate missing", "--bundle TINY --bundle TINY", "--bundle TINY --log-level loud",
        "--bundle TINY --no-auth --token-file x", "--bundle TINY --listen 192.0.2.1:0 --no-auth", "--bundel TINY",
        "--bundle TINY --patience 3",
    ])
    func whatCannotBeServedIsSaidInOneLine(flags: String) async throws {
        let arguments = flags.split(separator: " ").map { $0 == "TINY" ? EdgeProcess.tinyBundle : String($0) }
        let (status, output, errors) = try await onThread { try EdgeProcess.run(arguments) }
        #expect(status == 2, "\(errors)")
        #expect(output.isEmpty, "\(errors)")
        let complaint = errors.split(separator: "\n").filter { !$0.contains(" info bundle ") }
        #expect(complaint.count == 1, "\(errors)")
        #expect(complaint.first?.hasPrefix("deepvid-edge: error: ") == true, "\(errors)")
    }

    /// Not "--bundle is missing", which sends people looking for the wrong fault.
    @Test func aMisspelledFlagIsNamed() async throws {
        let (_, _, errors) = try await onThread { try EdgeProcess.run(["--bundl", "x"]) }
        #expect(errors.contains("Unknown option '--bundl'"), "\(errors)")
        #expect(errors.contains("--bundle'?"), "\(errors)")
        let old = try await onThread { try EdgeProcess.run(["--bundle", "x", "--patience", "3"]) }
        #expect(old.errors.contains("--timeout"), "\(old.errors)")
    }

    @Test func manualAndHelpAgree() async throws {
        let page = try String(contentsOf: EdgeProcess.repository.appendingPathComponent("man/deepvid-edge.8"), encoding: .utf8)
        let section = page.components(separatedBy: ".Sh OPTIONS\n").last!.components(separatedBy: "\n.Sh ").first!
        let documented = Set(
            section.split(separator: "\n").filter { $0.hasPrefix(".It ") }.flatMap { $0.matches(of: /Fl -([a-z-]+)/).map { String($0.1) } })
        let help = try await onThread { try EdgeProcess.run(["--help"]) }
        #expect(help.status == 0)
        #expect(Set(help.output.matches(of: /--([a-z][a-z-]*)/).map { String($0.1) }) == documented)
    }
}
