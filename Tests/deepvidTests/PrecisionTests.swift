import Inference
import Testing

/// `--precision`: what the models are computed in.
@Suite struct PrecisionFlagTests {
    /// Of objects well above the least score, so that rounding loses none.
    private static let infer = "deepvid infer street.mp4 --max-frames 3 --threads 1 --score 0.3"

    @Test(.enabled(if: Precision.bf16.isAvailable, "this CPU has no products of bfloat16"))
    func itIsInTheRecordsAndChangesScores() throws {
        let plain = try Records(shell("\(Self.infer) --cache off"))
        let rounded = try Records(shell("\(Self.infer) --cache off --precision bf16"))
        #expect(plain.begins.first?.options.precision == nil)
        #expect(rounded.begins.first?.options.precision == "bf16")
        #expect(rounded.frames.count == 3)
        func scores(_ records: Records) -> [Double] { records.frames.flatMap { ($0.objects ?? []).map(\.score) } }
        #expect(scores(plain) != scores(rounded))
    }

    /// Levels are those of the input: the same for every run over it, with workers or without, with reuse or without.
    @Test(.enabled(if: Precision.int8.isAvailable, "this CPU has no products of bytes")) func levelsAreThoseOfTheInput() throws {
        let plain = try Records(shell("\(Self.infer) --cache off"))
        let rounded = try Records(shell("\(Self.infer) --cache off --precision int8"))
        let reusing = try Records(shell("\(Self.infer) --cache adaptive --target-agreement 1 --precision int8"))
        #expect(rounded.begins.first?.options.precision == "int8")
        #expect(rounded.frames.map(\.objects) != plain.frames.map(\.objects))
        #expect(rounded.frames.map(\.objects) == reusing.frames.map(\.objects))
        #expect(rounded.frames.map { $0.objects?.count } == plain.frames.map { $0.objects?.count })
    }

    @Test(.enabled(if: Precision.int8.isAvailable, "this CPU has no products of bytes"))
    func whatCannotBeReadTwiceIsRefused() throws {
        let outcome = try shell("deepvid infer --max-frames 3 --precision int8 - <street.mp4")
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("standard input"))
    }

    /// Also where the CPU has the instructions, a narrower set is told of.
    @Test func itIsRefusedWhereTheInstructionsAreMissing() throws {
        let outcome = try shell("DEEPVID_ISA=portable \(Self.infer) --precision bf16")
        #expect(outcome.status == 2)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("AVX512_BF16"))
        #expect(outcome.errors.contains("--precision"))
    }
}
