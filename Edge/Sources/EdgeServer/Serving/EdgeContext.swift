import Hummingbird
import NIOCore

/// Where a request comes from.
struct EdgeContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// The connection stands for the device: it has one, and keeps it.
    var client: ObjectIdentifier { ObjectIdentifier(channel) }
}
