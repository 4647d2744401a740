/// What a tensor's elements are while the engine computes; half and double precision are widened or narrowed on import.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float32, int32, int64, bool

    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .int64: 8
        case .bool: 1
        }
    }
}

/// A Swift type that can be an element of a `Tensor`.
public protocol TensorElement: Sendable, BitwiseCopyable {
    static var elementType: ElementType { get }
    static var zero: Self { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension Bool: TensorElement {
    public static var elementType: ElementType { .bool }
    public static var zero: Bool { false }
}
