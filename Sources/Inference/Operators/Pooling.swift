import CKernels
import Tensors

/// ONNX MaxPool and AveragePool on [N, C, 1–3 spatial axes]. `maximum` with a second output also gives indices (int64).
public struct Pooling: NumericOperator {
    public enum Kind: String, Sendable { case maximum, average }
    public var kind: Kind
    public var kernel, strides, dilations: [Int]
    public var padding: Padding
    public var ceilMode: Bool
    public var countIncludesPadding: Bool
    /// MaxPool `storage_order` (column-major indices when true); only matters for the indices output.
    public var columnMajorIndices: Bool
    public init(
        kind: Kind, kernel: [Int], strides: [Int] = [], dilations: [Int] = [], padding: Padding = .explicit([]),
        ceilMode: Bool = false, countIncludesPadding: Bool = false, columnMajorIndices: Bool = false
    ) {
        (self.kind, self.kernel, self.strides, self.dilations) = (kind, kernel, strides, dilations)
        (self.padding, self.ceilMode, self.countIncludesPadding) = (padding, ceilMode, countIncludesPadding)
        self.columnMajorIndices = columnMajorIndices
    }

    /// Windows of this pooling on images of shape `input`.
    public func geometry(input: Shape) throws(OperatorError) -> SpatialGeometry {
        try SpatialGeometry(
            input: input.spatial, kernel: kernel, strides: strides, dilations: dilations, padding: padding, ceilMode: ceilMode)
    }

    /// `maximum` always describes both outputs; a node that wants one ignores the second.
    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", kind == .average ? [.float32] : ElementType.numeric)
        var shape: Shape?
        if let input = x.shape {
            try checkImage(input, "X")
            shape = try Shape(checking: Array(input.dims.prefix(2)) + geometry(input: input).output)
        }
        let values = ValueFacts(x.elementType, shape)
        return kind == .average ? [values] : [values, ValueFacts(.int64, shape)]
    }

    /// O(outputs × kernel). Maximum: NaN wins only as the first of its window, as in the reference implementation.
    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let geometry = try geometry(input: inputs[0].shape)
        return kind == .average ? [average(inputs[0], inputs.shape, geometry)] : maximum(inputs[0], inputs.shape, geometry, T.self)
    }

    /// Sums tap by tap over whole rows, then divides by each window's count.
    private func average(_ x: Tensor, _ shape: Shape, _ geometry: SpatialGeometry) -> Tensor {
        let rows = WindowRows(geometry)
        let (plane, outPlane) = (geometry.inputCount, geometry.outputCount)
        let (counts, x) = (divisors(geometry), x.pointer(of: Float.self))
        return Tensor(shape, of: Float.self) { out in
            for channel in 0..<(shape[0] * shape[1]) {
                let to = out.baseAddress! + channel * outPlane
                let from = x + channel * plane
                rows.forEach { row in
                    addScaled(1, from + row.input, step: rows.inputStep, to: to + row.output, step: 1, count: row.count)
                }
                for i in 0..<outPlane { to[i] /= counts[i] }
            }
        }
    }

    /// For every output of a plane the number of elements it averages.
    private func divisors(_ geometry: SpatialGeometry) -> [Float] {
        geometry.axes.reduce([1]) { counts, axis in
            counts.flatMap { count in (0..<axis.output).map { count * Float(divisor(axis, $0)) } }
        }
    }

    /// Taps of window `output` that count in an average: those inside the input, or with padding those before its end.
    /// What ceil mode adds beyond the padding never counts. Windows without any divide by one.
    private func divisor(_ axis: SpatialGeometry.Axis, _ output: Int) -> Int {
        let start = output * axis.stride - axis.padBegin
        let (low, high) = countIncludesPadding ? (-axis.padBegin, axis.input + axis.padEnd) : (0, axis.input)
        let first = start < low ? (low - start + axis.dilation - 1) / axis.dilation : 0
        let last = start < high ? (high - 1 - start) / axis.dilation : -1
        return max(min(last, axis.kernel - 1) - first + 1, 1)
    }

    private func maximum<T: NumericElement>(_ x: Tensor, _ shape: Shape, _ geometry: SpatialGeometry, _: T.Type) -> [Tensor] {
        let rows = WindowRows(geometry)
        let (plane, outPlane) = (geometry.inputCount, geometry.outputCount)
        let x = x.pointer(of: T.self)
        var places = [Int64](repeating: -1, count: shape.elementCount)
        let values = Tensor(shape, of: T.self) { out in
            out.update(repeating: T.lowest)
            places.withUnsafeMutableBufferPointer { places in
                for channel in 0..<(shape[0] * shape[1]) {
                    let (input, start) = (x + channel * plane, Int64(channel * plane))
                    let (to, at) = (out.baseAddress! + channel * outPlane, places.baseAddress! + channel * outPlane)
                    rows.forEach { row in
                        for i in 0..<row.count {
                            let (from, o) = (row.input &+ i &* rows.inputStep, row.output &+ i)
                            if input[from] > to[o] || at[o] < 0 {
                                to[o] = input[from]
                                at[o] = start &+ Int64(from)
                            }
                        }
                    }
                }
            }
        }
        if columnMajorIndices { transposeIndices(&places, geometry) }
        return [values, Tensor(shape, places)]
    }

    /// Row-major places to those of an image stored with its first spatial axis fastest (`storage_order` = 1).
    private func transposeIndices(_ places: inout [Int64], _ geometry: SpatialGeometry) {
        let plane = geometry.inputCount
        for i in places.indices where places[i] >= 0 {
            var (rest, weight, place) = (Int(places[i]) % plane, plane, Int(places[i]) / plane * plane)
            for axis in geometry.axes.reversed() {
                weight /= axis.input
                place += rest % axis.input * weight
                rest /= axis.input
            }
            places[i] = Int64(place)
        }
    }
}

extension Pooling {
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard let x = node.input(0), let from = node.shape(0), from.rank == 4, node.facts(0)?.elementType == .float32,
            let axes = try? geometry(input: from).axes
        else { return nil }
        let (rows, columns) = (axes[0], axes[1])
        let layer = dv_pooling(
            kind: kind.kernel, kernel_height: Int32(rows.kernel), kernel_width: Int32(columns.kernel), stride_y: Int32(rows.stride),
            stride_x: Int32(columns.stride), dilation_y: Int32(rows.dilation), dilation_x: Int32(columns.dilation),
            pad_top: Int32(rows.padBegin), pad_left: Int32(columns.padBegin), height: Int32(from[2]), width: Int32(from[3]),
            pad_bottom: Int32(rows.padEnd), pad_right: Int32(columns.padEnd), counts_padding: countIncludesPadding ? 1 : 0,
            channels: Int32(from[1]))
        return .step(reading: [(x, .window(Window(rows, columns)))]) { _ in PoolingKernel(layer: layer) }
    }
}

extension Pooling.Kind {
    fileprivate var kernel: dv_pool_kind { self == .maximum ? DV_POOL_MAXIMUM : DV_POOL_AVERAGE }
}

/// MaxPool and AveragePool.
struct PoolingKernel: SpatialKernel {
    let layer: dv_pooling

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        withUnsafePointer(to: layer) { dv_pool($0, sources[0], destination, spans.baseAddress, spans.count, isCompact ? 1 : 0) }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        // A maximum owes its change to one source value, an average its share to each.
        let taps = Float(self.layer.kernel_height * self.layer.kernel_width)
        let gain = self.layer.kind == DV_POOL_MAXIMUM ? layer.density : layer.density / taps
        return [importance.map { $0 * gain }]
    }
}

extension dv_pooling: @unchecked @retroactive Sendable {}

/// ONNX GlobalAveragePool and GlobalMaxPool: [N,C,spatial…] → [N,C,1…].
public struct GlobalPooling: Operator {
    public var kind: Pooling.Kind
    public init(kind: Pooling.Kind) { self.kind = kind }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        guard let shape = x.shape else { return [ValueFacts(.float32, nil)] }
        guard shape.rank >= 2, !shape.spatial.contains(0) else { throw OperatorError("X \(shape) has nothing to pool") }
        return [ValueFacts(.float32, Shape(Array(shape.dims.prefix(2)) + shape.spatial.map { _ in 1 }))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, flat = inputs[0].reshaped(to: [shape.elementCount, inputs[0].shape.spatial.reduce(1, *)])
        let reduce = Reduction(kind == .average ? .mean : .maximum)
        return [try reduce.evaluate([flat, Tensor([1], [Int64(1)])])[0].reshaped(to: shape)]
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard let x = node.input(0), let from = node.shape(0), from.rank == 4 else { return nil }
        return .step(reading: [(x, .whole)]) { _ in
            GlobalPoolingKernel(kind: kind, height: from[2], width: from[3], channels: from[1])
        }
    }
}

/// GlobalAveragePool and GlobalMaxPool: one output pixel.
struct GlobalPoolingKernel: SpatialKernel {
    let kind: Pooling.Kind
    let height: Int
    let width: Int
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        guard !spans.isEmpty else { return }
        dv_global_pool(
            kind.kernel, Int32(height), Int32(width), 0, Int32(channels), sources[0], destination.base)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        let pixels = Float(height * width)
        return [importance.map { $0 / pixels }]
    }
}
