/// What the model wants to see: size, channel order, normalisation, fit.
public struct InputCard: Sendable, Hashable {
    public enum Color: String, Sendable, Codable, CaseIterable {
        case rgb, bgr, gray
        public var channels: Int { self == .gray ? 1 : 3 }
    }

    /// Model pixels; nil when the model itself says.
    public var width: Int?
    public var height: Int?
    /// Instead of width and height, of a model that leaves them open: most pixels of an input in the shape of the frames. Nil: the same
    /// size for all.
    public var pixels: Int?
    /// The order of the model's channels, and so of `mean`, `std` and `pad`.
    public var color: Color
    /// Units of 0…255, one per channel: the model sees (value − mean) / std.
    public var mean: [Double]
    public var std: [Double]
    public var resize: ResizeMode
    /// For `center_crop`: what the picture's short side is resized to, in model pixels; nil fills the input exactly.
    public var cropResize: Int?
    /// 0…255, one per channel: what surrounds a letterboxed picture.
    public var pad: [UInt8]

    public init(
        width: Int? = nil, height: Int? = nil, pixels: Int? = nil, color: Color = .rgb, mean: [Double]? = nil, std: [Double]? = nil,
        resize: ResizeMode, cropResize: Int? = nil, pad: UInt8 = 114
    ) {
        (self.width, self.height, self.pixels) = (width, height, pixels)
        (self.color, self.resize, self.cropResize) = (color, resize, cropResize)
        self.mean = mean ?? [Double](repeating: 0, count: color.channels)
        self.std = std ?? [Double](repeating: 1, count: color.channels)
        self.pad = [UInt8](repeating: pad, count: color.channels)
    }

    public var normalization: Normalization { Normalization(mean: mean, deviation: std) }

    /// Of ImageNet's pictures, in units of 0…255, as most published models use them.
    static let imageNetMean = [123.675, 116.28, 103.53]
    static let imageNetStd = [58.395, 57.12, 57.375]
    /// As most classifiers of ImageNet want their input.
    static let imageNet = InputCard(mean: imageNetMean, std: imageNetStd, resize: .centerCrop, cropResize: 256)
}

extension InputCard: Codable {
    enum CodingKeys: String, CardKey {
        case width, height, pixels, color, mean, std, resize, pad
        case cropResize = "crop_resize"

        var expected: String {
            switch self {
            case .width, .height: "a whole number of pixels, such as 416"
            case .pixels: "a whole number of pixels from 1024 on, such as 86016, with a letterbox, and neither width nor height"
            case .color: "\"rgb\", \"bgr\" or \"gray\""
            case .mean: "a number for each channel in units of 0…255, such as [123.675, 116.28, 103.53], or 0"
            case .std: "a number above 0 for each channel in units of 0…255, such as [58.395, 57.12, 57.375], or 255"
            case .resize: "\"letterbox\", \"letterbox_topleft\", \"stretch\" or \"center_crop\""
            case .pad: "a whole number from 0 to 255, or one for each channel, such as 114"
            case .cropResize: "a whole number of pixels, such as 256; only with \"resize\": \"center_crop\""
            }
        }
    }

    public init(from decoder: any Decoder) throws {
        let card = try CardReader<CodingKeys>(decoder)
        color = try card.required(.color)
        width = try card.optional(.width, where: { (1...16384).contains($0) })
        height = try card.optional(.height, where: { (1...16384).contains($0) })
        mean = try card.perChannel(.mean, color.channels, where: \.isFinite)
        std = try card.perChannel(.std, color.channels, where: { $0.isFinite && $0 > 0 })
        resize = try card.required(.resize)
        pixels = try card.optional(.pixels, where: { (InputShape.step * InputShape.step...16384 * 16384).contains($0) })
        if pixels != nil, width != nil || height != nil || !resize.isLetterbox { throw card.error(.pixels) }
        cropResize = try card.optional(.cropResize, where: { (1...16384).contains($0) })
        if cropResize != nil, resize != .centerCrop { throw card.error(.cropResize) }
        pad =
            card.has(.pad)
            ? try card.perChannel(.pad, color.channels, where: { (0...255).contains($0) }).map { UInt8($0) }
            : [UInt8](repeating: 114, count: color.channels)
    }
}

/// How a byte becomes the model's input value, per channel: `Float(byte) * scale + bias`.
public struct Normalization: Sendable, Hashable {
    public let scale: [Float]
    public let bias: [Float]

    /// (byte − mean) / deviation, with both in units of 0…255 and in the model's channel order.
    public init(mean: [Double], deviation: [Double]) {
        precondition(mean.count == deviation.count && deviation.allSatisfy { $0 != 0 })
        scale = deviation.map { Float(1 / $0) }
        bias = zip(mean, deviation).map { Float(-$0 / $1) }
    }

    public func apply(_ value: UInt8, channel: Int) -> Float { Float(value) * scale[channel] + bias[channel] }
}
