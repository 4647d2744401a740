import Tensors

extension Shape {
    /// The axes after batch and channels.
    var spatial: [Int] { Array(dims.dropFirst(2)) }
}

extension SpatialGeometry {
    var inputCount: Int { axes.reduce(1) { $0 * $1.input } }
    var outputCount: Int { axes.reduce(1) { $0 * $1.output } }
    var kernelCount: Int { axes.reduce(1) { $0 * $1.kernel } }
}

/// Shape [N, C, 1–3 spatial axes], as all spatial operators want it.
func checkedImage(_ shape: Shape, _ name: String) throws(OperatorError) -> Shape {
    guard (3...5).contains(shape.rank) else {
        throw OperatorError("\(name) has shape \(shape); 1 to 3 spatial axes after batch and channels are supported")
    }
    return shape
}

/// The rows of outputs that each tap of a window reads, over depth, height and width; missing axes have one position.
/// Convolutions and poolings are loops over these, with a contiguous run of outputs inside.
struct WindowRows {
    /// `count` outputs from offset `output` on, whose tap number `tap` reads the input at `input`, `input + inputStep`, …
    struct Row { var tap, input, output, count: Int }

    private let depth, height, width: SpatialGeometry.Axis
    var inputStep: Int { width.stride }

    init(_ geometry: SpatialGeometry) {
        let one = SpatialGeometry.Axis(input: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0, output: 1)
        let axes = [SpatialGeometry.Axis](repeating: one, count: max(0, 3 - geometry.axes.count)) + geometry.axes
        (depth, height, width) = (axes[0], axes[1], axes[2])
    }

    @inline(__always)
    func forEach(_ body: (Row) -> Void) {
        for kz in depth.readingTaps {
            for ky in height.readingTaps {
                for kx in width.readingTaps {
                    let tap = (kz &* height.kernel &+ ky) &* width.kernel &+ kx
                    let columns = width.outputs(reading: kx)
                    let first = columns.lowerBound * width.stride + kx * width.dilation - width.padBegin
                    for z in depth.outputs(reading: kz) {
                        let inputZ = z * depth.stride + kz * depth.dilation - depth.padBegin
                        for y in height.outputs(reading: ky) {
                            let inputY = y * height.stride + ky * height.dilation - height.padBegin
                            body(
                                Row(
                                    tap: tap, input: (inputZ * height.input + inputY) * width.input + first,
                                    output: (z * height.output + y) * width.output + columns.lowerBound, count: columns.count))
                        }
                    }
                }
            }
        }
    }
}
