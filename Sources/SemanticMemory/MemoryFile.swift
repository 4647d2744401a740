import FoundationEssentials

/// A memory on disk.
///
/// ```
/// "DVMEMORY" │ version u32 │ header bytes u32 │ header: JSON │ floats f32…   (all little-endian)
/// floats, tap after tap: mean [C] │ whitening by columns [C × C] │ background by columns [C × C] │ centres, a class a row [K × C]
/// ```
/// Every count and value is checked when it is read: a file is not trusted.
public enum MemoryFile {
    static let magic = Array("DVMEMORY".utf8)
    static let version: UInt32 = 2
    /// More than any memory needs: a header is kilobytes, a memory megabytes.
    static let largestHeader = 64 << 20
    private static let mostChannels = 1 << 14
    private static let mostClasses = 1 << 16

    private struct Header: Codable {
        var model: String
        var sha256: String
        var classes: [ClassMemory.KnownClass]
        var frequency: [Int]
        var age: [Int]
        var limits: ExitLimits
        var targetAgreement: Double
        var heldOut: ClassMemory.HeldOut
        var taps: [TapHeader]
    }

    private struct TapHeader: Codable {
        var name: String
        var step: Int
        var depthShare: Double
        var channels: Int
        var counts: [Int]
        var sharpness: Float
        var nearness: Float
    }

    public static func bytes(of memory: ClassMemory) -> Data {
        let header = Header(
            model: memory.modelName, sha256: memory.modelSHA256, classes: memory.classes, frequency: memory.hot.frequency,
            age: memory.hot.age, limits: memory.limits, targetAgreement: memory.targetAgreement, heldOut: memory.heldOut,
            taps: memory.taps.map {
                TapHeader(
                    name: $0.name, step: $0.step, depthShare: $0.depthShare, channels: $0.channels, counts: $0.centres.counts,
                    sharpness: $0.sharpness, nearness: $0.nearness)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let json = try? encoder.encode(header) else { preconditionFailure("a memory holds finite numbers") }
        var data = Data(magic)
        for number in [version, UInt32(json.count)] { withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) } }
        data.append(json)
        func append(_ floats: some Sequence<Float>) {
            for value in floats { withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        }
        for tap in memory.taps {
            append(tap.whitening.mean)
            append(tap.whitening.columns)
            append(tap.background.whitening.columns)
            append(tap.centres.raw)
        }
        return data
    }

    /// - Throws: `MemoryError`, also for whatever is no memory at all.
    public static func read(_ data: Data, name: String) throws(MemoryError) -> ClassMemory {
        func damaged(_ what: String) -> MemoryError {
            MemoryError(.unusableFile, "\(name): the memory file is damaged (\(what)); build it again with 'deepvid memory build'")
        }
        let bytes = [UInt8](data)
        guard bytes.count >= 16, Array(bytes[..<8]) == magic else {
            throw MemoryError(.unusableFile, "\(name): is no memory file; 'deepvid memory build' makes one")
        }
        func number(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) } }
        guard number(8) == version else {
            throw MemoryError(
                .unusableFile, "\(name): has format version \(number(8)), this deepvid reads \(version); build it again")
        }
        let length = Int(number(12))
        guard length <= largestHeader, bytes.count - 16 >= length else { throw damaged("its header is cut off") }
        guard let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[16..<16 + length])) else {
            throw damaged("its header cannot be read")
        }
        try check(header, damaged)
        let classes = header.classes.count
        var wanted = 0
        for tap in header.taps { wanted += tap.channels * (1 + 2 * tap.channels + classes) }
        guard bytes.count - 16 - length == 4 * wanted else { throw damaged("it holds \(bytes.count) bytes, not what its header says") }
        var at = 16 + length
        func floats(_ count: Int) throws(MemoryError) -> [Float] {
            let values = (0..<count).map { Float(bitPattern: number(at + 4 * $0)) }
            at += 4 * count
            guard values.allSatisfy({ $0.isFinite && abs($0) < 1e15 }) else { throw damaged("it holds values that are no numbers") }
            return values
        }
        var taps: [ClassMemory.TapMemory] = []
        for tap in header.taps {
            let whitening = Whitening(mean: try floats(tap.channels), columns: try floats(tap.channels * tap.channels))
            let background = Background(columns: try floats(tap.channels * tap.channels), channels: tap.channels)
            var centres = Centres(channels: tap.channels)
            for count in tap.counts {
                let centre = try floats(tap.channels)
                centres.append(count > 0 ? centre : nil, count: count, whitening)
            }
            taps.append(
                ClassMemory.TapMemory(
                    name: tap.name, step: tap.step, depthShare: tap.depthShare, whitening: whitening, centres: centres,
                    sharpness: tap.sharpness, nearness: tap.nearness, background: background))
        }
        return ClassMemory(
            modelSHA256: header.sha256, modelName: header.model, classes: header.classes,
            hot: HotClasses(frequency: header.frequency, age: header.age), taps: taps, limits: header.limits,
            targetAgreement: header.targetAgreement, heldOut: header.heldOut)
    }

    private static func check(_ header: Header, _ damaged: (String) -> MemoryError) throws(MemoryError) {
        let classes = header.classes.count
        guard (2...mostClasses).contains(classes), header.frequency.count == classes, header.age.count == classes,
            Set(header.classes.map(\.classID)).count == classes, header.classes.allSatisfy({ (0..<1 << 24).contains($0.classID) }),
            (header.frequency + header.age).allSatisfy({ (0..<1 << 50).contains($0) })
        else { throw damaged("its classes do not fit together") }
        guard header.limits.logOdds.isFinite, header.limits.reach.isFinite, header.limits.tau.isFinite, header.limits.reach >= 0,
            header.limits.risk.isFinite, header.limits.risk >= 0,
            (0...1).contains(header.targetAgreement)
        else { throw damaged("its limits are out of range") }
        guard (1...4096).contains(header.taps.count) else { throw damaged("it has no taps") }
        var last = -1
        for tap in header.taps {
            guard tap.step > last, tap.step < 1 << 24, (1...mostChannels).contains(tap.channels), tap.counts.count == classes,
                tap.counts.allSatisfy({ (0..<1 << 50).contains($0) }), (0...1).contains(tap.depthShare),
                [tap.sharpness, tap.nearness].allSatisfy({ $0.isFinite && $0 >= 0 && $0 < 1e9 })
            else { throw damaged("its tap '\(tap.name)' does not fit together") }
            last = tap.step
        }
    }
}

extension ClassMemory {
    /// - Throws: when the memory is of another model than the one at hand, or its taps are not where they were.
    public func check(sha256: String, model: String, taps available: (Int) -> (name: String, channels: Int)?) throws(MemoryError) {
        guard sha256 == modelSHA256 else {
            throw MemoryError(
                .otherModel, "the memory was made for \(modelName) (sha256 \(modelSHA256.prefix(12))…), not for \(model); build one for it")
        }
        for tap in taps {
            guard let found = available(tap.step), found.name == tap.name, found.channels == tap.channels else {
                throw MemoryError(
                    .unusableFile, "the memory's tap '\(tap.name)' is not in \(model) as this deepvid plans it; build the memory again")
            }
        }
    }

    /// The step of each tap, in order.
    public var tapSteps: [Int] { taps.map(\.step) }
}
