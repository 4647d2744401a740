import ArgumentParser
import DeepCache
import Foundation
import Inference
import Models
import Vision

/// Where the time of cached frames goes, layer by layer.
struct Cached: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints what cached frames take, layer by layer, next to what their share of a dense run would.",
        discussion: """
            Pictures are raw: bytes of the model's input size, channels interleaved in the model's order, one picture after the other. \
            Every round runs all of them from the start, which gives the same work each time; of each frame and layer the least time of the \
            rounds counts.
            """)
    @Argument(help: "An ONNX model; 'embedded' is the one in the program.") var model: String
    @Argument(help: "A file of raw pictures.") var pictures: String
    @Option(help: "Rounds over the pictures.") var rounds = 5
    @Option(help: "Agreement with dense inference to hold.") var target = 0.99
    @Flag(help: "Prints totals only.") var totals = false
    @Flag(help: "Compares each frame's answer with the dense one.") var agreement = false

    /// What one layer of one frame took.
    private struct Layer {
        var milliseconds = Double.infinity
        var (touched, changed, spans) = (0, 0, 0)
    }

    func run() throws {
        let loaded = try LoadedModel(ModelOptions(model: model == "embedded" ? nil : model))
        let input = loaded.input, size = input.width * input.height * input.channels
        let data = try Data(contentsOf: URL(fileURLWithPath: pictures), options: .alwaysMapped), count = data.count / size
        guard count > 1 else { throw ValidationError("\(pictures) holds less than two pictures of \(input.width)x\(input.height)") }
        let picture = PixelBuffer(width: input.width, height: input.height, channels: input.channels)
        let placement = Placement(
            sourceWidth: input.width, sourceHeight: input.height, modelWidth: input.width, modelHeight: input.height,
            picture: PixelRect(x: 0, y: 0, width: input.width, height: input.height))
        func take(_ index: Int) {
            let rowBytes = input.width * input.channels
            for y in 0..<input.height {
                let from = index * size + y * rowBytes
                data.copyBytes(to: picture.row(y), from: from..<from + rowBytes)
            }
        }
        let dense = DenseNetwork(loaded, threads: 1), layers = loaded.plan.layers
        var denseTimes: [Double] = [], denseLayers = [Double](repeating: .infinity, count: layers.count)
        take(0)
        for _ in 0..<4 * rounds {
            let start = Clock.now
            _ = try dense.run(picture)
            denseTimes.append(Clock.now - start)
            for (layer, time) in try dense.session.profile([Subject.input(input.shape)]).enumerated() {
                denseLayers[layer] = min(denseLayers[layer], time)
            }
        }
        let denseTime = denseTimes.min()!

        var options = ReuseOptions()
        options.targetAgreement = target
        let network = try AdaptiveNetwork([loaded], picture: picture, options: options, threads: 1)
        var frames = [(match: Double, infer: Double)](repeating: (.infinity, .infinity), count: count)
        var steps = [[Layer]](repeating: Array(repeating: Layer(), count: layers.count), count: count)
        var reused = [Double?](repeating: nil, count: count)
        var agreements: [Double] = []
        for round in 0..<rounds {
            network.begin(options.makePolicy(for: [loaded]))
            var last: HeadResult?
            for frame in 0..<count {
                take(frame)
                var began = 0.0
                network.session.afterStep = { step, session in
                    if step < 0 { return began = Clock.now }
                    let now = Clock.now
                    steps[frame][step].milliseconds = min(steps[frame][step].milliseconds, now - began)
                    (steps[frame][step].touched, steps[frame][step].changed, steps[frame][step].spans) = session.counts(of: step)
                    began = Clock.now
                }
                if totals { network.session.afterStep = nil }
                let start = Clock.now
                let answer = try network.run(picture, placement, candidates: [])
                let time = Clock.now - start
                // Where no block changed, the last answer stands.
                if let outputs = answer.outputs {
                    last = try loaded.head.decode(outputs, placement: placement, minimumScore: loaded.scores.least(for: .boxes))
                }
                if let last { network.answered([last], placement) }
                if agreement, round == 0, let last {
                    let exact = try loaded.head.decode(
                        try dense.run(picture), placement: placement, minimumScore: loaded.scores.least(for: .boxes))
                    if let same = Agreement.between(last, exact, score: loaded.score, rule: .boxes) { agreements.append(same) }
                }
                frames[frame].match = min(frames[frame].match, answer.matchMilliseconds)
                frames[frame].infer = min(frames[frame].infer, time - answer.matchMilliseconds)
                reused[frame] = answer.reason == nil ? answer.reused : nil
            }
        }
        // Frames that were computed in full, for whatever reason, say nothing.
        let chosen = (0..<count).filter { reused[$0] != nil }, n = Double(max(1, chosen.count))
        func mean(_ value: (Int) -> Double) -> Double { chosen.reduce(0) { $0 + value($1) } / n }
        let match = mean { frames[$0].match }, infer = mean { frames[$0].infer }, share = mean { 1 - (reused[$0] ?? 0) }
        let bound = 1.3 * share * denseTime + 0.3
        if !totals {
            print("  cached   share×dense  excess ms | touched  changed  spans | layer")
            var sums = (0.0, 0.0)
            for (index, layer) in layers.enumerated() {
                let updated = chosen.filter { steps[$0][index].milliseconds.isFinite && reused[$0]! < 1 }
                let time = updated.reduce(0) { $0 + steps[$1][index].milliseconds } / n
                let shape = layer.outputShape?.dims ?? [], pixels = Double(shape.count == 4 ? shape[2] * shape[3] : 1)
                let touched = updated.reduce(0) { $0 + Double(steps[$1][index].touched) } / n
                let changed = updated.reduce(0) { $0 + Double(steps[$1][index].changed) } / n
                let spans = updated.reduce(0) { $0 + Double(steps[$1][index].spans) } / n
                let part = layer.isSpatial ? touched / pixels : time > 0 ? 1 : 0
                sums = (sums.0 + time, sums.1 + part * denseLayers[index])
                print(
                    String(
                        format: "%8.4f %8.4f %8.4f | %.3f %.3f %6.1f | %8.4f ", time, part * denseLayers[index],
                        time - part * denseLayers[index], part, changed / pixels, spans, denseLayers[index])
                        + "\(layer.kind) \(layer.outputShape.map(\.description) ?? "?") \(layer.isSpatial ? "" : "(rows)") \(layer.name)")
            }
            print(String(format: "layers: %.3f ms, share × dense %.3f ms", sums.0, sums.1))
        }
        print(
            String(
                format: "%d of %d frames; dense %.3f ms, computed share %.3f, match %.3f + infer %.3f ms; of the bound %.3f, speed-up %.2f",
                chosen.count, count, denseTime, share, match, infer, (match + infer) / bound, denseTime / (match + infer))
                + (agreement
                    ? String(
                        format: "; agreement %.4f of %d, epsilon %.4f", agreements.reduce(0, +) / Double(max(1, agreements.count)),
                        agreements.count, network.policy.tolerance)
                    : ""))
    }
}

/// Milliseconds of CPU time of this thread, which others on the machine do not lengthen.
enum Clock {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) * 1e-6
    }
}
