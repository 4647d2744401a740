import Foundation

/// Where a card's class names come from.
public enum LabelSource: Sendable, Hashable {
    case names([String])
    /// The 80 classes of COCO, which deepvid carries.
    case coco80
    /// A text file with a name on each line; relative to the card.
    case file(String)
}

extension LabelSource: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let names = try? container.decode([String].self) { self = .names(names); return }
        let text = try container.decode(String.self)
        self = text == "coco80" ? .coco80 : .file(text)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .names(let names): try container.encode(names)
        case .coco80: try container.encode("coco80")
        case .file(let path): try container.encode(path)
        }
    }
}

/// Class names by class id.
public struct Labels: Sendable, Hashable {
    /// Empty when the classes have no names.
    public let names: [String]

    public init(names: [String]) { self.names = names }

    /// - Parameter directory: what a label file's path is relative to: the card's folder.
    public init(_ source: LabelSource?, relativeTo directory: String = ".") throws(VisionError) {
        switch source {
        case nil: self.init(names: [])
        case .names(let list): self.init(names: list)
        case .coco80: self.init(names: Self.coco80)
        case .file(let path): try self.init(file: path.hasPrefix("/") ? path : "\(directory)/\(path)")
        }
    }

    /// Reads a text file with a name on each line; blank lines at the end do not count.
    public init(file path: String) throws(VisionError) {
        do {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
                $0.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            while lines.last?.isEmpty == true { lines.removeLast() }
            names = lines
        } catch {
            throw VisionError(.invalidLabels, "cannot read labels from \(path): write a text file with a name on each line", cause: error)
        }
        if names.isEmpty { throw VisionError(.invalidLabels, "\(path) has no labels: write a name on each line") }
    }

    /// `class_<id>` where a class has no name.
    public subscript(id: Int) -> String { names.indices.contains(id) ? names[id] : "class_\(id)" }

    /// Throws unless there is a name for each class, or none at all.
    func check(classes: Int) throws(VisionError) {
        guard names.isEmpty || names.count == classes else {
            throw VisionError(
                .invalidLabels, "the model has \(classes) classes, but \(names.count) labels are given: list one for each class")
        }
    }
}

extension Labels {
    /// The classes of COCO in the usual order.
    public static let coco80 = """
        person;bicycle;car;motorcycle;airplane;bus;train;truck;boat;traffic light;fire hydrant;stop sign;parking meter;\
        bench;bird;cat;dog;horse;sheep;cow;elephant;bear;zebra;giraffe;backpack;umbrella;handbag;tie;suitcase;frisbee;\
        skis;snowboard;sports ball;kite;baseball bat;baseball glove;skateboard;surfboard;tennis racket;bottle;wine glass;\
        cup;fork;knife;spoon;bowl;banana;apple;sandwich;orange;broccoli;carrot;hot dog;pizza;donut;cake;chair;couch;\
        potted plant;bed;dining table;toilet;tv;laptop;mouse;remote;keyboard;cell phone;microwave;oven;toaster;sink;\
        refrigerator;book;clock;vase;scissors;teddy bear;hair drier;toothbrush
        """.split(separator: ";").map(String.init)

    static let cifar10 = "airplane;automobile;bird;cat;deer;dog;frog;horse;ship;truck".split(separator: ";").map(String.init)
}
