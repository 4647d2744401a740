import Glibc

/// A row-major array with a shape; copies share storage until one is written to.
///
/// Memory is 64-byte aligned, so vector kernels may use aligned loads on it.
public struct Tensor: Sendable {
    public let shape: Shape
    public let elementType: ElementType
    /// Of a sequence of tensors, which is no tensor itself: its shape is how many there are, its type theirs, and it has no elements of its own.
    public let items: [Tensor]?
    private(set) var storage: TensorStorage

    /// A tensor whose elements `initialize` writes; it receives zeroed memory of `shape.elementCount` elements.
    public init<Element: TensorElement>(
        _ shape: Shape, of type: Element.Type = Element.self,
        initialize: (UnsafeMutableBufferPointer<Element>) throws -> Void
    ) rethrows {
        (self.shape, items) = (shape, nil)
        elementType = Element.elementType
        storage = TensorStorage(byteCount: shape.elementCount * MemoryLayout<Element>.stride)
        storage.clear()
        try initialize(storage.buffer(of: Element.self, count: shape.elementCount))
    }

    /// A tensor of a type known only at run time, all of whose bytes `write` writes: the memory holds anything before.
    package init(_ shape: Shape, type: ElementType, write: (UnsafeMutableRawPointer) -> Void) {
        (self.shape, elementType, items) = (shape, type, nil)
        storage = TensorStorage(byteCount: shape.elementCount * type.byteCount)
        write(storage.base)
    }

    /// A tensor of these bytes, as many as its elements take.
    public init(copying bytes: UnsafeRawBufferPointer, _ shape: Shape, _ type: ElementType) {
        precondition(bytes.count == shape.elementCount * type.byteCount, "\(bytes.count) bytes do not fill \(shape) of \(type)")
        self.init(shape, type: type) { UnsafeMutableRawBufferPointer(start: $0, count: bytes.count).copyMemory(from: bytes) }
    }

    public init<Element: TensorElement>(_ shape: Shape, _ elements: [Element]) {
        precondition(elements.count == shape.elementCount, "\(elements.count) elements do not fill \(shape)")
        self.init(shape, of: Element.self) { buffer in _ = buffer.update(fromContentsOf: elements) }
    }

    /// A sequence of tensors of one type.
    public init(sequence items: [Tensor], of type: ElementType) {
        (shape, elementType, self.items) = ([items.count], type, items)
        // Zeros, for whoever takes it for a tensor.
        storage = TensorStorage(byteCount: items.count * type.byteCount)
        storage.clear()
    }

    public init<Element: TensorElement>(scalar: Element) { self.init([], [scalar]) }

    /// The same elements under another shape of the same count. O(1).
    public func reshaped(to shape: Shape) -> Tensor {
        precondition(shape.elementCount == self.shape.elementCount, "\(self.shape) cannot be seen as \(shape)")
        return Tensor(shape: shape, elementType: elementType, storage: storage)
    }

    /// Read access to the elements; `Element` must be the tensor's own type.
    @inlinable
    public func withElements<Element: TensorElement, Result, Failure: Error>(
        of type: Element.Type = Element.self, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: pointer(of: type), count: shape.elementCount))
    }

    /// Start of the elements, valid while the tensor lives; `Element` must be the tensor's own type.
    @inlinable
    public func pointer<Element: TensorElement>(of type: Element.Type = Element.self) -> UnsafePointer<Element> {
        precondition(Element.elementType == elementType, "tensor holds \(elementType), not \(Element.elementType)")
        return baseAddress.assumingMemoryBound(to: Element.self)
    }

    /// Write access to the elements; other tensors that share the storage keep what they have.
    package mutating func withMutableElements<Element: TensorElement>(
        of type: Element.Type = Element.self, _ body: (UnsafeMutableBufferPointer<Element>) -> Void
    ) {
        precondition(Element.elementType == elementType, "tensor holds \(elementType), not \(Element.elementType)")
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
        body(storage.buffer(of: Element.self, count: shape.elementCount))
    }

    /// A copy as an array.
    public func elements<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
        withElements(of: type) { Array($0) }
    }

    /// Element `index` of a tensor of integers or truth values; nil where it does not fit, or the elements are no whole numbers.
    public func integer(at index: Int) -> Int? {
        switch elementType {
        case .float32: nil
        case .uint8: Int(pointer(of: UInt8.self)[index])
        case .int8: Int(pointer(of: Int8.self)[index])
        case .uint16: Int(pointer(of: UInt16.self)[index])
        case .int16: Int(pointer(of: Int16.self)[index])
        case .uint32: Int(pointer(of: UInt32.self)[index])
        case .int32: Int(pointer(of: Int32.self)[index])
        case .uint64: Int(exactly: pointer(of: UInt64.self)[index])
        case .int64: Int(pointer(of: Int64.self)[index])
        case .bool: pointer(of: Bool.self)[index] ? 1 : 0
        }
    }

    /// Start of the memory; valid while the tensor lives.
    public var baseAddress: UnsafeRawPointer { UnsafeRawPointer(storage.base) }

    private init(shape: Shape, elementType: ElementType, storage: TensorStorage) {
        (self.shape, self.elementType, self.storage, items) = (shape, elementType, storage, nil)
    }
}

extension Tensor: Equatable {
    /// Whether shape, type and every bit are the same: 0 differs from −0, and an undefined number equals itself. O(elements).
    public static func == (a: Tensor, b: Tensor) -> Bool {
        guard a.shape == b.shape, a.elementType == b.elementType, a.items == b.items else { return false }
        return a.storage === b.storage || memcmp(a.baseAddress, b.baseAddress, a.shape.elementCount * a.elementType.byteCount) == 0
    }
}

/// 64-byte aligned memory. Written only while one `Tensor` alone holds it, hence safe to share.
final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    private let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = max(byteCount, 64)
        base = .allocate(byteCount: self.byteCount, alignment: 64)
    }

    func copy() -> TensorStorage {
        let copy = TensorStorage(byteCount: byteCount)
        copy.base.copyMemory(from: base, byteCount: byteCount)
        return copy
    }

    func clear() { base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }

    func buffer<Element: TensorElement>(of type: Element.Type, count: Int) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: base.bindMemory(to: Element.self, capacity: count), count: count)
    }

    deinit { base.deallocate() }
}
