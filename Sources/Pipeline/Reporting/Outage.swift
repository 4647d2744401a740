import Foundation
import Results

/// A hole in the records of a camera.
struct Outage: Decodable {
    var reason: String?
    var durationS: Double?
    /// Wall-clock time at which it began, as written.
    var time: String?

    private enum Key: String, CodingKey {
        case reason, time
        case durationS = "duration_s"
    }

    // What does not fit is left out: that there was a gap is what counts.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        reason = try? values.decode(String.self, forKey: .reason)
        durationS = try? values.decode(Double.self, forKey: .durationS)
        time = try? values.decode(String.self, forKey: .time)
    }

    init?(_ record: OtherRecord) {
        guard record.type == "gap", let outage = try? JSONDecoder().decode(Outage.self, from: Data(record.json)) else { return nil }
        self = outage
    }
}
