#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

/// The square boxes that an SSD's raw predictions are offsets from: for each cell of each stride, one of each side.
struct PriorBoxes: Sendable {
    /// Centre and sides, model pixels.
    let boxes: [SIMD4<Float>]
    let centerVariance, sizeVariance: Float

    init(sides: [[Double]], strides: [Int], variances: [Double], modelWidth: Int, modelHeight: Int) {
        let grid = GridLevels(strides: strides, modelWidth: modelWidth, modelHeight: modelHeight)
        boxes = zip(grid.levels, sides).flatMap { level, sides in
            (0..<level.count).flatMap { cell in
                let (row, column) = cell.quotientAndRemainder(dividingBy: level.columns)
                let x = (Float(column) + 0.5) * Float(level.stride)
                let y = (Float(row) + 0.5) * Float(level.stride)
                return sides.map { SIMD4(x, y, Float($0), Float($0)) }
            }
        }
        (centerVariance, sizeVariance) = (Float(variances[0]), Float(variances[1]))
    }

    func decode(_ offsets: UnsafePointer<Float>, _ index: Int) -> Corners {
        let prior = boxes[index]
        return Corners(
            centerX: prior.x + offsets[0] * centerVariance * prior.z, y: prior.y + offsets[1] * centerVariance * prior.w,
            width: prior.z * exp(offsets[2] * sizeVariance), height: prior.w * exp(offsets[3] * sizeVariance))
    }
}
