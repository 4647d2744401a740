import Models
import Results

/// What Home Assistant is told so that it finds the states of a camera by itself: retained messages of its MQTT discovery, one for each entity.
struct HomeAssistant {
    /// Where Home Assistant looks, unless it is told otherwise.
    private static let prefix = "homeassistant"

    /// As topics name it.
    let camera: String
    /// Topics of what has to be `online` for the states to count.
    let availability: [String]

    /// Two entities of a count: whether there is anybody, and how many.
    ///
    /// - Parameters:
    ///   - name: of the class or zone, for people.
    ///   - kind: `class` or `zone`; a class and a zone may have the same name.
    ///   - topic: of the number.
    func messages(for name: String, kind: String, topic: String) -> [(topic: String, payload: String)] {
        let node = "deepvid_\(Self.id(camera))", object = "\(kind)_\(Self.id(name))"
        func message(_ component: String, _ suffix: String, _ own: [(String, (any Encodable)?)]) -> (topic: String, payload: String) {
            let id = "\(object)_\(suffix)"
            let common: [(String, (any Encodable)?)] = [
                ("unique_id", "\(node)_\(id)"), ("state_topic", topic),
                ("availability", availability.map { JSONObject([("topic", $0)]) }), ("availability_mode", "all"),
                (
                    "device",
                    JSONObject([
                        ("identifiers", [node]), ("name", camera), ("manufacturer", "deepvid"), ("model", "camera"),
                        ("sw_version", deepvidVersion),
                    ])
                ), ("origin", JSONObject([("name", "deepvid"), ("sw_version", deepvidVersion)])),
            ]
            return ("\(Self.prefix)/\(component)/\(node)/\(id)/config", jsonText(of: JSONObject(own + common)))
        }
        return [
            message(
                "binary_sensor", "occupancy",
                [
                    ("name", name), ("device_class", "occupancy"),
                    ("value_template", "{{ 'ON' if value | int(0) > 0 else 'OFF' }}"),
                ]),
            message("sensor", "count", [("name", "\(name) count"), ("state_class", "measurement")]),
        ]
    }

    /// Letters, digits, _ and - of ASCII are all that it takes; others by their number, so that no two names become one.
    static func id(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { id, scalar in
            let isWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            let isPlain = scalar.isASCII && (isWord || "-_".unicodeScalars.contains(scalar))
            id += isPlain ? String(scalar) : scalar == " " ? "_" : String(scalar.value, radix: 16)
        }
    }
}
