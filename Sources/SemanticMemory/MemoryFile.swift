import FoundationEssentials

/// A memory on disk.
///
/// ```
/// "DVMEMORY" │ version u32 │ header bytes u32 │ header: JSON │ floats f32…   (all little-endian)
/// floats, layer after layer: mean [C] │ whitening by columns [C × C] │ background by columns [C × C] │ centers [K × C], a class a row
/// ```
/// Every count and value is checked when it is read: a file is not trusted. The header's words are older than the code's: its
/// `taps` are exit layers, `depthShare` is `macsFraction`, `sharpness` `inverseTemperature`, `nearness` `distanceThreshold`.
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
        var taps: [LayerHeader]
    }

    private struct LayerHeader: Codable {
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
            taps: memory.exitLayers.map {
                LayerHeader(
                    name: $0.name, step: $0.step, depthShare: $0.macsFraction, channels: $0.channels, counts: $0.centers.counts,
                    sharpness: $0.inverseTemperature, nearness: $0.distanceThreshold)
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
        for layer in memory.exitLayers {
            append(layer.whitening.mean)
            append(layer.whitening.columns)
            append(layer.background.whitening.columns)
            append(layer.centers.raw)
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
        for layer in header.taps { wanted += layer.channels * (1 + 2 * layer.channels + classes) }
        guard bytes.count - 16 - length == 4 * wanted else { throw damaged("it holds \(bytes.count) bytes, not what its header says") }
        var at = 16 + length
        func floats(_ count: Int) throws(MemoryError) -> [Float] {
            let values = (0..<count).map { Float(bitPattern: number(at + 4 * $0)) }
            at += 4 * count
            guard values.allSatisfy({ $0.isFinite && abs($0) < 1e15 }) else { throw damaged("it holds values that are no numbers") }
            return values
        }
        var layers: [ClassMemory.ExitLayer] = []
        for layer in header.taps {
            let channels = layer.channels
            let whitening = Whitening(mean: try floats(channels), columns: try floats(channels * channels))
            let background = BackgroundModel(columns: try floats(channels * channels), channels: channels)
            var centers = ClassCenters(channels: channels)
            for count in layer.counts {
                let center = try floats(channels)
                centers.append(count > 0 ? center : nil, count: count, whitening)
            }
            layers.append(
                ClassMemory.ExitLayer(
                    name: layer.name, step: layer.step, macsFraction: layer.depthShare, whitening: whitening, centers: centers,
                    inverseTemperature: layer.sharpness, distanceThreshold: layer.nearness, background: background))
        }
        return ClassMemory(
            modelSHA256: header.sha256, modelName: header.model, classes: header.classes,
            hot: HotClasses(frequency: header.frequency, age: header.age), exitLayers: layers, limits: header.limits,
            targetAgreement: header.targetAgreement, heldOut: header.heldOut)
    }

    private static func check(_ header: Header, _ damaged: (String) -> MemoryError) throws(MemoryError) {
        let classes = header.classes.count
        guard (2...mostClasses).contains(classes), header.frequency.count == classes, header.age.count == classes,
            Set(header.classes.map(\.classID)).count == classes, header.classes.allSatisfy({ (0..<1 << 24).contains($0.classID) }),
            (header.frequency + header.age).allSatisfy({ (0..<1 << 50).contains($0) })
        else { throw damaged("its classes do not fit together") }
        let limits = header.limits
        guard [limits.logOdds, limits.tau, limits.distanceScale, limits.risk].allSatisfy(\.isFinite),
            limits.distanceScale >= 0, limits.risk >= 0, (0...1).contains(header.targetAgreement)
        else { throw damaged("its limits are out of range") }
        guard (1...4096).contains(header.taps.count) else { throw damaged("it has no exit layers") }
        var last = -1
        for layer in header.taps {
            guard layer.step > last, layer.step < 1 << 24, (1...mostChannels).contains(layer.channels), layer.counts.count == classes,
                layer.counts.allSatisfy({ (0..<1 << 50).contains($0) }), (0...1).contains(layer.depthShare),
                [layer.sharpness, layer.nearness].allSatisfy({ $0.isFinite && $0 >= 0 && $0 < 1e9 })
            else { throw damaged("its exit layer '\(layer.name)' does not fit together") }
            last = layer.step
        }
    }
}

/// Why a memory cannot be made, read or used, in words that say what to do.
public struct MemoryError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not a memory file, one of another version, or a damaged one.
        case unusableFile = "unusable_memory"
        /// Made for another model.
        case otherModel = "other_model"
        /// Too little was shown to make a memory of.
        case tooLittle = "too_little"
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    public var description: String { message }
}
