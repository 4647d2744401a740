import DeepVid
import FileNames
import FoundationEssentials
import Glibc
import Results

extension BatchRun {
    /// What is asked for otherwise than when the records of a clip were made, in words for people: `--track was given then`. Empty where
    /// they do not say it. Of a clip that was begun again, they are those of the later run.
    public func changes(since clip: BatchClip) -> [String] {
        let output = "\(job.folder)/\(clip.output)"
        let path = access(ClipOutput.partPath(output).fileName, F_OK) == 0 ? ClipOutput.partPath(output) : output
        guard let reader = try? RecordReader(path: path), case .begin(let then)? = try? reader.next() else {
            return []
        }
        let now = BeginRecord(source: then.source, model: job.model, info: nil, options: job.options.run)
        var changes: [String] = []
        if then.model.sha256 != now.model.sha256 { changes.append("the model was \(then.model.name) then") }
        let interval = job.options.checkpointInterval
        if let before = known(clip)?.checkpointInterval, before != interval {
            changes.append("--checkpoint-interval was \(before) and is \(interval)")
        }
        let options = OptionChanges(then.options, now.options, hasZones: job.options.run.output.zones != nil)
        return changes + options.words
    }
}

/// The differences between the options of two runs, by the names of their flags.
struct OptionChanges {
    private(set) var words: [String] = []

    /// Keys that are not named as the flags that make them.
    private static let flags = [
        "start_s": "--start", "duration_s": "--duration", "min_size_px": "--min-size", "key_frames": "--fps key",
        "cache_parameters": "parameters of --cache", "routing": "--bundle", "lines": "--zones", "masks": "--zones",
    ]
    /// Those that another key speaks for, or that change no answer of a batch.
    private static let passedOver: Set = ["threads", "lines", "masks"]

    /// - Parameter hasZones: whether the later run has zones: its options have them in pixels only once an input is open.
    init(_ then: BeginRecord.Options, _ now: BeginRecord.Options, hasZones: Bool) {
        let (old, new) = (Self.members(then), Self.members(now))
        for key in Set(old.keys).union(new.keys).subtracting(Self.passedOver).sorted() {
            let (before, after) = (old[key], new[key])
            switch key {
            case "zones":
                if hasZones != (before != nil) { note("--zones", hasZones) }
            case "records":
                for (value, flag) in [("changes", "--only-changes"), ("events", "--events")] {
                    let (was, isNow) = (before == .text(value), after == .text(value))
                    if was != isNow { note(flag, isNow) }
                }
            case "track_buffer_s" where before == nil || after == nil:
                if (before == nil) != (after == nil) { note("--track", after != nil) }
            case "static" where before == nil || after == nil: continue
            default:
                let flag = key == "track_buffer_s" ? "--track-buffer" : Self.flags[key] ?? "--" + key.replacing("_", with: "-")
                switch (before, after) {
                case (let before?, let after?):
                    guard before != after else { continue }
                    if let old = before.plain, let new = after.plain {
                        words.append("\(flag) was \(old) and is \(new)")
                    } else {
                        words.append("\(flag) had another value then")
                    }
                case (_?, nil): note(flag, false)
                case (nil, _?): note(flag, true)
                case (nil, nil): continue
                }
            }
        }
    }

    private mutating func note(_ flag: String, _ isGiven: Bool) {
        words.append(isGiven ? "\(flag) was not given then" : "\(flag) was given then")
    }

    private static func members(_ options: BeginRecord.Options) -> [String: Value] {
        (try? JSONDecoder().decode([String: Value].self, from: Data(jsonText(of: options).utf8))) ?? [:]
    }

    /// What stands under a key.
    private enum Value: Decodable, Equatable {
        case number(Double)
        case text(String)
        case flag(Bool)
        case list([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let flag = try? value.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let list = try? value.decode([Value].self) {
                self = .list(list)
            } else {
                self = .object(try value.decode([String: Value].self))
            }
        }

        /// As on the command line; nil of what has parts.
        var plain: String? {
            switch self {
            case .number(let number): numberText(number, decimals: 6)
            case .text(let text): text
            case .flag(let flag): "\(flag)"
            case .list(let list): list.allSatisfy { $0.plain != nil } ? list.compactMap(\.plain).joined(separator: ",") : nil
            case .object: nil
            }
        }
    }
}
