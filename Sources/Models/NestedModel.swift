import Inference
import ONNXImport
import Synchronization
import Vision

/// A model of several capacities that share weights (NestDNN, MobiCom 2018). The file stays mapped; of the capacities, those that somebody
/// runs have their weights packed in memory, and the smallest. All have the same inputs, outputs, card and labels.
package final class NestedModel: Sendable {
    package struct Capacity: Sendable {
        package let name: String
        /// As promised, 0…1.
        package let accuracy: Double
        /// Multiply-accumulates of a frame.
        package let work: Double
    }

    /// The largest first, as the file has them.
    package let capacities: [Capacity]
    let smallest: LoadedModel
    private let file: ModelFile
    /// By capacity; nil while nobody runs it.
    private let plans: Mutex<[WeakPlan]>

    private struct WeakPlan {
        weak var plan: Plan?
    }

    /// - Returns: nil of a file without capacities, of which nothing but its bytes is read.
    /// - Throws: what loading a model throws; code `unusableModel` where the capacities are damaged, or one of them is no network, or has other
    ///   outputs than the largest one.
    package convenience init?(_ options: ModelOptions) throws(DeepVidError) {
        try self.init(options, ModelFile(options.model))
    }

    init?(_ options: ModelOptions, _ file: ModelFile) throws(DeepVidError) {
        guard Capacities.mayBe(in: file.bytes) else { return nil }
        var own = options
        (own.capacity, own.mayLackClasses) = (.largest, true)
        let whole = try LoadedModel.importing(file), largest = try LoadedModel(own, file, whole)
        let said: Capacities?
        do throws(ImportError) { said = try whole.capacities() } catch {
            throw DeepVidError(.unusableModel, "\(file.name): \(error.description)", cause: error)
        }
        guard let known = said else { return nil }
        func shapes(_ plan: Plan) -> [String] { plan.outputs.map { "\($0.name) \($0.shape.map { "\($0.dims)" } ?? "?")" } }
        var found = [Capacity(name: known.all[0].name, accuracy: known.all[0].accuracy, work: Double(largest.plan.macs))]
        var least = largest
        for capacity in known.all.dropFirst() {
            let plan = try Self.plan(capacity.name, file, largest)
            guard shapes(plan) == shapes(largest.plan) else {
                throw DeepVidError(
                    .unusableModel,
                    "\(file.name): capacity '\(capacity.name)' has other outputs than '\(known.all[0].name)': export the model anew")
            }
            found.append(Capacity(name: capacity.name, accuracy: capacity.accuracy, work: Double(plan.macs)))
            if plan.macs < least.plan.macs { least = largest.running(plan, largest.outputs) }
        }
        (capacities, smallest, self.file) = (found, least, file)
        plans = Mutex(found.map { _ in WeakPlan() })
    }

    private static func plan(_ name: String, _ file: ModelFile, _ model: LoadedModel) throws(DeepVidError) -> Plan {
        let graph = PictureGraph(try LoadedModel.importing(file, capacity: name).graph).graph(for: model.input)
        do throws(DeepVidError) {
            return try LoadedModel.planning(graph, model.input, file, model.profile.precision, levels: model.card.levels).plan
        } catch {
            throw DeepVidError(error.code, "\(error.message); that is capacity '\(name)'", cause: error)
        }
    }

    /// The model at a capacity: with the steps that others run, or that are made from the mapped file, in the time of reading it.
    func model(_ index: Int) throws(DeepVidError) -> LoadedModel {
        try plans.withLock { (plans) throws(DeepVidError) in
            let plan = if let plan = plans[index].plan { plan } else { try Self.plan(capacities[index].name, file, smallest) }
            plans[index].plan = plan
            return smallest.running(plan, smallest.outputs)
        }
    }
}
