import EdgeServer
import Foundation
import Hashing
import Testing

@testable import CacheNet

/// Files on their way: broken off, continued, wrong.
@Suite struct DownloadTests {
    private static func device(_ bundle: TestBundle) throws -> URL {
        let folder = bundle.folder.appendingPathComponent("device")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func exists(_ folder: URL, _ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
    }

    @Test func aFileArrivesOnceAndWhole() async throws {
        let bundle = try TestBundle()
        defer { bundle.remove() }
        let (edge, folder, file) = (try await TestEdge([bundle]), try Self.device(bundle), bundle.manifest.files[1])
        let connection = try EdgeConnection(url: edge.url)
        try await onThread { try connection.fetch(file, into: folder.path) }
        #expect(try Data(contentsOf: folder.appendingPathComponent(file.name)) == bundle.contents(file))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [file.name])
        // A second time, nothing is asked.
        try await edge.stop()
        try await onThread { try connection.fetch(file, into: folder.path) }
        // A file that is not what it should be is replaced.
        try Data(repeating: 1, count: file.size).write(to: folder.appendingPathComponent(file.name))
        await expect(code: .unreachable) { try connection.fetch(file, into: folder.path) }
    }

    /// What an earlier try left: the right beginning, another file's, more than the file, the whole file.
    @Test(arguments: ["beginning", "other", "longer", "whole", "empty"])
    func whatWasLeftIsContinued(left: String) async throws {
        let bundle = try TestBundle()
        defer { bundle.remove() }
        let (edge, folder, file) = (try await TestEdge([bundle]), try Self.device(bundle), bundle.manifest.files[1])
        let contents = try bundle.contents(file)
        let part =
            switch left {
            case "beginning": contents.prefix(200_000)
            case "other": Data(repeating: 3, count: 200_000)
            case "longer": contents + Data([1, 2, 3])
            case "whole": contents
            default: Data()
            }
        try part.write(to: folder.appendingPathComponent("\(file.name).part"))
        let connection = try EdgeConnection(url: edge.url)
        try await onThread { try connection.fetch(file, into: folder.path) }
        #expect(try Data(contentsOf: folder.appendingPathComponent(file.name)) == contents)
        #expect(!Self.exists(folder, "\(file.name).part"))
        let sent = String(decoding: try await edge.ask("/metrics").body, as: UTF8.self).firstMatch(
            of: /\ndeepvid_edge_sent_bytes_total (\d+)/)
        let expected = ["beginning": file.size - 200_000, "whole": 0, "other": 2 * file.size - 200_000][left] ?? file.size
        #expect(sent.flatMap { Int($0.1) } == expected, "no byte is sent twice")
        try await edge.stop()
    }

    /// An edge that is cut off again and again: each try brings the file further.
    @Test func brokenTriesAddUp() async throws {
        let bundle = try TestBundle()
        defer { bundle.remove() }
        let (folder, file) = (try Self.device(bundle), bundle.manifest.files[1])
        let contents = try [UInt8](bundle.contents(file))
        let server = try RawServer { socket, head in
            let start = head.firstMatch(of: /Range: bytes=(\d+)-/).flatMap { Int($0.1) } ?? 0
            RawServer.send(
                socket,
                start == 0
                    ? "HTTP/1.1 200 OK\r\nContent-Length: \(contents.count)\r\n\r\n"
                    : "HTTP/1.1 206 Partial Content\r\nContent-Length: \(contents.count - start)\r\n"
                        + "Content-Range: bytes \(start)-\(contents.count - 1)/\(contents.count)\r\n\r\n")
            RawServer.send(socket, Array(contents[start..<min(start + 70_000, contents.count)]))
        }
        defer { server.stop() }
        let connection = try EdgeConnection(url: server.url)
        for _ in 0..<4 {
            await expect(code: .unreachable) { try connection.fetch(file, into: folder.path) }
            #expect(!Self.exists(folder, file.name))
        }
        try await onThread { try connection.fetch(file, into: folder.path) }
        #expect(try [UInt8](Data(contentsOf: folder.appendingPathComponent(file.name))) == contents)
        #expect(server.connections == 5)
    }

    enum Lie: String, CaseIterable { case otherBytes, endless, longer, shorter, otherRange, redirect, notFound, garbage, nothing }

    @Test(arguments: Lie.allCases)
    func aWrongFileNeverGetsItsName(lie: Lie) async throws {
        let bundle = try TestBundle()
        defer { bundle.remove() }
        let (folder, file) = (try Self.device(bundle), bundle.manifest.files[1])
        let server = try RawServer { socket, _ in
            let size = file.size
            func send(_ head: String, _ count: Int) {
                RawServer.send(socket, head + "\r\n\r\n")
                RawServer.send(socket, [UInt8](repeating: 5, count: count))
            }
            switch lie {
            case .otherBytes: send("HTTP/1.1 200 OK\r\nContent-Length: \(size)", size)
            case .longer: send("HTTP/1.1 200 OK\r\nContent-Length: \(size + 1)", size + 1)
            case .shorter: send("HTTP/1.1 200 OK\r\nContent-Length: \(size - 1)", size - 1)
            case .otherRange: send("HTTP/1.1 206 Partial\r\nContent-Length: \(size)\r\nContent-Range: bytes 5-\(size + 4)/\(size)", size)
            case .redirect: send("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0", 0)
            case .notFound: send("HTTP/1.1 404 Not Found\r\nContent-Length: 3", 3)
            case .garbage: send("\u{1}\u{2}\u{3}", 100)
            case .nothing: break
            case .endless:
                RawServer.send(socket, "HTTP/1.1 200 OK\r\n\r\n")
                while RawServer.send(socket, [UInt8](repeating: 5, count: 100_000)) {}
            }
        }
        defer { server.stop() }
        let connection = try EdgeConnection(url: server.url)
        // Whatever an earlier version of the file is, it stays.
        try Data([1, 2, 3]).write(to: folder.appendingPathComponent(file.name))
        await #expect(throws: EdgeError.self) { try await onThread { try connection.fetch(file, into: folder.path) } }
        #expect(try Data(contentsOf: folder.appendingPathComponent(file.name)) == Data([1, 2, 3]))
        let part = folder.appendingPathComponent("\(file.name).part").path
        let left = (try? FileManager.default.attributesOfItem(atPath: part)[.size] as? Int) ?? 0
        #expect(left <= file.size)
    }

    @Test func oneAtATime() async throws {
        let bundle = try TestBundle()
        defer { bundle.remove() }
        let (edge, folder, file) = (try await TestEdge([bundle]), try Self.device(bundle), bundle.manifest.files[1])
        let held = try PartFile(path: folder.appendingPathComponent("\(file.name).part").path, size: file.size)
        let connection = try EdgeConnection(url: edge.url)
        await expect(code: .busy) { try connection.fetch(file, into: folder.path) }
        held.close()
        try await onThread { try connection.fetch(file, into: folder.path) }
        await expect(code: .unreachable) { try connection.fetch(file, into: "/nonexistent/folder") }
        try await edge.stop()
    }
}
