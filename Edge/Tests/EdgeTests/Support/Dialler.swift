import Foundation

/// A client that does not keep to the rules.
struct Dialler {
    private let connection: Int32

    init(_ port: Int) throws {
        connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = in_port_t(port).bigEndian
        // A test that would hang fails instead.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connection = connection
        let failed = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard failed == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    /// Sends `start`, then a byte now and then, for ever.
    ///
    /// - Returns: whether the peer closed the connection.
    func sendThenTrickle(_ start: String) throws -> Bool {
        defer { Foundation.close(connection) }
        RawServer.send(connection, start)
        for _ in 0..<600 {
            usleep(100_000)
            if !start.isEmpty, !RawServer.send(connection, "a") { return true }
            var byte: UInt8 = 0
            let got = recv(connection, &byte, 1, Int32(MSG_DONTWAIT))
            if got == 0 || (got < 0 && errno != EAGAIN) { return true }
        }
        return false
    }

    /// Asks, and reads nothing until the peer must have given up.
    ///
    /// - Returns: bytes that came nevertheless, out of the buffers on the way.
    func sendThenIgnore(_ request: String) throws -> Int {
        defer { Foundation.close(connection) }
        RawServer.send(connection, request)
        sleep(3)
        var (total, piece) = (0, [UInt8](repeating: 0, count: 1 << 20))
        while true {
            let got = recv(connection, &piece, piece.count, 0)
            if got <= 0 { return total }
            total += got
        }
    }

    /// Sends `request` and then what `rest` gives, and reads to the end of the connection.
    func exchange(_ request: String, rest: () -> String = { "" }) throws -> String {
        defer { Foundation.close(connection) }
        RawServer.send(connection, request)
        RawServer.send(connection, rest())
        var (answer, piece) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while true {
            let got = recv(connection, &piece, piece.count, 0)
            if got <= 0 { return String(decoding: answer, as: UTF8.self) }
            answer += piece[..<got]
        }
    }

    func close() { Foundation.close(connection) }
}
