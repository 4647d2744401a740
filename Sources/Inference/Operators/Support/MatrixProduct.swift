import Tensors

/// C [rows × columns] += A [rows × depth] · B, both row-major; B is [depth × columns], or [columns × depth] when `transposed`.
///
/// Each element is summed over depth in one fixed order, whatever the other sizes.
func addProduct(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, transposed: Bool, _ c: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, depth: Int
) {
    if transposed || columns == 1 {
        for row in 0..<rows {
            for column in 0..<columns { c[row &* columns &+ column] += dot(a + row &* depth, b + column &* depth, depth) }
        }
        return
    }
    // Panels of B that stay in the second-level cache while every row of A passes over them.
    let panel = max(1, min(depth, 65536 / columns))
    var start = 0
    while start < depth {
        let end = min(start + panel, depth)
        for row in 0..<rows {
            for k in start..<end {
                addScaled(a[row &* depth &+ k], b + k &* columns, step: 1, to: c + row &* columns, step: 1, count: columns)
            }
        }
        start = end
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
