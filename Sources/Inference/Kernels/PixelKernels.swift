import CKernels

/// MaxPool and AveragePool.
struct PoolingKernel: SpatialKernel {
    let layer: dv_pooling

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        withUnsafePointer(to: layer) { dv_pool($0, sources[0], destination, spans.baseAddress, spans.count, isCompact ? 1 : 0) }
    }
}

extension dv_pooling: @unchecked @retroactive Sendable {}

/// GlobalAveragePool and GlobalMaxPool: one output pixel.
struct GlobalPoolingKernel: SpatialKernel {
    let kind: Pooling.Kind
    let height: Int
    let width: Int
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        guard !spans.isEmpty else { return }
        dv_global_pool(
            kind == .maximum ? DV_POOL_MAXIMUM : DV_POOL_AVERAGE, Int32(height), Int32(width), 0, Int32(channels), sources[0],
            destination.base)
    }
}

/// Activations, and x · scale[c] + bias[c].
final class UnaryKernel: SpatialKernel {
    let activation: Activation
    let scale: AlignedFloats?
    private let bias: AlignedFloats?
    private let channels: Int

    init(activation: Activation, scale: [Float]? = nil, bias: [Float]? = nil, channels: Int) {
        (self.activation, self.channels) = (activation, channels)
        self.scale = scale.map(AlignedFloats.init)
        self.bias = bias.map(AlignedFloats.init)
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        dv_unary(
            activation.kernel, scale.map { UnsafePointer($0.base) }, bias.map { UnsafePointer($0.base) }, Int32(channels), sources[0],
            destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
    }
}

extension AlignedFloats {
    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        base.update(from: values, count: values.count)
    }
}

/// Two images, or an image and something that broadcasts over its pixels or channels.
final class BinaryKernel: SpatialKernel {
    /// Where the second operand comes from.
    enum Operand {
        /// Source 1, pixel by pixel; `perChannel` false when it has one channel.
        case image(perChannel: Bool)
        /// Source 1 has one pixel.
        case pixel(perChannel: Bool)
        case constant([Float])
    }

    let function: dv_binary_function
    let activation: Activation
    private let channels: Int
    let operand: Operand
    private let constant: AlignedFloats?
    private let isSwapped: Bool

    init(_ function: dv_binary_function, activation: Activation, channels: Int, operand: Operand, isSwapped: Bool) {
        (self.function, self.activation, self.channels) = (function, activation, channels)
        (self.operand, self.isSwapped) = (operand, isSwapped)
        if case .constant(let values) = operand { constant = AlignedFloats(values) } else { constant = nil }
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        var b: Image
        let step: Int32
        switch operand {
        case .image(let perChannel): (b, step) = (sources[1], perChannel ? 1 : 0)
        case .pixel(let perChannel): (b, step) = (Image(base: sources[1].base, row: 0, pixel: 0), perChannel ? 1 : 0)
        case .constant(let values): (b, step) = (Image(base: constant!.base, row: 0, pixel: 0), values.count == 1 ? 0 : 1)
        }
        dv_binary(
            function, activation.kernel, Int32(channels), sources[0], b, step, isSwapped ? 1 : 0, destination, spans.baseAddress,
            spans.count,
            isCompact ? 1 : 0)
    }
}

/// Copies pixels, mapping channels and stepping over source rows and columns.
final class CopyKernel: SpatialKernel {
    var changesValues: Bool { false }
    let map: [Int32]?
    private let channels: Int
    private let start: (y: Int, x: Int)
    private let step: (y: Int, x: Int)

    init(map: [Int]? = nil, channels: Int, start: (y: Int, x: Int) = (0, 0), step: (y: Int, x: Int) = (1, 1)) {
        (self.map, self.channels, self.start, self.step) = (map?.map(Int32.init), channels, start, step)
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let source = sources[0]
        let stepped = Image(
            base: source.base + start.y * Int(source.row) + start.x * Int(source.pixel), row: source.row * Int64(step.y),
            pixel: source.pixel * Int64(step.x))
        if let map {
            map.withUnsafeBufferPointer {
                dv_copy($0.baseAddress, Int32(channels), stepped, destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
            }
        } else {
            dv_copy(nil, Int32(channels), stepped, destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
        }
    }
}

/// Nearest or bilinear resize by precomputed tables.
final class ResizeKernel: SpatialKernel {
    /// Per output index: the two source indices and the weight of the second.
    struct Axis: Sendable {
        var first: [Int32]
        var second: [Int32]
        var weight: [Float]
    }

    private let rows: Axis
    private let columns: Axis
    let isLinear: Bool
    private let channels: Int

    init(rows: Axis, columns: Axis, isLinear: Bool, channels: Int) {
        (self.rows, self.columns, self.isLinear, self.channels) = (rows, columns, isLinear, channels)
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        rows.first.withUnsafeBufferPointer { firstY in
            rows.second.withUnsafeBufferPointer { secondY in
                columns.first.withUnsafeBufferPointer { firstX in
                    columns.second.withUnsafeBufferPointer { secondX in
                        rows.weight.withUnsafeBufferPointer { weightY in
                            columns.weight.withUnsafeBufferPointer { weightX in
                                var layer = dv_resize(
                                    first_y: firstY.baseAddress, second_y: secondY.baseAddress, first_x: firstX.baseAddress,
                                    second_x: secondX.baseAddress, weight_y: isLinear ? weightY.baseAddress : nil,
                                    weight_x: isLinear ? weightX.baseAddress : nil, channels: Int32(channels))
                                dv_resize_run(&layer, sources[0], destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
                            }
                        }
                    }
                }
            }
        }
    }
}
