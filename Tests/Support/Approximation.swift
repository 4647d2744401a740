import Tensors

/// A named tolerance, so that every comparison in tests and tools says how close it means.
package enum Approximation: Sendable, Equatable {
    /// Same bits (NaN equals NaN).
    case exact
    /// |a − b| ≤ absolute + relative·|b| for every element.
    case close(relative: Float, absolute: Float)
    /// max|a − b| ≤ fraction · max|b|: the error relative to the largest value of the reference.
    case relativeToLargest(Float)

    /// Nil when `tensor` matches `reference`; else a sentence naming the worst element.
    package func mismatch(_ tensor: Tensor, reference: Tensor) -> String? {
        guard tensor.shape == reference.shape else { return "shape \(tensor.shape) instead of \(reference.shape)" }
        guard tensor.elementType == reference.elementType else {
            return "type \(tensor.elementType) instead of \(reference.elementType)"
        }
        switch reference.elementType {
        case .float32: return worst(tensor.elements(), reference.elements())
        case .uint8: return firstDifference(tensor.elements(of: UInt8.self), reference.elements())
        case .int8: return firstDifference(tensor.elements(of: Int8.self), reference.elements())
        case .uint16: return firstDifference(tensor.elements(of: UInt16.self), reference.elements())
        case .int16: return firstDifference(tensor.elements(of: Int16.self), reference.elements())
        case .uint32: return firstDifference(tensor.elements(of: UInt32.self), reference.elements())
        case .uint64: return firstDifference(tensor.elements(of: UInt64.self), reference.elements())
        case .int32: return firstDifference(tensor.elements(of: Int32.self), reference.elements())
        case .int64: return firstDifference(tensor.elements(of: Int64.self), reference.elements())
        case .bool: return firstDifference(tensor.elements(of: Bool.self), reference.elements())
        }
    }

    private func firstDifference<T: Equatable>(_ a: [T], _ b: [T]) -> String? {
        for i in a.indices where a[i] != b[i] { return "element \(i) is \(a[i]) instead of \(b[i])" }
        return nil
    }

    private func worst(_ a: [Float], _ b: [Float]) -> String? {
        let largest = b.reduce(Float(0)) { $1.isFinite ? max($0, abs($1)) : $0 }
        for i in a.indices {
            let isSame = self == .exact ? a[i].bitPattern == b[i].bitPattern : a[i] == b[i]
            if isSame || (a[i].isNaN && b[i].isNaN) { continue }
            let allowed: Float =
                switch self {
                case .exact: 0
                case .close(let relative, let absolute): absolute + relative * abs(b[i])
                case .relativeToLargest(let fraction): fraction * largest
                }
            if !(abs(a[i] - b[i]) <= allowed) || self == .exact {
                return "element \(i) is \(a[i]) instead of \(b[i]) (allowed \(allowed))"
            }
        }
        return nil
    }
}
