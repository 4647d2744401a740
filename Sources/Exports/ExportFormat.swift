/// What results can be turned into.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// A table with a row for each box, class, or stay of an object.
    case csv
    /// A dataset of COCO's: one JSON object.
    case coco
    /// MOTChallenge: a text file for each input, a line for each box.
    case mot
    /// Labels as Ultralytics reads them: a text file for each picture with objects, and `data.yaml`.
    case yolo
    /// An XML file for each input: CVAT for video 1.1 of followed objects, else CVAT for images 1.1.
    case cvat
    /// Tasks with predictions for Label Studio: one JSON list.
    case labelstudio

    /// Whether all inputs go into one file.
    var isOneFile: Bool { [.csv, .coco, .labelstudio].contains(self) }
    /// Of a file's name, with the dot.
    public var suffix: String {
        switch self {
        case .csv: ".csv"
        case .coco, .labelstudio: ".json"
        case .mot, .yolo: ".txt"
        case .cvat: ".xml"
        }
    }
    /// The one format that a file with such a name is of; nil where the name tells none or several.
    public init?(suffixOf path: String) {
        let name = path.lowercased(), fitting = [Self.csv, .mot, .cvat].filter { name.hasSuffix($0.suffix) }
        guard fitting.count == 1 else { return nil }
        self = fitting[0]
    }

    /// Whether boxes are told in shares of the picture, or the format asks for its size.
    var needsSize: Bool { ![.csv, .mot].contains(self) }
    /// Whether a file that begins so may be an export of this format, and be replaced by another.
    public func isLikely(_ start: [UInt8]) -> Bool {
        let text = String(decoding: start, as: UTF8.self)
        return switch self {
        case .csv: text.hasPrefix("source,frame,") || text.hasPrefix("source,track_id,")
        case .coco: text.hasPrefix(#"{"info":{"description":"deepvid"}"#)
        case .mot: text.prefixMatch(of: /[0-9]+,-?[0-9]+,-?[0-9.]+,/) != nil
        case .yolo: false
        case .cvat: text.hasPrefix("<?xml") && text.contains("<annotations>")
        case .labelstudio: text.hasPrefix("[\n{\"data\":{") || text.hasPrefix("[\n]")
        }
    }
    /// Whether it has what each of several models says, and what second models say of objects.
    var tellsModels: Bool { self == .csv }
    /// What an object may have besides its box.
    enum Shape: String {
        case masks, keypoints, corners = "the corners of turned boxes"

        /// That have a place for it.
        var formats: [ExportFormat] {
            switch self {
            case .masks, .keypoints: [.coco, .yolo]
            case .corners: [.coco, .yolo, .cvat, .labelstudio]
            }
        }

        /// What is said of results that have it, exported to another format.
        var warning: String {
            let names = formats.map(\.rawValue)
            return "\(rawValue) are left out: --to \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "") keep them"
        }
    }
    /// Whether the number of a frame stands for its place in the video.
    var numbersFrames: Bool { [.mot, .cvat, .labelstudio].contains(self) }
}

/// Where an export goes.
public enum ExportPlace: Sendable, Equatable {
    case standardOutput
    /// Everything, or all of the only input.
    case file(String)
    /// Several files; is made if it is not there.
    case folder(String)

    /// - Parameter path: `-` is standard output.
    /// - Returns: nil where the format cannot go there: a folder's worth of files to standard output.
    public init?(_ path: String, _ format: ExportFormat) {
        if path == "-" {
            guard format != .yolo else { return nil }
            self = .standardOutput
        } else {
            self = format.isOneFile || format != .yolo && path.lowercased().hasSuffix(format.suffix) ? .file(path) : .folder(path)
        }
    }
}
