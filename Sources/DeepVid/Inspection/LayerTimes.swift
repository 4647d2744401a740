import Concurrency
import Inference
import Models
import Tensors

extension ModelReport {
    /// Dense runs that a layer's time is the median of, and milliseconds after which no other is begun, for models that take long.
    private static let (runs, patience) = (30, 10_000.0)

    /// Median milliseconds of each of `layers` in dense runs on a picture of zeros, each layer by itself; nil for a model that cannot be
    /// run.
    ///
    /// - Parameter threads: of the model.
    /// - Throws: `DeepVidError` for a model that fails on such a picture.
    public func measureLayers(threads: Int) throws(DeepVidError) -> [Double]? {
        guard let plan else { return nil }
        let inputs = plan.inputs.map { input in
            Tensor(input.shape, type: input.elementType) { $0.initializeMemory(as: UInt8.self, repeating: 0, count: input.byteCount) }
        }
        do throws(InferenceError) {
            let session = Session(plan, threads: threads), watch = Stopwatch()
            // The first run makes buffers, and is as long as none after it.
            _ = try session.run(inputs)
            var profiles = [try session.profile(inputs)]
            while profiles.count < Self.runs, watch.milliseconds < Self.patience { profiles.append(try session.profile(inputs)) }
            return layers.indices.map { layer in profiles.map { $0[layer] }.sorted()[profiles.count / 2] }
        } catch {
            throw DeepVidError(.unusableModel, "\(name): \(error.description)", cause: error)
        }
    }
}

extension PlanInput {
    fileprivate var byteCount: Int { shape.elementCount * elementType.byteCount }
}
