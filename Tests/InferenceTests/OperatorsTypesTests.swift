import Inference
import Tensors
import TestSupport
import Testing

/// Integers of every width, as numbers and as what moves.
struct OperatorsTypesTests {
    private func list<T: TensorElement>(_ values: T...) -> Tensor { Tensor([values.count], values) }

    @Test func arithmeticWrapsAround() throws {
        #expect(try run(Binary(.add), [list(UInt8(250), 3), list(UInt8(10), 4)])[0].elements() == [4, 7] as [UInt8])
        #expect(try run(Binary(.subtract), [list(UInt8(1)), list(UInt8(2))])[0].elements() == [UInt8(255)])
        #expect(try run(Binary(.multiply), [list(Int8(100)), list(Int8(3))])[0].elements() == [Int8(44)])
        #expect(try run(Binary(.divide), [list(Int8(-128)), list(Int8(-1))])[0].elements() == [Int8(-128)])
        #expect(try run(Binary(.power), [list(UInt16(3)), list(UInt8(11))])[0].elements() == [UInt16(46075)])
        #expect(throws: OperatorError.self) { try run(Binary(.divide), [list(UInt32(1)), list(UInt32(0))]) }
    }

    @Test func typesMustAgree() {
        #expect(throws: OperatorError.self) { try Binary(.add).outputs(for: [ValueFacts(.uint8, [2]), ValueFacts(.int8, [2])]) }
    }

    @Test func largeUnsignedNumbersKeepTheirOrder() throws {
        let x = list(UInt64.max, 0, 1 << 63, 5)
        #expect(try run(TopK(axis: 0), [x, list(Int64(3))])[0].elements() == [.max, 1 << 63, 5] as [UInt64])
        #expect(try run(Binary(.maximum), [list(UInt32.max), list(UInt32(7))])[0].elements() == [UInt32.max])
        #expect(try run(Cast(to: .float32), [x])[0].elements() == [18_446_744_073_709_551_615, 0, 9_223_372_036_854_775_808, 5] as [Float])
    }

    /// Values of onnxruntime 1.32, for x86.
    @Test func floatsAreCutAndWrapIntoNarrowTypes() throws {
        let x = list(Float(300), -1, -1.7, 255.9, 70000, -129, .nan)
        #expect(try run(Cast(to: .uint8), [x])[0].elements() == [44, 255, 255, 255, 112, 127, 0] as [UInt8])
        #expect(try run(Cast(to: .int8), [x])[0].elements() == [44, -1, -1, -1, 112, 127, 0] as [Int8])
        #expect(try run(Cast(to: .uint16), [x])[0].elements() == [300, 65535, 65535, 255, 4464, 65407, 0] as [UInt16])
        #expect(try run(Cast(to: .int16), [x])[0].elements() == [300, -1, -1, 255, 4464, -129, 0] as [Int16])
        #expect(try run(Cast(to: .uint32), [list(Float(3e9), -1)])[0].elements() == [3_000_000_000, .max] as [UInt32])
        #expect(try run(Cast(to: .uint64), [list(Float(1 << 63), -1)])[0].elements() == [1 << 63, .max] as [UInt64])
    }

    @Test func integersWrapWhenTheyAreCast() throws {
        let x = list(Int64(300), -1, 70000, (1 << 40) + 5, -129)
        #expect(try run(Cast(to: .uint8), [x])[0].elements() == [44, 255, 112, 5, 127] as [UInt8])
        #expect(try run(Cast(to: .int8), [x])[0].elements() == [44, -1, 112, 5, 127] as [Int8])
        #expect(try run(Cast(to: .uint64), [x])[0].elements() == [300, .max, 70000, (1 << 40) + 5, .max - 128] as [UInt64])
        #expect(try run(Cast(to: .uint8), [list(true, false)])[0].elements() == [1, 0] as [UInt8])
        #expect(try run(Cast(to: .bool), [list(UInt16(0), 256)])[0].elements() == [false, true])
        #expect(try run(CastLike(), [x, list(UInt8(0))])[0].elementType == .uint8)
    }

    @Test func bitsOfUnsignedNumbers() throws {
        #expect(try run(Unary(.bitwiseNot), [list(UInt8(0), 0xf0)])[0].elements() == [0xff, 0x0f] as [UInt8])
        #expect(try run(Unary(.bitwiseNot), [list(Int16(5))])[0].elements() == [Int16(-6)])
        #expect(try run(Bitwise(.shiftLeft), [list(UInt8(0x81), 1, 3), list(UInt8(1), 7, 8)])[0].elements() == [2, 128, 0] as [UInt8])
        let shifted = try run(Bitwise(.shiftRight), [list(UInt64.max, 8), list(UInt64(63), 200)])[0]
        #expect(shifted.elements() == [1, 0] as [UInt64])
        #expect(throws: OperatorError.self) { try run(Bitwise(.shiftLeft), [list(Int32(1)), list(Int32(1))]) }
    }

    @Test(arguments: ElementType.allCases) func everyTypeMoves(type: ElementType) throws {
        let counting = try Cast(to: type).evaluate([Tensor([2, 3, 4], (0..<24).map { Float($0 % 2) })])[0]
        func moved(_ tensor: Tensor) throws -> Tensor {
            let transposed = try run(Transpose(permutation: [2, 0, 1]), [tensor])[0]
            let padded = try run(Pad(), [transposed, list(Int64(1), 0, 0, 0, 1, 0)])[0]
            return try run(Gather(axis: 2), [padded, list(Int64(2), 0)])[0]
        }
        let wanted = try moved(Cast(to: .float32).evaluate([counting])[0]), got = try moved(counting)
        #expect(got.elementType == type)
        #expect(try Cast(to: .float32).evaluate([got])[0].elements(of: Float.self) == wanted.elements(of: Float.self))
    }
}
