import Inference
import Tensors

/// An input besides the picture that only says how large pictures are.
///
/// Exporters put the way from the model's pixels to those of the source into the graph and ask for the source's size. deepvid goes that way
/// itself, for every head alike: it says that the source is as large as the model's input, so that boxes come out in the input's pixels.
/// All such inputs are then the same for every frame, and become constants of the graph.
struct SideInput {
    /// The value for an input of this width and height.
    let value: @Sendable (_ width: Int, _ height: Int) -> [Double]

    /// By name, as the exporters have it.
    private static let known: [String: SideInput] = [
        // PaddleDetection: height and width of the resized picture, and by how much it was resized.
        "im_shape": SideInput { [Double($1), Double($0)] },
        "scale_factor": SideInput { _, _ in [1, 1] },
        // RT-DETR and D-FINE: width and height of the source.
        "orig_target_sizes": SideInput { [Double($0), Double($1)] },
    ]

    /// DETR of transformers: 1 where the picture is, which is all of the input.
    private static let mask = "pixel_mask"

    static var names: String { (known.keys.sorted() + [mask]).joined(separator: ", ") }

    /// What the input is in every frame; nil for one that is none of these.
    static func constant(_ input: InputDeclaration, width: Int, height: Int) -> Tensor? {
        if input.name == mask, input.dims.count == 3 {
            return tensor([1, height, width], input.elementType) { _ in 1 }
        }
        // [1, 2], or [2].
        guard let side = known[input.name], let last = input.dims.last, case .fixed(2) = last, input.dims.count <= 2 else { return nil }
        let values = side.value(width, height)
        return tensor(Shape(Array(repeating: 1, count: input.dims.count - 1) + [2]), input.elementType) { values[$0] }
    }

    private static func tensor(_ shape: Shape, _ type: ElementType, _ value: (Int) -> Double) -> Tensor? {
        func fill<Element: TensorElement>(_ convert: (Double) -> Element) -> Tensor {
            Tensor(shape, (0..<shape.elementCount).map { convert(value($0)) })
        }
        switch type {
        case .float32: return fill { Float($0) }
        case .int32: return fill { Int32($0) }
        case .int64: return fill { Int64($0) }
        case .bool: return fill { $0 != 0 }
        // Sizes of pictures do not fit the smaller ones.
        default: return nil
        }
    }
}
