import ArgumentParser
import Foundation
import Inference
import ONNXImport
import Tensors

/// What `benchmarks/run` talks to: one process a model and thread count, one line in, one line out, so that the
/// driver can interleave it with its peers round by round.
@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepvid-bench",
        abstract: "Parts of deepvid by themselves, for benchmarks: the engine, its layers, the tracker, the result cache.",
        subcommands: [Serve.self, Layers.self, Cached.self, Evaluate.self, Follow.self, Answers.self], defaultSubcommand: Serve.self)
}

extension Precision: ExpressibleByArgument {}

struct Subject: ParsableArguments {
    @Argument(help: "An ONNX model.") var model: String
    @Option(help: "Threads that compute.") var threads = 1
    @Option(help: "What convolutions are computed in; int8 is calibrated on the benchmark's own input.") var precision = Precision.fp32
    @Option(help: "Extents for inputs that the model leaves open, NxCxHxW.") var shape: String?

    func makePlan() throws -> Plan {
        let graph = try ONNXModel.load(path: model).graph
        let given = shape.map { Shape($0.split(separator: "x").compactMap { Int($0) }) }
        let shapes = graph.inputs.map { input in
            (input.name, given ?? Shape(input.dims.map { if case .fixed(let extent) = $0 { extent } else { 1 } }))
        }
        guard precision.isAvailable else { throw ValidationError("this CPU has no \(precision.instructions) for \(precision.rawValue)") }
        var typed = try TypedGraph(graph, inputShapes: Dictionary(shapes) { $1 })
        typed.optimize()
        if precision == .int8, !typed.isQuantized { typed.use(try Self.calibration(of: typed)) }
        typed.precision = precision
        return try Plan(typed)
    }

    private static func calibration(of graph: TypedGraph) throws -> LevelCalibration {
        let session = Session(try Plan(graph))
        var calibration = LevelCalibration()
        for pass in 0..<2 {
            if pass == 1 { calibration.beginSecondPass() }
            _ = try session.run(session.plan.inputs.map { input($0.shape) })
            try calibration.add(session)
        }
        return calibration
    }

    /// Smooth values in 0…255, the same every time.
    static func input(_ shape: Shape) -> Tensor {
        Tensor(shape, of: Float.self) { buffer in for i in buffer.indices { buffer[i] = 127 + 120 * sin(Float(i) * 0.37) } }
    }
}

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "For each number n read, runs n frames and prints their milliseconds; for \"peak\", the GFLOP/s that a core reaches at most.")
    @OptionGroup var subject: Subject

    func run() throws {
        let plan = try subject.makePlan(), session = Session(plan, threads: subject.threads)
        let inputs = plan.inputs.map { Subject.input($0.shape) }
        say("ready \(plan.macs)")
        let clock = ContinuousClock()
        while let line = readLine() {
            if line == "peak" { say(String(format: "%.1f", ComputePeak.gigaflops())) }
            guard let count = Int(line) else { continue }
            let times = try (0..<count).map { _ in
                String(format: "%.4f", try clock.measure { _ = try session.run(inputs) } / .milliseconds(1))
            }
            say(times.joined(separator: " "))
        }
    }
}

/// A line that the driver sees at once, whatever stdout's buffer thinks.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

struct Layers: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints where the time of a dense run goes, step by step.")
    @OptionGroup var subject: Subject
    @Option(help: "Runs to take the median of.") var runs = 30

    func run() throws {
        let plan = try subject.makePlan(), session = Session(plan, threads: subject.threads)
        let inputs = plan.inputs.map { Subject.input($0.shape) }
        for _ in 0..<3 { _ = try session.run(inputs) }
        let profiles = try (0..<runs).map { _ in try session.profile(inputs) }
        let medians = plan.layers.indices.map { layer in profiles.map { $0[layer] }.sorted()[runs / 2] }, total = medians.reduce(0, +)
        for (layer, ms) in zip(plan.layers, medians) {
            let rate = layer.macs > 0 ? String(format: "%6.1f GFLOP/s", 2e-6 * Double(layer.macs) / ms) : ""
            print(
                String(format: "%8.4f ms %5.1f %%  ", ms, 100 * ms / total)
                    + "\(layer.kind) \(layer.outputShape.map(\.description) ?? "?") \(rate) \(layer.isSpatial ? "" : "(rows)") \(layer.name)"
            )
        }
        print(String(format: "%8.4f ms in all, %.1f GFLOP/s", total, 2e-6 * Double(plan.macs) / total))
    }
}

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the model once on raw inputs from stdin; writes its outputs, one after the other, to stdout.",
        discussion: """
            Elements are little-endian and of the types that the model declares, but float32 for float16, bfloat16 and double. \
            Of a sequence all tensors follow each other. What was written is listed on stderr: name, type, shape.
            """)
    @OptionGroup var subject: Subject

    func run() throws {
        let plan = try subject.makePlan(), session = Session(plan, threads: subject.threads)
        let inputs = try plan.inputs.map { input in
            let count = input.shape.elementCount * input.elementType.byteCount
            let data = FileHandle.standardInput.readData(ofLength: count)
            guard data.count == count else {
                throw ValidationError(
                    "input '\(input.name)' needs \(count) bytes of \(input.elementType) \(input.shape), not \(data.count)")
            }
            return data.withUnsafeBytes { Tensor(copying: $0, input.shape, input.elementType) }
        }
        for (output, value) in zip(plan.outputs, try session.run(inputs)) {
            for tensor in value.items ?? [value] {
                let bytes = tensor.shape.elementCount * tensor.elementType.byteCount
                FileHandle.standardOutput.write(Data(bytes: tensor.baseAddress, count: bytes))
                FileHandle.standardError.write(Data("\(output.name) \(tensor.elementType) \(tensor.shape)\n".utf8))
            }
        }
    }
}
