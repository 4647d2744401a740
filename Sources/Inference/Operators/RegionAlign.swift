import Tensors

/// ONNX RoiAlign. Inputs: X [N, C, H, W], rois [R, 4] (x1, y1, x2, y2), batch_indices [R]. Output: [R, C, height, width].
///
/// Every bin of a region is the mean, or the maximum, of bilinear samples on a grid inside it. Sample places are found once for all
/// channels. O(R × C × samples + N × C × H × W).
public struct RegionAlign: Operator {
    public var height, width: Int
    /// Samples per bin on each axis; 0 takes as many as the bin has pixels.
    public var samplingRatio: Int
    public var spatialScale: Float
    /// Pixel centers lie at half coordinates (opset 16); else regions are at least one pixel large.
    public var halfPixel: Bool
    public var takesMaximum: Bool
    public init(
        height: Int = 1, width: Int = 1, samplingRatio: Int = 0, spatialScale: Float = 1, halfPixel: Bool = true, takesMaximum: Bool = false
    ) {
        (self.height, self.width, self.samplingRatio, self.spatialScale) = (height, width, samplingRatio, spatialScale)
        (self.halfPixel, self.takesMaximum) = (halfPixel, takesMaximum)
    }

    /// Samples of one bin on one axis: more are not sensible, and would take forever.
    private static let largestGrid = 4096
    /// Samples of a region on one axis.
    private static let largestSampleCount = 1 << 22

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", [.float32])
        let rois = try inputs.operand(1, "rois", [.float32])
        let batches = try inputs.operand(2, "batch_indices", ElementType.integers)
        guard height > 0, width > 0, samplingRatio >= 0, samplingRatio <= Self.largestGrid else {
            throw OperatorError("an output of \(height)×\(width) with \(samplingRatio) samples is out of range")
        }
        guard let shape = try x.shape(rank: 4, "X"), let regions = try rois.shape(rank: 2, "rois"),
            let indices = try batches.shape(rank: 1, "batch_indices")
        else { return [ValueFacts(.float32, nil)] }
        guard regions[1] == 4, indices[0] == regions[0] else {
            throw OperatorError("rois \(regions) and batch_indices \(indices) do not fit")
        }
        guard shape.elementCount > 0 || regions[0] == 0 else { throw OperatorError("X \(shape) has no elements") }
        return [ValueFacts(.float32, try Shape(checking: [regions[0], shape[1], height, width]))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (x, shape) = (inputs[0], inputs.shape)
        let corners: [Float] = inputs[1].elements()
        let batches = try positions(in: inputs[2], x.shape[0], 0)
        var bins: [(rows: [AxisSample], columns: [AxisSample])] = []
        for region in 0..<shape[0] {
            let roi = corners[(region * 4)..<(region * 4 + 4)].map { $0 * spatialScale - (halfPixel ? 0.5 : 0) }
            bins.append(
                (
                    try samples(from: roi[1], to: roi[3], bins: height, extent: x.shape[2]),
                    try samples(from: roi[0], to: roi[2], bins: width, extent: x.shape[3])
                ))
        }
        let (channels, pitch, plane) = (shape[1], x.shape[3], x.shape[2] * x.shape[3])
        // Channels side by side: a sample is the same few pixels of all of them.
        let strides = x.shape.strides
        let pixels = x.strided(
            Shape([x.shape[0], x.shape[2], x.shape[3], channels]), strides: [strides[0], strides[2], strides[3], strides[1]])
        let pooled = Tensor(Shape([shape[0], height, width, channels]), of: Float.self) { out in
            out.update(repeating: 0)
            for region in 0..<shape[0] {
                bins[region].rows.withUnsafeBufferPointer { rows in
                    bins[region].columns.withUnsafeBufferPointer { columns in
                        pool(
                            pixels.pointer(of: Float.self) + batches[region] * channels * plane, pitch: pitch, channels: channels,
                            out.baseAddress! + region * channels * height * width, rows, columns)
                    }
                }
            }
        }
        return [pooled.strided(shape, strides: [height * width * channels, 1, width * channels, channels])]
    }

    /// One place on an axis: two pixels and the second one's weight. `low` is −1 outside of the picture.
    private struct AxisSample { var low, high: Int; var weight: Float }

    /// The samples of all bins of one axis, in order.
    private func samples(from start: Float, to end: Float, bins: Int, extent: Int) throws(OperatorError) -> [AxisSample] {
        let length = halfPixel ? end - start : max(end - start, 1)
        let bin = length / Float(bins)
        let count = samplingRatio > 0 ? Float(samplingRatio) : bin.rounded(.up)
        guard start.isFinite, bin.isFinite, count <= Float(Self.largestGrid) else {
            throw OperatorError("a region from \(start) to \(end) is not of a sensible size")
        }
        let grid = Int(max(count, 0))
        guard bins <= Self.largestSampleCount / max(grid, 1) else { throw OperatorError("\(grid) samples for each of \(bins) bins") }
        var result: [AxisSample] = []
        for index in 0..<bins {
            for sample in 0..<grid {
                let place = start + Float(index) * bin + (Float(sample) + 0.5) * bin / Float(grid)
                guard place >= -1, place <= Float(extent) else {
                    result.append(AxisSample(low: -1, high: -1, weight: 0))
                    continue
                }
                let inside = max(place, 0)
                let low = min(Int(inside), extent - 1)
                result.append(
                    low == extent - 1
                        ? AxisSample(low: low, high: low, weight: 0) : AxisSample(low: low, high: low + 1, weight: inside - Float(low)))
            }
        }
        return result
    }

    /// One region of all channels, `y` being 0 before. The maximum is that of the weighted pixels, not of the samples, as onnxruntime has it.
    private func pool(
        _ x: UnsafePointer<Float>, pitch: Int, channels: Int, _ y: UnsafeMutablePointer<Float>, _ rows: UnsafeBufferPointer<AxisSample>,
        _ columns: UnsafeBufferPointer<AxisSample>
    ) {
        let (gridY, gridX) = (rows.count / height, columns.count / width)
        for binY in 0..<height {
            for binX in 0..<width {
                let bin = y + (binY * width + binX) * channels
                var isFirst = true
                for row in rows[binY * gridY..<binY * gridY + gridY] {
                    for column in columns[binX * gridX..<binX * gridX + gridX] {
                        defer { isFirst = false }
                        guard row.low >= 0, column.low >= 0 else {
                            if takesMaximum { for k in 0..<channels { bin[k] = isFirst ? 0 : max(bin[k], 0) } }
                            continue
                        }
                        let (top, bottom) = (x + row.low * pitch * channels, x + row.high * pitch * channels)
                        let (a, b) = (top + column.low * channels, top + column.high * channels)
                        let (c, d) = (bottom + column.low * channels, bottom + column.high * channels)
                        let (wa, wb) = ((1 - row.weight) * (1 - column.weight), (1 - row.weight) * column.weight)
                        let (wc, wd) = (row.weight * (1 - column.weight), row.weight * column.weight)
                        if takesMaximum {
                            for k in 0..<channels {
                                let most = max(max(wa * a[k], wb * b[k]), max(wc * c[k], wd * d[k]))
                                bin[k] = isFirst ? most : max(bin[k], most)
                            }
                        } else {
                            for k in 0..<channels { bin[k] += wa * a[k] + wb * b[k] + wc * c[k] + wd * d[k] }
                        }
                    }
                }
                if !takesMaximum {
                    let count = Float(max(gridY * gridX, 1))
                    for k in 0..<channels { bin[k] /= count }
                }
            }
        }
    }
}
