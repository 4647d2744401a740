import Foundation
import Synchronization

/// Answers each connection with what a test wants: bytes, silence, anything but HTTP.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let count = Mutex(0)
    /// Connections so far.
    var connections: Int { count.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)" }

    /// - Parameter serve: gets the socket and the head of the request, on a thread of its own; the socket is closed after.
    init(_ serve: @escaping @Sendable (_ socket: Int32, _ head: String) -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isUp = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isUp else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else {
                    close(listener)
                    return
                }
                self.count.withLock { $0 += 1 }
                Thread {
                    let head = Self.readRequest(connection)
                    serve(connection, head)
                    close(connection)
                }.start()
            }
        }.start()
    }

    /// The thread closes the socket: its number must not go to another server while it may still be accepted from.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Whether the peer still takes it.
    @discardableResult static func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    @discardableResult static func send(_ connection: Int32, _ text: String) -> Bool { send(connection, Array(text.utf8)) }

    /// The head; a body of a stated length is read and forgotten.
    private static func readRequest(_ connection: Int32) -> String {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        var piece = [UInt8](repeating: 0, count: 65536)
        while bytes.count < 1 << 22 {
            if let range = bytes.firstRange(of: end) {
                let head = String(decoding: bytes[..<range.upperBound], as: UTF8.self)
                let length = head.lowercased().firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                if bytes.count - range.upperBound >= length { return head }
            }
            let got = recv(connection, &piece, piece.count, 0)
            guard got > 0 else { break }
            bytes += piece[..<got]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
