#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

/// The square boxes that an SSD's raw predictions are offsets from: for each cell of each stride, one of each side, no larger than the input.
struct PriorBoxes: Sendable {
    /// Centre and sides, model pixels.
    let boxes: [SIMD4<Float>]
    let centerVariance, sizeVariance: Float

    init(sides: [[Double]], strides: [Int], variances: [Double], modelWidth: Int, modelHeight: Int) {
        let grid = GridLevels(strides: strides, modelWidth: modelWidth, modelHeight: modelHeight)
        boxes = zip(grid.levels, sides).flatMap { level, sides in
            (0..<level.count).flatMap { cell in
                let (row, column) = cell.quotientAndRemainder(dividingBy: level.columns)
                // Cells divide the input evenly, also where the stride does not divide it.
                let x = (Float(column) + 0.5) / Float(level.columns) * Float(modelWidth)
                let y = (Float(row) + 0.5) / Float(level.rows) * Float(modelHeight)
                return sides.map { SIMD4(x, y, min(Float($0), Float(modelWidth)), min(Float($0), Float(modelHeight))) }
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
