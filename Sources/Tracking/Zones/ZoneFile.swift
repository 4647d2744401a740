import Foundation
import Glibc
import Hashing
import Models
import Vision

extension ZonePlan {
    /// Reads a zones file, as deepvid-zones(5) describes it. Strict: every complaint says where, and what to write there.
    public init(file path: String) throws(DeepVidError) {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: Self.largestFile + 1) ?? Data()
        } catch {
            let isMissing = access(path, F_OK) != 0 && errno == ENOENT
            throw DeepVidError(
                .invalidOptions,
                isMissing ? "--zones: \(path): no such file" : "--zones: \(path) cannot be read; check the file's owner and mode")
        }
        try self.init(json: data, name: path)
    }

    /// - Parameter name: what messages call the file.
    package init(json: Data, name: String) throws(DeepVidError) {
        guard json.count <= Self.largestFile else {
            throw DeepVidError(
                .invalidOptions, "--zones: \(name) has more than \(Self.largestFile / 1_000_000) MB; is it the right file?")
        }
        do {
            if let error = VisionError.trailingComma(name, in: json) { throw DeepVidError(.invalidOptions, "--zones: \(error.message)") }
            self = try JSONDecoder().decode(ZonePlan.self, from: json)
            self.name = name
            sha256 = json.withUnsafeBytes { SHA256.hex(of: $0) }
        } catch let error as DeepVidError {
            throw error
        } catch let error as VisionError {
            throw DeepVidError(.invalidOptions, "--zones: \(name): \(error.message)")
        } catch {
            throw DeepVidError(.invalidOptions, "--zones: \(VisionError.notJSON(name, error, in: json).message)")
        }
    }

    static let largestFile = 1_000_000
    static let mostPlaces = 256
    static let mostPoints = 1000
}

extension ZonePlan: Decodable {
    enum Key: String, CardKey {
        case unit, anchor, zones, lines, masks

        static var file: String { "the file" }

        var expected: String {
            switch self {
            case .unit: "\"pixel\" or \"fraction\""
            case .anchor: "\"bottom_center\" or \"center\""
            case .zones: "a list of up to \(ZonePlan.mostPlaces) zones {\"name\": …, \"points\": [[x, y], …]}"
            case .lines: "a list of up to \(ZonePlan.mostPlaces) lines {\"name\": …, \"points\": [[x, y], [x, y]]}"
            case .masks: "a list of up to \(ZonePlan.mostPlaces) masks {\"name\": …, \"points\": [[x, y], …]}"
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let file = try CardReader<Key>(decoder)
        let unit: Unit = try file.optional(.unit) ?? .pixel
        let anchor: Anchor = try file.optional(.anchor) ?? .bottomCenter
        var layout = ZoneLayout(), names: Set<String> = []
        layout.zones = try file.optional(.zones, where: { $0.count <= Self.mostPlaces }) ?? []
        layout.lines = try file.optional(.lines, where: { $0.count <= Self.mostPlaces }) ?? []
        layout.masks = try file.optional(.masks, where: { $0.count <= Self.mostPlaces }) ?? []
        guard !(layout.zones + layout.lines + layout.masks).isEmpty else {
            throw file.error(.zones, "is missing, and so are 'lines' and 'masks'")
        }
        for (key, list) in [(Key.zones, \ZoneLayout.zones), (.lines, \.lines), (.masks, \.masks)] {
            for (index, place) in layout[keyPath: list].enumerated() {
                let path = "\(key.rawValue)[\(index)]"
                guard names.insert(place.name).inserted else {
                    throw VisionError(
                        .invalidCard, "'\(path).name' is '\(place.name)' a second time: give every zone, line and mask its own name")
                }
                try place.check(unit, key, path)
                layout[keyPath: list][index].anchor = place.anchor ?? anchor
            }
        }
        (self.unit, self.layout) = (unit, layout)
    }
}

extension Place: Decodable {
    enum Key: String, CardKey {
        case name, points, classes, anchor
        case dwellS = "dwell_s", minSize = "min_size", minScore = "min_score"

        var expected: String {
            switch self {
            case .name: "a text of up to 200 characters"
            case .points: "a list of up to \(ZonePlan.mostPoints) pairs of numbers [[x, y], …]"
            case .classes: "a list of labels, such as [\"person\"]"
            case .anchor: "\"bottom_center\" or \"center\""
            case .minSize: "a height above 0: pixels, or with \"unit\": \"fraction\" a share of the frame's height"
            case .minScore: "a score from 0 to 1"
            case .dwellS: "a number of seconds above 0, or a rising list of up to 100 of them"
            }
        }
    }

    package init(from decoder: any Decoder) throws {
        let place = try CardReader<Key>(decoder)
        name = try place.required(.name, where: { !$0.isEmpty && $0.count <= 200 })
        let pairs: [[Double]] = try place.required(
            .points, where: { $0.count <= ZonePlan.mostPoints && $0.allSatisfy { $0.count == 2 && $0.allSatisfy(\.isFinite) } })
        points = pairs.map { Point($0[0], $0[1]) }
        classes = try place.optional(.classes, where: { (labels: [String]) in !labels.isEmpty && labels.count <= 10_000 }).map(Set.init)
        anchor = try place.optional(.anchor)
        let dwell: OneOrMany? = try place.optional(
            .dwellS,
            where: { dwell in
                let seconds = dwell.values
                return (1...100).contains(seconds.count) && seconds.allSatisfy { $0 > 0 && $0.isFinite }
                    && zip(seconds, seconds.dropFirst()).allSatisfy { $0 < $1 }
            })
        dwellSeconds = dwell?.values ?? []
        minSize = try place.optional(.minSize, where: { (size: Double) in size > 0 && size.isFinite }) ?? 0
        minScore = try place.optional(.minScore, where: { (score: Double) in (0...1).contains(score) }) ?? 0
    }

    func check(_ unit: ZonePlan.Unit, _ kind: ZonePlan.Key, _ path: String) throws {
        func fault(_ message: String) -> VisionError { VisionError(.invalidCard, "'\(path).points' of '\(name)': \(message)") }
        let limit = unit == .fraction ? 1 : Double.infinity
        // Nobody means a pixel: the unit was forgotten.
        let tiny =
            unit == .pixel && points.allSatisfy { $0.x <= 1 && $0.y <= 1 }
            ? "is smaller than a pixel; if its points are fractions of the picture, write \"unit\": \"fraction\" before \"\(kind.rawValue)\""
            : nil
        for (index, point) in points.enumerated() where !(0...limit).contains(point.x) || !(0...limit).contains(point.y) {
            let range = unit == .fraction ? "fractions are from 0 to 1" : "pixels count from 0"
            throw fault("point \(index + 1), [\(point.x), \(point.y)], is outside the picture; \(range)")
        }
        if unit == .fraction, minSize > 1 {
            throw VisionError(.invalidCard, "'\(path).min_size' of '\(name)' is \(minSize), and fractions are from 0 to 1")
        }
        if kind == .masks, let key = minSize > 0 ? "min_size" : minScore > 0 ? "min_score" : dwellSeconds.isEmpty ? nil : "dwell_s" {
            throw VisionError(.invalidCard, "'\(path).\(key)': nothing counts in a mask: remove it, or make it a zone")
        }
        if kind == .lines {
            if points.count != 2 { throw fault("a line has 2 points, not \(points.count)") }
            if points[0] == points[1] { throw fault("its two points are the same") }
            if !dwellSeconds.isEmpty {
                throw VisionError(.invalidCard, "'\(path).dwell_s': nobody dwells on a line: remove it, or make it a zone")
            }
            if let tiny { throw fault(tiny) }
            return
        }
        if points.count < 3 { throw fault("a \(kind == .masks ? "mask" : "zone") has 3 points or more, not \(points.count)") }
        if let flaw = Polygon(points).flaw { throw fault(flaw) }
        if let tiny { throw fault(tiny) }
    }
}
