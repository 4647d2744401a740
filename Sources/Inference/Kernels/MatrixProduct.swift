import CKernels

/// C [rows × columns] += A [rows × depth] · B, both row-major; B is [depth × columns], or [columns × depth] when `transposed`.
///
/// Each element is summed over depth in order, whatever the other sizes are. With enough rows B is packed, panel by panel, as the weights of
/// a 1×1 convolution over A's rows: O(rows × depth × columns) at the speed of convolutions, O(depth) memory beside.
func addProduct(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, transposed: Bool, _ c: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, depth: Int
) {
    // Packing costs as much as two rows of the product.
    if rows >= 4, columns >= 4, rows <= Int(Int32.max), depth <= Int(Int32.max) {
        addPackedProduct(a, b, transposed: transposed, c, rows: rows, columns: columns, depth: depth)
    } else if transposed || columns == 1 {
        for row in 0..<rows {
            for column in 0..<columns { c[row &* columns &+ column] += dot(a + row &* depth, b + column &* depth, depth) }
        }
    } else {
        for row in 0..<rows {
            for k in 0..<depth {
                addScaled(a[row &* depth &+ k], b + k &* columns, step: 1, to: c + row &* columns, step: 1, count: columns)
            }
        }
    }
}

private func addPackedProduct(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, transposed: Bool, _ c: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, depth: Int
) {
    let width = 16 * min(Int(dv_panel_limit()), (columns + 15) / 16)
    let zeros = [Float](repeating: 0, count: width), firstTap: [Int64] = [0]
    let source = Image(base: UnsafeMutablePointer(mutating: a), row: 0, pixel: Int64(depth))
    withUnsafeTemporaryAllocation(byteCount: max(1, depth * width) * 4, alignment: 64) { memory in
        let packed = memory.bindMemory(to: Float.self).baseAddress!
        var first = 0
        while first < columns {
            let count = min(width, columns - first), vectors = (count + 15) / 16
            pack(b, transposed: transposed, columns: columns, depth: depth, first: first, count: count, width: vectors * 16, to: packed)
            let destination = Image(base: c + first, row: 0, pixel: Int64(columns))
            zeros.withUnsafeBufferPointer { zeros in
                firstTap.withUnsafeBufferPointer { tap in
                    withUnsafePointer(to: dv_panel(first_vector: 0, vectors: Int32(vectors), weights: 0)) { panel in
                        var layer = dv_convolution()
                        (layer.taps, layer.depth, layer.tap_offsets) = (1, Int32(depth), tap.baseAddress)
                        (layer.weights, layer.bias) = (UnsafePointer(packed), zeros.baseAddress)
                        (layer.panels, layer.panel_count, layer.channels) = (panel, 1, Int32(count))
                        (layer.source_pixel, layer.block) = (Int64(depth), 768)
                        var span = dv_span(row: 0, begin: 0, end: Int32(rows))
                        dv_convolve(&layer, source, destination, destination, &span, 1, 0, 1, 0)
                    }
                }
            }
            first += count
        }
    }
}

/// Columns [first, first + count) of B, or rows of a transposed one, as [depth × width], with zeros beyond.
@inline(__always)
private func pack(
    _ b: UnsafePointer<Float>, transposed: Bool, columns: Int, depth: Int, first: Int, count: Int, width: Int,
    to packed: UnsafeMutablePointer<Float>
) {
    if count < width { packed.update(repeating: 0, count: depth * width) }
    if transposed {
        for column in 0..<count {
            let from = b + (first + column) * depth, to = packed + column
            for k in 0..<depth { to[k &* width] = from[k] }
        }
    } else {
        for k in 0..<depth { (packed + k &* width).update(from: b + (k &* columns &+ first), count: count) }
    }
}

/// Σ a[i]·b[i] in sixteen partial sums.
private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var sums = SIMD16<Float>()
    var i = 0
    while i &+ 16 <= count {
        let x = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD16<Float>.self)
        let y = UnsafeRawPointer(b + i).loadUnaligned(as: SIMD16<Float>.self)
        sums += x * y
        i &+= 16
    }
    var sum = sums.sum()
    while i < count {
        sum += a[i] * b[i]
        i &+= 1
    }
    return sum
}
