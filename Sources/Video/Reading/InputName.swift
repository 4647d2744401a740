/// What an input's name tells before it is opened.
public struct InputName: Sendable {
    /// Whether it is a camera: a device of this machine, or a URL of a protocol for live pictures (RTSP, RTMP, UDP, RTP, SRT).
    public let isCamera: Bool
    /// Whether it can be opened again after a break: a URL or a device, and not a file or pipe.
    public let canReconnect: Bool

    /// - Complexity: O(length), and one look at the file system.
    public init(_ input: String) {
        isCamera = InputKind.isCamera(input)
        canReconnect =
            switch try? InputKind(input) {
            case .network, .device: true
            case .file, .standardInput, .imageSequence: false
            // A camera that is not plugged in yet.
            case nil: isCamera
            }
    }
}
