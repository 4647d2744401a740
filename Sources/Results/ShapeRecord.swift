import Vision

/// A mask as COCO's tools read it: `pycocotools.mask.decode(object["mask"])`.
public struct MaskRecord: Codable, Sendable, Equatable {
    /// Height and width of the frame.
    public let size: [Int]
    /// Run lengths column by column, in COCO's compressed form.
    public let counts: String

    init(_ mask: Mask) { (size, counts) = ([mask.height, mask.width], Self.compressed(mask.counts)) }

    /// Each run less the one two before it, in groups of five bits and a sixth that says whether more follow (`rleToString` of COCO's API).
    static func compressed(_ runs: [Int]) -> String {
        var bytes: [UInt8] = []
        for (index, run) in runs.enumerated() {
            var rest = index > 2 ? run - runs[index - 2] : run
            var isLast = false
            while !isLast {
                let group = rest & 0x1f
                rest >>= 5
                isLast = rest == (group & 0x10 != 0 ? -1 : 0)
                bytes.append(UInt8(48 + (isLast ? group : group | 0x20)))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The runs again: pixels outside and inside in turns. Empty where the text is not that of a mask of this size, as a file may hold.
    package var runs: [Int] {
        guard size.count == 2, size.allSatisfy({ (1...65536).contains($0) }) else { return [] }
        var runs: [Int] = [], rest = size[0] * size[1], (run, shift) = (0, 0)
        for byte in counts.utf8 {
            guard (48..<112).contains(byte), shift <= 40 else { return [] }
            let group = Int(byte) - 48
            run |= (group & 0x1f) << shift
            shift += 5
            if group & 0x20 != 0 { continue }
            if group & 0x10 != 0 { run |= -1 << shift }
            if runs.count > 2 { run += runs[runs.count - 2] }
            guard run >= 0, run <= rest else { return [] }
            rest -= run
            runs.append(run)
            (run, shift) = (0, 0)
        }
        return runs
    }
}

/// A named point of an object.
public struct KeypointRecord: Codable, Sendable, Equatable {
    public let name: String
    /// Source pixels.
    public let x, y: Double
    /// 0…1; nil where the model does not say how surely it is seen.
    public let score: Double?

    init(_ point: Keypoint) { (name, x, y, score) = (point.name, Double(point.x), Double(point.y), point.score.map(Double.init)) }
}
