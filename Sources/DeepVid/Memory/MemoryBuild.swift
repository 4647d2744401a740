import Models
import FoundationEssentials
import Inference
import SemanticMemory
import Video
import Vision

/// Shows a classifier images or clips, and makes a memory of what it saw.
public final class MemoryBuild {
    public struct Options: Sendable {
        public var model = ModelOptions()
        public var video = VideoOptions()
        public var threads = 1
        /// A folder with a folder of images for each class, named like it; or with images.
        public var images: String?
        public var clips: [String] = []
        /// At most so many places to leave at, or these, by name.
        public var tapLimit = 12
        public var tapNames: [String]?
        public var targetAgreement = 0.99

        public init() {}
    }

    public struct Report: Sendable {
        public let memory: ClassMemory
        public let frames: Int
        /// Whether folders named the classes.
        public let isLabelled: Bool
    }

    private struct Source {
        let input: String
        let label: ClassMemory.KnownClass?
        let number: Int
    }

    private let options: Options
    private let model: LoadedModel
    private let control: RunControl
    private let taps: [ExitPoint]

    /// - Throws: `DeepVidError` for a model that cannot be left early, or taps that it does not have.
    public init(_ options: Options, control: RunControl) throws(DeepVidError) {
        (self.options, self.control) = (options, control)
        model = try LoadedModel(options.model)
        guard model.card.head == .classification else {
            throw DeepVidError(
                .invalidOptions,
                "\(model.name): a memory is for classifiers; the answer of head \(model.card.head.rawValue) is more than a class")
        }
        let cuts = model.plan.allExitPoints()
        guard let names = options.tapNames else {
            taps = model.plan.exitPoints(limit: options.tapLimit)
            guard !taps.isEmpty else {
                throw DeepVidError(.unusableModel, "\(model.name): has no layer after which it could be left early")
            }
            return
        }
        for name in names where !cuts.contains(where: { $0.name == name }) {
            throw DeepVidError(
                .invalidOptions,
                "--exit-layers: \(model.name) cannot be left after '\(name)'; it can after \(cuts.map(\.name).joined(separator: ", "))")
        }
        taps = cuts.filter { names.contains($0.name) }
    }

    public func run(onProgress: @escaping (Int) -> Void = { _ in }) throws(DeepVidError) -> Report {
        let sources = try sources(), learner = try Learner(model, taps, threads: options.threads, onProgress)
        for source in sources where !learner.isFull && !control.isStopped {
            learner.source = source
            let run = Run(
                source.input, options: RunOptions(model: options.model, video: options.video, threads: options.threads),
                control: control, processor: learner)
            // It ends early when nothing more can be learnt.
            let summary = try? run.run(into: { (_, _) throws(Full) in if learner.isFull { throw Full() } })
            if let error = summary?.error { throw error }
        }
        do throws(MemoryError) {
            let memory = try learner.builder.build(model: model.name, sha256: model.sha256, targetAgreement: options.targetAgreement)
            return Report(memory: memory, frames: learner.builder.count, isLabelled: sources.contains { $0.label != nil })
        } catch { throw DeepVidError(error) }
    }

    /// Ends a run: nothing more can be learnt.
    private struct Full: Error {}

    /// Runs frames through the whole network, and remembers what its layers said.
    private final class Learner: FrameProcessor {
        var builder: MemoryBuilder
        var source: Source?
        private let preparer: FramePreparer
        private let network: DenseNetwork
        private let head: any Head
        private var vectors: [Float] = []
        private let onProgress: (Int) -> Void

        init(_ model: LoadedModel, _ taps: [ExitPoint], threads: Int, _ onProgress: @escaping (Int) -> Void) throws(DeepVidError) {
            (builder, self.onProgress) = (MemoryBuilder(taps), onProgress)
            (preparer, network) = (try FramePreparer(model.profile), DenseNetwork(model, threads: threads))
            head = try model.makeAnswerHead()
            let probe = ExitProbe(taps)
            network.session.probe = probe
            probe.decide = { [unowned self] _, means in
                self.vectors += means
                return false
            }
        }

        var isFull: Bool { builder.isFull }

        func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
            vectors.removeAll(keepingCapacity: true)
            let prepared = try preparer.prepare(frame), outputs = try network.run(prepared.pixels)
            let answer = try onFrame(frame.index) { () throws(VisionError) in
                try head.decode(outputs, placement: prepared.placement, minimumScore: 0)
            }
            if case .classes(let best) = answer {
                builder.add(vectors, answer: Recognizer.Answer(best), label: source!.label, source: source!.number)
                onProgress(builder.count)
            }
            return FrameResult(prepared.info, answer: answer, timing: FrameResult.Timing())
        }
    }

    private func sources() throws(DeepVidError) -> [Source] {
        var sources: [Source] = []
        if let folder = options.images { sources = try images(folder) }
        for clip in options.clips { sources.append(Source(input: clip, label: nil, number: (sources.last?.number ?? -1) + 1)) }
        return sources
    }

    private func images(_ folder: String) throws(DeepVidError) -> [Source] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw DeepVidError(.notFound, "--images: \(folder) is no folder that can be read")
        }
        let own = Self.patterns(folder)
        var sources = own.map { Source(input: $0, label: nil, number: 0) }
        for name in names.sorted() where !name.hasPrefix(".") {
            let patterns = Self.patterns("\(folder)/\(name)")
            guard !patterns.isEmpty else { continue }
            guard let id = model.labels.names.firstIndex(of: name) ?? Int(name).flatMap({ $0 >= 0 ? $0 : nil }) else {
                let shown = model.labels.names.prefix(12).joined(separator: ", ")
                throw DeepVidError(
                    .invalidOptions,
                    "--images: \(model.name) has no class '\(name)'; name folders like its classes"
                        + (shown.isEmpty ? ": give their names with --labels, or name folders by number" : " (\(shown), …)"))
            }
            let label = model.labels.names.indices.contains(id) ? model.labels.names[id] : "\(id)"
            sources += patterns.map { Source(input: $0, label: .init(classID: id, label: label), number: id + 1) }
        }
        guard !sources.isEmpty else {
            throw DeepVidError(
                .notFound, "--images: no images (jpg, jpeg, png, bmp, webp) in \(folder), nor in folders in it")
        }
        return sources
    }

    /// One pattern for each kind of image in a folder.
    private static func patterns(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let kinds = ["jpg", "jpeg", "JPG", "JPEG", "png", "PNG", "bmp", "ppm", "webp"]
        let literal = folder.map { "*?[]{}\\".contains($0) ? "\\\($0)" : String($0) }.joined()
        return kinds.filter { kind in names.contains { $0.hasSuffix(".\(kind)") } }.map { "\(literal)/*.\($0)" }
    }
}
