import Concurrency
import FoundationEssentials
import Glibc
import Tensors

/// How many bytes the tensors of a network may take.
///
/// A file of a few hundred bytes can ask for any amount (Pad, Expand, Tile, Resize, ConstantOfShape, Range, a chain of Concat).
/// What does not fit is refused by the node's name: before anything runs where its shapes are known then, else before the tensor
/// is made.
public struct MemoryLimit: Sendable {
    public let bytes: Int

    public init(bytes: Int) { self.bytes = bytes }

    /// What is to be said of an operator whose outputs do not fit, `taken` bytes being taken already; nil when they do.
    func excess(of outputs: [ValueFacts], besides taken: Int = 0) -> String? {
        var sum = taken
        for output in outputs {
            guard let shape = output.shape else { continue }
            sum += Self.bytes(of: shape, output.elementType)
            guard sum <= bytes else {
                let whole = taken > 0 ? "\(Self.text(sum)) with what is there" : Self.text(sum)
                return "makes \(shape) of \(output.elementType): \(whole), of \(described)"
            }
        }
        return nil
    }

    /// With the tables of positions by which some operators fill a tensor: 16 bytes for each of an axis.
    static func bytes(of shape: Shape, _ type: ElementType) -> Int {
        shape.elementCount * type.byteCount + 16 * shape.dims.reduce(0, +)
    }

    static func bytes(of facts: ValueFacts) -> Int? { facts.shape.map { bytes(of: $0, facts.elementType) } }

    /// The end of a sentence.
    var described: String { "\(Self.text(bytes)) that a model may take here" }

    static func text(_ bytes: Int) -> String {
        let (unit, name) = bytes >= 1_000_000_000 ? (1e9, "GB") : (1e6, "MB")
        let tenths = (Double(bytes) / unit * 10).rounded()
        return "\(Int(tenths / 10)).\(Int(tenths.truncatingRemainder(dividingBy: 10))) \(name)"
    }
}

extension MemoryLimit {
    /// Half of what this process can have: the machine's memory, or less under `ulimit -v` or in a control group. The other half is
    /// for packed weights' sources, the pictures, and a second session that checks the first. As it was at the first call.
    public static let machine = MemoryLimit(bytes: availableBytes / 2)

    private static var availableBytes: Int {
        var bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        var address = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &address) == 0, address.rlim_cur < rlim_t(Int.max) {
            bytes = min(bytes, Int(address.rlim_cur))
        }
        for (folder, isVersion2) in ControlGroups.folders(ControlGroups.ofThisProcess, controller: "memory") {
            let file = ControlGroups.mount + folder + (isVersion2 ? "/memory.max" : "/memory.limit_in_bytes")
            // "max" is no number, and no limit.
            let text = try? String(contentsOfFile: file, encoding: .utf8)
            bytes = min(bytes, text.flatMap { Int($0.prefix { !$0.isNewline }) } ?? bytes)
        }
        return bytes
    }
}

/// What the tensors may take whose shapes depend on data: known only when an operator is about to make one.
package struct MemoryBudget: Sendable {
    let limit: MemoryLimit
    /// Bytes that the plan's own activations and weights take.
    let taken: Int
    /// Where such tensors are kept.
    let slots: [Int]

    /// After the plan has taken so many bytes more; nil where that is too much.
    func taking(_ more: Int) -> MemoryBudget? {
        taken + more > limit.bytes ? nil : MemoryBudget(limit: limit, taken: taken + more, slots: slots)
    }

    /// See `MemoryLimit.excess`. What the last run left in `outputs` is replaced and does not count.
    func excess(
        _ op: any Operator, _ inputs: [Tensor?], _ tensors: [Tensor?], filling outputs: [Int?]
    ) throws(OperatorError) -> String? {
        var sum = taken
        for slot in slots where !outputs.contains(slot) {
            if let tensor = tensors[slot] { sum += tensor.shape.elementCount * tensor.elementType.byteCount }
        }
        return limit.excess(of: try op.outputs(for: inputs.map { $0.map { ValueFacts(constant: $0) } }), besides: sum)
    }
}
