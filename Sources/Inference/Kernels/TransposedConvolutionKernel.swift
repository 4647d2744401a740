import CKernels

/// A transposed convolution as convolutions of stride 1: outputs whose places have the same remainders by the stride read the same taps, so
/// each such phase is a convolution of the source with those taps, written to every stride-th pixel of every stride-th row.
final class TransposedConvolutionKernel: SpatialKernel {
    private struct Phase {
        let row, column: Int
        let kernel: any SpatialKernel
    }

    /// Outputs from `start` on, every stride-th, read the taps `taps`, of which the last reads the least source place `first` for the first.
    struct AxisPhase {
        let start: Int
        let taps: [Int]
        let first: Int

        /// All phases of an axis; a phase that reads nothing has one tap whose weights are none.
        static func all(_ axis: SpatialGeometry.Axis) -> [AxisPhase] {
            (0..<min(axis.stride, axis.input)).map { start in
                // Tap k reads source (start + padBegin − k · dilation) / stride, where that is whole.
                let taps = (0..<axis.kernel).filter { (start + axis.padBegin - $0 * axis.dilation) % axis.stride == 0 }
                guard let last = taps.last else { return AxisPhase(start: start, taps: [], first: 0) }
                return AxisPhase(start: start, taps: taps.reversed(), first: (start + axis.padBegin - last * axis.dilation) / axis.stride)
            }
        }
    }

    private let phases: [Phase]
    private let strideY, strideX: Int

    /// - Parameters:
    ///   - axes: of the convolution that is transposed: their inputs are our outputs. Dilated only where the stride is 1.
    ///   - weights: [C, O/groups, H, W].
    init(
        rows: SpatialGeometry.Axis, columns: SpatialGeometry.Axis, groups: Int, channels: (input: Int, output: Int),
        weights: UnsafeBufferPointer<Float>, bias: [Float]?, source: BufferSpec, rounding: Rounding
    ) {
        (strideY, strideX) = (rows.stride, columns.stride)
        let perGroup = (input: channels.input / groups, output: channels.output / groups)
        var phases: [Phase] = []
        for y in AxisPhase.all(rows) {
            for x in AxisPhase.all(columns) {
                var geometry = ConvolutionKernel.Geometry(groups: groups, inputChannels: channels.input, outputChannels: channels.output)
                geometry.rows = Self.axis(y, rows)
                geometry.columns = Self.axis(x, columns)
                let (height, width) = (geometry.rows.kernel, geometry.columns.kernel)
                var values = [Float](repeating: 0, count: channels.output * perGroup.input * height * width)
                for o in 0..<channels.output {
                    for i in 0..<perGroup.input {
                        let from = ((o / perGroup.output * perGroup.input + i) * perGroup.output + o % perGroup.output) * rows.kernel
                        for (ty, ky) in y.taps.enumerated() {
                            for (tx, kx) in x.taps.enumerated() {
                                values[((o * perGroup.input + i) * height + ty) * width + tx] = weights[(from + ky) * columns.kernel + kx]
                            }
                        }
                    }
                }
                let kernel = values.withUnsafeBufferPointer {
                    ConvolutionKernel.fastest(
                        geometry, weights: $0, bias: bias, source: source, rounding: rounding, allowsTiles: false)
                }
                phases.append(Phase(row: y.start, column: x.start, kernel: kernel))
            }
        }
        self.phases = phases
    }

    private static func axis(_ phase: AxisPhase, _ axis: SpatialGeometry.Axis) -> SpatialGeometry.Axis {
        SpatialGeometry.Axis(
            input: axis.output, kernel: max(1, phase.taps.count), stride: 1, dilation: axis.stride == 1 ? axis.dilation : 1,
            padBegin: -phase.first, padEnd: 0, output: axis.input)
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        withUnsafeTemporaryAllocation(of: dv_span.self, capacity: spans.count) { own in
            for phase in phases {
                var count = 0, done = 0
                for span in spans {
                    let begin = Int(span.begin), end = Int(span.end)
                    defer { done += end - begin }
                    guard Int(span.row) % strideY == phase.row else { continue }
                    let first = (max(0, begin - phase.column) + strideX - 1) / strideX
                    let last = end <= phase.column ? 0 : (end - phase.column + strideX - 1) / strideX
                    guard first < last else { continue }
                    own[count] = dv_span(row: Int32(Int(span.row) / strideY), begin: Int32(first), end: Int32(last))
                    count += 1
                    guard isCompact else { continue }
                    // A span's pixels of this phase lie a stride apart among the computed ones.
                    let place = (done + first * strideX + phase.column - begin) * Int(destination.pixel)
                    let image = Image(base: destination.base + place, row: 0, pixel: destination.pixel * Int64(strideX))
                    phase.kernel.run(
                        sources: sources, destination: image, spans: UnsafeBufferPointer(start: own.baseAddress, count: 1), isCompact: true)
                    count = 0
                }
                guard count > 0 else { continue }
                let image = Image(
                    base: destination.base + phase.row * Int(destination.row) + phase.column * Int(destination.pixel),
                    row: destination.row * Int64(strideY), pixel: destination.pixel * Int64(strideX))
                phase.kernel.run(
                    sources: sources, destination: image, spans: UnsafeBufferPointer(start: own.baseAddress, count: count), isCompact: false
                )
            }
        }
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        // Every output is of one phase: a phase has its share of the layer's density.
        let shares = phases.map { $0.kernel.importance(ofSourcesFrom: importance, layer)[0] }
        return [layer.sources[0].channels == 0 ? [] : shares[0].indices.map { c in shares.reduce(0) { $0 + $1[c] } / Float(shares.count) }]
    }
}
