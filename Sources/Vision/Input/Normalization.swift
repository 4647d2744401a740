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

    /// Number of channels: 1 or 3.
    public var channels: Int { scale.count }

    public func apply(_ value: UInt8, channel: Int) -> Float { Float(value) * scale[channel] + bias[channel] }
}
