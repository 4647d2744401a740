import DeepVid
import Foundation
import Results
import Synchronization

/// Tells a broker what happens and who is there:
///
/// ```
/// PREFIX/status                 online, offline     retained; offline also when this process is gone without a word
/// PREFIX/CAMERA/status          online, offline     retained
/// PREFIX/CAMERA/events          a notice as JSON
/// PREFIX/CAMERA/CLASS           number of objects   retained, on change
/// PREFIX/CAMERA/zone/ZONE       number of objects   retained, on change
/// homeassistant/…/config        Home Assistant's discovery, retained
/// ```
///
/// Any thread may give output.
final class MQTTPublisher: Sendable {
    private let connection: MQTTConnection
    private let prefix: String
    private let classes, zones: [String]
    private let cameras = Mutex<[String: Camera]>([:])

    private struct Camera {
        var presence: Presence
        /// Classes and zones that Home Assistant was told of.
        var announced: Set<String> = []
    }

    private static let (online, offline) = ("online", "offline")

    /// - Parameter classes, zones: known beforehand.
    init(_ address: String, classes: [String], zones: [String]) throws(NoticeError) {
        let address = try MQTTAddress(address)
        (prefix, self.classes, self.zones) = (address.prefix, classes, zones)
        connection = try MQTTConnection(address, will: ("\(prefix)/status", Self.offline))
        connection.set("\(prefix)/status", Self.online)
    }

    func take(_ camera: String, _ output: RunOutput) {
        switch output {
        case .begin, .back: change(camera, isOnline: true)
        case .object(let event, _): change(camera) { $0.take(event) }
        // Who is there cannot be told until it is back, and then it is told anew.
        case .lost, .end: change(camera, isOnline: false) { $0.clear() }
        case .frame: break
        }
    }

    func publish(_ notice: NoticeRecord) { connection.send("\(prefix)/\(notice.camera)/events", notice.json) }

    func takeProblems() -> [String] { connection.takeProblems() }

    func finish(by deadline: Date) -> [String] {
        connection.set("\(prefix)/status", Self.offline)
        return connection.finish(by: deadline)
    }

    private func change(_ name: String, isOnline: Bool? = nil, _ body: (inout Presence) -> Void = { _ in }) {
        cameras.withLock { cameras in
            var camera = cameras[name] ?? Camera(presence: Presence(classes: classes, zones: zones))
            body(&camera.presence)
            for (label, kind) in camera.presence.classes.map({ ($0, "class") }) + camera.presence.zones.map({ ($0, "zone") }) {
                let topic = "\(prefix)/\(name)/\(kind == "zone" ? "zone/" : "")\(Self.level(label))"
                if camera.announced.insert(topic).inserted {
                    let status = ["\(prefix)/status", "\(prefix)/\(name)/status"]
                    for message in HomeAssistant(camera: name, availability: status).messages(for: label, kind: kind, topic: topic) {
                        connection.set(message.topic, message.payload)
                    }
                }
                let count = kind == "zone" ? camera.presence.count(zone: label) : camera.presence.count(class: label)
                connection.set(topic, String(count))
            }
            if let isOnline { connection.set("\(prefix)/\(name)/status", isOnline ? Self.online : Self.offline) }
            cameras[name] = camera
        }
    }

    /// A level of a topic of a name that may contain anything.
    private static func level(_ name: String) -> String {
        let word = fileWord(name)
        return word.isEmpty ? "unnamed" : word
    }
}
