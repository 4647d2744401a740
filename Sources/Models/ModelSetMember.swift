import Inference
import Vision

/// What is to be loaded as one of several models: a model, or variants of one.
public struct ModelChoice: Sendable {
    public struct Variant: Sendable {
        let name: String
        let options: ModelOptions
        /// As promised, 0…1; of a model without others it does not matter.
        let accuracy: Double
        /// Of a specialised variant; nil knows all classes.
        let classes: [String]?
        /// The model of which it is a capacity, and which; nil of a model of its own.
        fileprivate(set) var nested: (model: NestedModel, capacity: Int)?

        package init(name: String, _ options: ModelOptions, accuracy: Double, classes: [String]?) {
            (self.name, self.options, self.accuracy, self.classes) = (name, options, accuracy, classes)
        }
    }

    /// Of its answers.
    let name: String
    /// For messages.
    let file: String
    let variants: [Variant]

    /// A model by itself. Its answers have the name that the options say, else the file's without `.onnx`.
    public init(_ options: ModelOptions) {
        let path = options.model, last = path.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "embedded"
        name = options.name ?? (last.hasSuffix(".onnx") ? String(last.dropLast(".onnx".count)) : last)
        file = path ?? "the embedded model"
        variants = [Variant(name: name, options, accuracy: 1, classes: nil)]
    }

    /// - Parameter variants: one or more, of which at least one is not specialised.
    package init(name: String, file: String, _ variants: [Variant]) { (self.name, self.file, self.variants) = (name, file, variants) }

    /// The capacities of one model.
    package init(_ nested: NestedModel, _ options: ModelOptions) {
        let plain = ModelChoice(options)
        (name, file) = (plain.name, plain.file)
        variants = nested.capacities.indices.map { index in
            let capacity = nested.capacities[index]
            var variant = Variant(name: capacity.name, options, accuracy: capacity.accuracy, classes: nil)
            variant.nested = (nested, index)
            return variant
        }
    }
}

/// One of the models of a set.
package struct ModelSetMember: Sendable {
    package struct Variant: Sendable {
        package let name: String
        /// Of a capacity, the model with the steps of the smallest one: all have the same inputs, outputs and card.
        package fileprivate(set) var model: LoadedModel
        package let accuracy: Double
        package let classes: [String]?
        fileprivate let numbers: ClassNumbers?
        fileprivate var nested: (model: NestedModel, capacity: Int)?

        /// Multiply-accumulates of a frame.
        package var work: Double { nested.map { $0.model.capacities[$0.capacity].work } ?? Double(model.plan.macs) }
        /// The model with its own steps: of a capacity made anew where nobody has it.
        package func loaded() throws(DeepVidError) -> LoadedModel {
            guard let nested else { return model }
            return try nested.model.model(nested.capacity)
        }
    }

    /// Of its answers.
    package let name: String
    package private(set) var variants: [Variant]
    /// Share of its multiply-accumulates that another one needs as well, and that run once for both; 0…1.
    package var shared = 0.0
    /// Which of the variants stands for all of them: the most accurate one that knows all classes.
    private let best: Int

    package var model: LoadedModel { variants[best].model }

    /// Whether its variants are capacities of one file.
    package var isNested: Bool { variants.contains { $0.nested != nil } }

    /// A model that was loaded already.
    package init(name: String, _ model: LoadedModel) {
        (self.name, best) = (name, 0)
        variants = [Variant(name: name, model: model, accuracy: 1, classes: nil, numbers: nil)]
    }

    /// Loads a model, with all its variants.
    ///
    /// - Parameter isJoined: whether others may share its network.
    init(_ choice: ModelChoice, isJoined: Bool) throws(DeepVidError) {
        var models: [LoadedModel] = []
        for variant in choice.variants {
            var own = variant.options
            (own.keepsGraph, own.mayLackClasses) = (isJoined && choice.variants.count == 1, true)
            if let nested = variant.nested { models.append(nested.model.smallest) } else { models.append(try LoadedModel(own)) }
        }
        let general = choice.variants.indices.filter { choice.variants[$0].classes == nil }
        best = general.max { choice.variants[$0].accuracy < choice.variants[$1].accuracy } ?? 0
        let all = models[best]
        variants = []
        for (variant, model) in zip(choice.variants, models) {
            let said = "\(choice.file): variant '\(variant.name)'"
            let (head, other) = (model.card.head, all.card.head)
            guard head.isDetector ? other.isDetector : head == other else {
                throw DeepVidError(
                    .unusableModel,
                    "\(said) has head '\(head.rawValue)', and '\(choice.variants[best].name)' has '\(other.rawValue)': "
                        + "variants of a model answer the same question")
            }
            let ids = try Self.classIDs(of: model, in: all, said, isSpecialised: variant.classes != nil)
            if let unknown = variant.classes?.first(where: { !model.labels.names.contains($0) }) {
                throw DeepVidError(.unusableModel, "\(said) is for class '\(unknown)', and its model has no such class")
            }
            variants.append(
                Variant(
                    name: variant.name, model: model, accuracy: variant.accuracy, classes: variant.classes, numbers: ids,
                    nested: variant.nested))
        }
        name = choice.name
    }

    /// Has the model run by a plan that serves others as well.
    mutating func run(_ plan: Plan, _ outputs: Range<Int>) {
        for index in variants.indices where variants[index].model.graph != nil {
            variants[index].model = variants[index].model.running(plan, outputs)
        }
    }

    private static func classIDs(
        of model: LoadedModel, in all: LoadedModel, _ said: String, isSpecialised: Bool
    ) throws(DeepVidError) -> ClassNumbers? {
        let (own, known) = (model.labels.names, all.labels.names)
        if own == known { return nil }
        if let other = own.first(where: { !known.contains($0) }) {
            throw DeepVidError(
                .unusableModel,
                "\(said) has a class '\(other)' that \(all.name) does not have: give the variants of a model the same labels")
        }
        guard isSpecialised || Set(own) == Set(known) else {
            throw DeepVidError(
                .unusableModel,
                "\(said) lacks class '\(known.first { !own.contains($0) } ?? "")' of \(all.name): say which classes it is for (classes = …), "
                    + "or give the variants of a model the same labels")
        }
        return ClassNumbers(of: own, in: known)
    }
}

extension ModelSetMember.Variant {
    /// The answer with the class numbers that all variants have in common.
    package func renumbered(_ answer: HeadResult) -> HeadResult { numbers?(answer) ?? answer }
}
