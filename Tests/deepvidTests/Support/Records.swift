import Foundation
import Results
import TestSupport

/// The records of a run, decoded strictly, each as docs/records.schema.json has it.
struct Records {
    var begins: [BeginRecord] = []
    var frames: [FrameRecord] = []
    var events: [EventRecord] = []
    var ends: [EndRecord] = []
    var outages: [OutageRecord] = []
    /// `begin`, `frame`, … in the order of the lines.
    var types: [String] = []

    /// - Throws: for a line that is not one of the records, has a key too many or too few, or a value of another type.
    init(_ outcome: Outcome) throws {
        if !outcome.output.isEmpty, !outcome.output.hasSuffix("\n") { throw StrictnessError("the last line is not complete") }
        for line in outcome.lines {
            let type = try JSONDecoder().decode(TypeOnly.self, from: Data(line.utf8)).type
            types.append(type)
            switch type {
            case "begin": begins.append(try strict(line))
            case "frame": frames.append(try strict(line))
            case "event": events.append(try strict(line))
            case "outage": outages.append(try strict(line))
            case "end": ends.append(try strict(line))
            default: throw StrictnessError("unknown record: \(line)")
            }
        }
    }
}

private struct TypeOnly: Decodable { let type: String }

struct StrictnessError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Validates, decodes and encodes again: a key that the type does not have would get lost on the way, and is so found.
func strict<R: Record>(_ line: String) throws -> R {
    let violations = JSONSchema.records.violations(of: try JSONValue(line))
    guard violations.isEmpty else { throw StrictnessError("\(line)\nis not as the schema has it: \(violations)") }
    let record = try JSONDecoder().decode(R.self, from: Data(line.utf8))
    func parsed(_ text: String) throws -> NSDictionary? {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
    }
    guard try parsed(line) == parsed(record.json) else { throw StrictnessError("\(line)\nis read as\n\(record.json)") }
    return record
}
