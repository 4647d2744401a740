import CKernels
import Tensors

/// ONNX Resize and Upsample. Inputs: X, roi (optional), scales (optional), sizes (optional), in Resize-11+ order.
///
/// Nearest works on any element type, linear on bytes too, the others on float32. Rank is free: interpolation is separable, axis by axis.
public struct Resize: Operator {
    public enum Mode: String, CaseIterable, Sendable { case nearest, linear, cubic }
    public enum Coordinates: String, CaseIterable, Sendable {
        case asymmetric
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case tfHalfPixelForNN = "tf_half_pixel_for_nn"
        case tfCropAndResize = "tf_crop_and_resize"
    }
    public enum Nearest: String, CaseIterable, Sendable {
        case floor, ceil
        case roundPreferFloor = "round_prefer_floor"
        case roundPreferCeil = "round_prefer_ceil"
    }
    public enum AspectRatio: String, CaseIterable, Sendable {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }
    public var mode: Mode
    public var coordinates: Coordinates
    public var nearest: Nearest
    public var cubicCoefficient: Float
    public var excludesOutside: Bool
    public var extrapolationValue: Float
    public var antialias: Bool
    public var axes: [Int]?
    public var aspectRatio: AspectRatio
    public init(
        mode: Mode = .nearest, coordinates: Coordinates = .halfPixel, nearest: Nearest = .roundPreferFloor,
        cubicCoefficient: Float = -0.75, excludesOutside: Bool = false, extrapolationValue: Float = 0,
        antialias: Bool = false, axes: [Int]? = nil, aspectRatio: AspectRatio = .stretch
    ) {
        (self.mode, self.coordinates, self.nearest, self.cubicCoefficient) = (mode, coordinates, nearest, cubicCoefficient)
        (self.excludesOutside, self.extrapolationValue, self.antialias) = (excludesOutside, extrapolationValue, antialias)
        (self.axes, self.aspectRatio) = (axes, aspectRatio)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", mode == .nearest ? ElementType.any : mode == .linear ? [.float32, .uint8, .int8] : [.float32])
        guard let shape = x.shape, let targets = try targets(shape, inputs) else { return [ValueFacts(x.elementType, nil)] }
        return [ValueFacts(x.elementType, Shape(targets.map(\.output)))]
    }

    /// Nearest: O(outputs), a copy by index tables. Others: one pass per resized axis, O(outputs of the pass × taps).
    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let x = inputs[0], targets = try targets(x.shape, inputs.facts)!
        if mode == .nearest {
            let rounded = picked(x, targets) { _, source, target in
                min(max(Int(Int64(clamping: Double(roundedPosition(source)))), 0), target.input - 1)
            }
            return [rounded]
        }
        if x.elementType != .float32 {
            // Bytes, of quantised networks, lose what is behind the point, as in onnxruntime.
            let wide: [Tensor?] = [x.converted(to: .float32)] + inputs.tensors.dropFirst()
            return [try evaluate(wide)[0].converted(to: x.elementType)]
        }
        // What shrinks comes first, so that nothing between is larger than both ends; then innermost first: when growing, the
        // passes over whole rows then do most of the work.
        func grows(_ axis: Int) -> Bool { targets[axis].output > targets[axis].input }
        let axes = targets.indices.reversed(), order = axes.filter { !grows($0) } + axes.filter(grows)
        var result = x
        for axis in order where !targets[axis].isIdentity {
            result = ResizePass(targets[axis], self).apply(to: result, axis: axis)
        }
        return [coordinates == .tfCropAndResize ? picked(result, targets) { position, _, _ in position } : result]
    }

    /// For each output position the input position of `pick`; the extrapolation value where a crop reaches outside of the input on any axis.
    private func picked(_ x: Tensor, _ targets: [ResizeTarget], _ pick: (Int, Float, ResizeTarget) -> Int) -> Tensor {
        let tables = targets.map { target in
            (0..<target.output).map { position in
                target.isIdentity ? position : source(of: position, target).map { pick(position, $0, target) } ?? -1
            }
        }
        let fill = try? Cast(to: x.elementType).evaluate([Tensor(scalar: extrapolationValue)])
        return IndexedCopy(from: x.shape, tables: tables)(x, fill: fill?.first)
    }

    private func roundedPosition(_ position: Float) -> Float {
        switch nearest {
        case .floor: position.rounded(.down)
        case .ceil: position.rounded(.up)
        case .roundPreferFloor: (position - 0.5).rounded(.up)
        case .roundPreferCeil: (position + 0.5).rounded(.down)
        }
    }
}

extension Resize {
    /// Nearest or bilinear, of rows and columns.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let to = node.outputShape
        guard mode != .cubic, !antialias, coordinates != .tfCropAndResize, node.isSpatial(0), let x = node.input(0),
            let from = node.shape(0), from.rank == 4, to.rank == 4, from[0] == to[0], from[1] == to[1],
            // Stated scales, not rounded quotients of sizes, map coordinates.
            let targets = try? targets(from, node.node.inputs.indices.map(node.facts))
        else { return nil }
        let rows = kernelAxis(targets[2]), columns = kernelAxis(targets[3])
        func extents(_ axis: ResizeKernel.Axis) -> [(first: Int, last: Int)] { zip(axis.first, axis.second).map { (Int($0), Int($1)) } }
        return .step(reading: [(x, .table(rows: extents(rows), columns: extents(columns)))]) { _ in
            ResizeKernel(rows: rows, columns: columns, isLinear: mode == .linear, channels: to[1])
        }
    }

    private func kernelAxis(_ target: ResizeTarget) -> ResizeKernel.Axis {
        var axis = ResizeKernel.Axis()
        let end = target.input - 1
        for position in 0..<target.output {
            let source = target.isIdentity ? Float(position) : source(of: position, target) ?? 0
            let wanted = mode == .linear ? source : roundedPosition(source)
            let clamped = min(max(wanted, 0), Float(end)), low = Int(clamped)
            axis.first.append(Int32(low))
            axis.second.append(Int32(mode == .linear ? min(low + 1, end) : low))
            axis.weight.append(clamped - Float(low))
        }
        return axis
    }
}

/// Nearest or bilinear resize by precomputed tables.
struct ResizeKernel: SpatialKernel {
    /// Per output index: the two source indices and the weight of the second.
    struct Axis: Sendable {
        var first: [Int32] = []
        var second: [Int32] = []
        var weight: [Float] = []
    }

    let rows: Axis
    let columns: Axis
    let isLinear: Bool
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        func resize(
            _ firstY: UnsafePointer<Int32>, _ secondY: UnsafePointer<Int32>, _ firstX: UnsafePointer<Int32>,
            _ secondX: UnsafePointer<Int32>, _ weightY: UnsafePointer<Float>, _ weightX: UnsafePointer<Float>
        ) {
            var layer = dv_resize(
                first_y: firstY, second_y: secondY, first_x: firstX, second_x: secondX, weight_y: isLinear ? weightY : nil,
                weight_x: isLinear ? weightX : nil, channels: Int32(channels))
            dv_resize_run(&layer, sources[0], destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
        }
        resize(rows.first, rows.second, columns.first, columns.second, rows.weight, columns.weight)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        // Neighbours interpolated bilinearly carry about half of a value's square between them.
        [importance.map { $0 * layer.density * (isLinear ? 0.5 : 1) }]
    }
}
