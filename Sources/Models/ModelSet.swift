import Inference
import Vision

/// Several models that answer the same frames. Those that compute much the same are one network (MCDNN, MobiSys 2016, section 5.2): what
/// they have in common runs once, densely or with reuse, and each reads its own outputs.
public struct ModelSet: Sendable {
    package struct Member: Sendable {
        /// Of its answers.
        package let name: String
        package let model: LoadedModel
        /// Share of its multiply-accumulates that another one needs as well, and that run once for both; 0…1.
        package fileprivate(set) var shared = 0.0
    }

    package let members: [Member]
    /// Members that run as one network, by their number, in the order of the first ones.
    package let networks: [[Int]]
    /// The member whose objects are followed and reported at the top of records: the first detector, or the first of all.
    package let primary: Int

    package var first: LoadedModel { members[primary].model }

    /// Least share of the smaller model's multiply-accumulates that two models have in common for being run as one. Below, no more than a
    /// twentieth of both is saved, and models that are on their own each reuse as much as their own agreement allows: where they share a
    /// network, the one that agrees less steers both.
    private static let leastShared = 0.1

    /// Loads the models, and joins those that see the same picture and have enough in common.
    ///
    /// - Parameter options: two or more.
    /// - Throws: what loading one throws, with its name; when two have the same name; when none has a class that was asked for.
    public init(_ options: [ModelOptions]) throws(DeepVidError) {
        precondition(options.count > 1, "one model is no set")
        var names: [String] = [], models: [LoadedModel] = []
        for var own in options {
            let name = own.name ?? Self.defaultName(own.model)
            if let other = names.firstIndex(of: name) {
                let files = "\(options[other].model ?? "the embedded model") and \(own.model ?? "the embedded model")"
                throw DeepVidError(
                    .invalidOptions, "\(files): both would answer as '\(name)'; give one another name, as --model NAME=\(own.model ?? "FILE")")
            }
            (own.keepsGraph, own.mayLackClasses) = (true, true)
            names.append(name)
            models.append(try LoadedModel(own))
        }
        for wanted in options[0].classes ?? [] where !models.contains(where: { $0.labels.names.isEmpty || $0.labels.names.contains(wanted) }) {
            let all = models.flatMap(\.labels.names), advice = closest(to: wanted, among: all).map { "; did you mean '\($0)'?" } ?? ""
            throw DeepVidError(.invalidOptions, "--classes: none of the models has a class '\(wanted)'\(advice)")
        }
        self.init(named: names, models, keepsActivations: options[0].keepsActivations)
    }

    package init(named names: [String], _ models: [LoadedModel], keepsActivations: Bool) {
        var networks: [SharedNetwork] = [], shared = models.map { _ in 0.0 }
        for (index, model) in models.enumerated() {
            let joined = networks.indices.lazy.compactMap { place in
                networks[place].joining(model, index, least: Self.leastShared, keepsActivations: keepsActivations).map { (place, $0) }
            }.first
            guard let (place, (network, saved)) = joined else {
                networks.append(SharedNetwork(model, index))
                continue
            }
            for member in network.members { shared[member] = max(shared[member], min(1, Double(saved) / Double(models[member].plan.macs))) }
            networks[place] = network
        }
        var members = zip(names, zip(models, shared)).map { Member(name: $0, model: $1.0, shared: $1.1) }
        for network in networks {
            for (member, outputs) in zip(network.members, network.outputs) {
                members[member] = Member(
                    name: names[member], model: models[member].running(network.plan, outputs), shared: shared[member])
            }
        }
        (self.members, self.networks) = (members, networks.map(\.members))
        primary = models.firstIndex { $0.card.head.isDetector } ?? 0
    }

    /// The pictures that the networks see, each once, by a model that sees it; and by network which of them it sees.
    package var pictures: (profiles: [ModelProfile], ofNetworks: [Int]) {
        var profiles: [ModelProfile] = []
        let places = networks.map { network in
            let profile = members[network[0]].model.profile
            if let known = profiles.firstIndex(where: profile.fitsPictures) { return known }
            profiles.append(profile)
            return profiles.count - 1
        }
        return (profiles, places)
    }

    /// A file's name without the folder and `.onnx`.
    private static func defaultName(_ path: String?) -> String {
        guard let path else { return "embedded" }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".onnx") ? String(file.dropLast(".onnx".count)) : file
    }

    /// One line for people.
    public var summary: String {
        let models = members.map { "\($0.name) (\($0.model.summary))" }.joined(separator: "; ")
        let common = networks.filter { $0.count > 1 }.map { network in
            let parts = network.map { "\(Int((members[$0].shared * 100).rounded())) % of \(members[$0].name)" }
            return "one network runs \(parts.joined(separator: " and "))"
        }
        return ([models] + common).joined(separator: "; ")
    }
}

/// Models that run as one network, as far as they are found.
private struct SharedNetwork {
    let members: [Int]
    /// By member, those of the plan's outputs that are its own.
    let outputs: [Range<Int>]
    let plan: Plan
    private let graph: TypedGraph?
    private let model: LoadedModel

    init(_ model: LoadedModel, _ index: Int) {
        (members, outputs, plan, graph, self.model) = ([index], [model.outputs], model.plan, model.graph, model)
    }

    private init(_ other: SharedNetwork, _ index: Int, _ graph: TypedGraph, _ plan: Plan) {
        (members, outputs) = (other.members + [index], other.outputs + [other.plan.outputs.count..<plan.outputs.count])
        (self.plan, self.graph, model) = (plan, graph, other.model)
    }

    /// The network with another model.
    /// - Returns: also the multiply-accumulates that are saved; nil where they are too few, or the model sees another picture.
    func joining(_ other: LoadedModel, _ index: Int, least: Double, keepsActivations: Bool) -> (network: SharedNetwork, saved: Int)? {
        guard model.seesPictures(of: other), var graph, let theirs = other.graph, let common = graph.join(theirs), common > 0,
            let plan = try? Plan(graph, sharesMemory: !keepsActivations)
        else { return nil }
        let saved = self.plan.macs + other.plan.macs - plan.macs
        guard Double(saved) >= least * Double(min(self.plan.macs, other.plan.macs)), saved > 0 else { return nil }
        return (SharedNetwork(self, index, graph, plan), saved)
    }
}

extension LoadedModel {
    /// Whether the first layers of both are given the same numbers for a frame.
    fileprivate func seesPictures(of other: LoadedModel) -> Bool {
        takesPixels && other.takesPixels && card.input.normalization == other.card.input.normalization && profile.fitsPictures(of: other.profile)
    }
}

extension ModelProfile {
    /// Whether a frame that is fitted into the input of one is fitted into that of the other: the bytes are the same.
    package func fitsPictures(of other: ModelProfile) -> Bool {
        let (a, b) = (card.input, other.card.input)
        return (width, height) == (other.width, other.height)
            && (a.color, a.resize, a.cropResize, a.pad) == (b.color, b.resize, b.cropResize, b.pad)
    }
}
