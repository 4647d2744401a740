/// A mask as COCO's tools read it: `pycocotools.mask.decode(object["mask"])`.
public struct MaskRecord: Codable, Sendable, Equatable {
    /// Height and width of the frame.
    public var size: [Int]
    /// Run lengths column by column, in COCO's compressed form.
    public var counts: String

    /// - Parameter runs: pixels outside and inside in turns, column by column; the first are outside.
    public init(width: Int, height: Int, runs: [Int]) {
        size = [height, width]
        counts = Self.compressed(runs)
    }

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
}

/// A named point of an object.
public struct KeypointRecord: Codable, Sendable, Equatable {
    public var name: String
    /// Source pixels.
    @Rounded2 public var x: Double
    @Rounded2 public var y: Double
    /// 0…1; nil where the model does not say how surely it is seen.
    @Rounded4 public var score: Double?

    public init(name: String, x: Double, y: Double, score: Double?) {
        (self.name, self.x, self.y, self.score) = (name, x, y, score)
    }
}
