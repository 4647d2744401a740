import FileNames
import Foundation

/// Where a card's class names come from.
public enum LabelSource: Sendable, Hashable {
    case names([String])
    /// A list that deepvid carries.
    case carried(CarriedLabels)
    /// A text file with a name on each line; relative to the card.
    case file(String)
}

/// The lists of class names that deepvid carries, by the names that cards use.
public enum CarriedLabels: String, Sendable, CaseIterable {
    /// The 80 classes of COCO in the usual order, and the 91 numbers of its annotations, of which some stand for nothing.
    case coco80, coco91
    /// The classes of ImageNet's challenge, and the same after one for the background, as TensorFlow's models have it.
    case imagenet1000, imagenet1001
    /// The background and the 20 classes of Pascal VOC.
    case voc21

    public var names: [String] {
        switch self {
        case .coco80: Labels.coco80
        case .coco91: Labels.coco91
        case .imagenet1000: Labels.imageNet
        case .imagenet1001: ["background"] + Labels.imageNet
        case .voc21: Labels.voc21
        }
    }
}

extension LabelSource {
    static let coco80 = LabelSource.carried(.coco80)
}

extension LabelSource: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let names = try? container.decode([String].self) { self = .names(names); return }
        let text = try container.decode(String.self)
        self = CarriedLabels(rawValue: text).map { .carried($0) } ?? .file(text)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .names(let names): try container.encode(names)
        case .carried(let list): try container.encode(list.rawValue)
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
        case .carried(let list): self.init(names: list.names)
        case .file(let path): try self.init(file: path.hasPrefix("/") ? path : "\(directory)/\(path)")
        }
    }

    /// What `--labels` names: a file, or, where there is none of that name, a list that deepvid carries.
    public init(named name: String) throws(VisionError) {
        let isThere = access(name.fileName, F_OK) == 0
        if !isThere, let list = CarriedLabels(rawValue: name) {
            self.init(names: list.names)
            return
        }
        do throws(VisionError) { try self.init(file: name) } catch {
            if isThere || name.contains("/") || name.contains(".") { throw error }
            let lists = CarriedLabels.allCases.map(\.rawValue).joined(separator: ", ")
            throw VisionError(error.code, "\(error.message), or name a list: \(lists)", cause: error.cause)
        }
    }

    /// Reads a text file with a name on each line; blank lines at the end do not count.
    public init(file path: String) throws(VisionError) {
        if [".yaml", ".yml"].contains(where: path.lowercased().hasSuffix) {
            throw VisionError(.invalidLabels, "\(path) is YAML: labels are a text file with a name on each line")
        }
        guard let bytes = readFile(path) else {
            throw VisionError(.invalidLabels, "cannot read labels from \(path): \(String(cString: strerror(errno))); check the path")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw VisionError(.invalidLabels, "\(path) is no text in UTF-8: write a file with a name on each line")
        }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        names = lines
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

    /// The classes of COCO by the numbers of its annotations, as torchvision's detectors give them; unused numbers are "N/A".
    static let coco91: [String] = {
        let gaps: Set = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83]
        var names = coco80.makeIterator()
        return (0..<91).map { $0 == 0 ? "__background__" : gaps.contains($0) ? "N/A" : names.next() ?? "N/A" }
    }()

    /// The 1,000 classes of ImageNet's challenge, by torchvision's short names.
    static let imageNet = String(decoding: PackageResources.imagenet1000_txt, as: UTF8.self).split(separator: "\n").map(String.init)

    static let voc21 = """
        background;aeroplane;bicycle;bird;boat;bottle;bus;car;cat;chair;cow;diningtable;dog;horse;motorbike;person;pottedplant;sheep;sofa;\
        train;tvmonitor
        """.split(separator: ";").map(String.init)

    static let cifar10 = "airplane;automobile;bird;cat;deer;dog;frog;horse;ship;truck".split(separator: ";").map(String.init)
}
