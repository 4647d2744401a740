/// What a tensor's elements are while the engine computes; half and double precision are widened or narrowed on import.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float32, uint8, int8, uint16, int16, uint32, int32, uint64, int64, bool

    public var isInteger: Bool { self != .float32 && self != .bool }

    public var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16: 2
        case .float32, .uint32, .int32: 4
        case .uint64, .int64: 8
        }
    }
}

/// A Swift type that can be an element of a `Tensor`.
public protocol TensorElement: Sendable, BitwiseCopyable {
    static var elementType: ElementType { get }
    static var zero: Self { get }
}

extension Float: TensorElement { public static var elementType: ElementType { .float32 } }
extension UInt8: TensorElement { public static var elementType: ElementType { .uint8 } }
extension Int8: TensorElement { public static var elementType: ElementType { .int8 } }
extension UInt16: TensorElement { public static var elementType: ElementType { .uint16 } }
extension Int16: TensorElement { public static var elementType: ElementType { .int16 } }
extension UInt32: TensorElement { public static var elementType: ElementType { .uint32 } }
extension Int32: TensorElement { public static var elementType: ElementType { .int32 } }
extension UInt64: TensorElement { public static var elementType: ElementType { .uint64 } }
extension Int64: TensorElement { public static var elementType: ElementType { .int64 } }
extension Bool: TensorElement {
    public static var elementType: ElementType { .bool }
    public static var zero: Bool { false }
}
