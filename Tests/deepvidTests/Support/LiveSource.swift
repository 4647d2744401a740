import Foundation
import TestSupport
import Testing

/// What tests of live input need besides deepvid.
enum LiveSource {
    static let isAvailable = has("python3") && has("ffmpeg")
    static let missing: Comment = "ffmpeg or python3 is not installed"

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Makes short transport streams in the workspace: `a.ts` and, of half the size, `small.ts` in MPEG-2, `other.ts` in H.264.
    static func prepare(_ place: Workspace) throws {
        let serve = Files.repository.appending(path: "Tests/Live/serve")
        try FileManager.default.createSymbolicLink(at: place.folder.appending(path: "serve"), withDestinationURL: serve)
        let made = try shell(
            """
            make() { ffmpeg -nostdin -loglevel error -i street.mp4 -t 1.5 "$@"; }
            make -c:v mpeg2video -q:v 4 -g 5 -bf 0 a.ts && make -c:v mpeg2video -q:v 4 -g 5 -bf 0 -s 320x192 small.ts \
                && make -c copy other.ts && cat a.ts small.ts >resized.ts && cat a.ts other.ts >recoded.ts
            """, in: place)
        if made.status != 0 { throw StrictnessError(made.errors) }
    }

    private static func has(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }
}
