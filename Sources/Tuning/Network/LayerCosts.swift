import Inference
import Models
import Tensors

/// What each node of a network takes, as a share of the model's time on this machine.
struct LayerCosts {
    private let shares: [Double]

    subscript(node: Int) -> Double { shares[node] }

    init(shares: [Double]) { self.shares = shares }

    /// Runs of which a layer's time is the least.
    private static let runs = 5

    /// - Parameter model: the same network, loaded.
    init(_ network: Network, _ model: LoadedModel, threads: Int) throws(DeepVidError) {
        let inputs = model.plan.inputs.map { input in
            Tensor(input.shape, type: input.elementType) {
                $0.initializeMemory(as: UInt8.self, repeating: 0, count: input.shape.elementCount * input.elementType.byteCount)
            }
        }
        var times: [Double] = []
        do throws(InferenceError) {
            let session = Session(model.plan, threads: threads)
            for _ in 0..<Self.runs {
                let own = try session.profile(inputs)
                times = times.isEmpty ? own : zip(times, own).map { min($0, $1) }
            }
        } catch { throw DeepVidError(.modelFailed, "\(model.name): \(error.description)", cause: error) }
        var byName: [String: Double] = [:]
        for (layer, time) in zip(model.plan.layers, times) where !layer.name.isEmpty { byName[layer.name, default: 0] += time }
        let whole = max(times.reduce(0, +), 1e-9)
        shares = network.nodes.map { (byName[$0.displayName] ?? 0) / whole }
    }
}
