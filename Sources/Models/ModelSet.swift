import Inference
import Vision

/// Several models that answer the same frames. Those that compute much the same are one network (MCDNN, MobiSys 2016, section 5.2): what
/// they have in common runs once, densely or with reuse, and each reads its own outputs. A model may be there in several variants, of which
/// one runs at a time; these are networks of their own.
public struct ModelSet: Sendable {
    package let members: [ModelSetMember]
    /// Members that run as one network, by their number, in the order of the first ones. One that has variants is alone.
    package let networks: [[Int]]
    /// The member whose objects are followed and reported at the top of records: the first detector, or the first of all.
    package let primary: Int

    package var first: LoadedModel { members[primary].model }
    /// Whether there is anything to choose.
    package var hasVariants: Bool { members.contains { $0.variants.count > 1 } }

    /// Least share of the smaller model's multiply-accumulates that two models have in common for being run as one. Below, no more than a
    /// twentieth of both is saved, and models that are on their own each reuse as much as their own agreement allows: where they share a
    /// network, the one that agrees less steers both.
    private static let leastShared = 0.1

    /// Loads the models, and joins those that see the same picture and have enough in common.
    ///
    /// - Throws: what loading one throws, with its name; when two have the same name; when none has a class that was asked for; when the
    ///   variants of a model do not say the same things.
    public init(_ choices: [ModelChoice]) throws(DeepVidError) {
        precondition(!choices.isEmpty, "a set has models")
        var members: [ModelSetMember] = []
        for (index, choice) in choices.enumerated() {
            if let other = choices[..<index].first(where: { $0.name == choice.name }) {
                throw DeepVidError(
                    .invalidOptions,
                    "\(other.file) and \(choice.file): both would answer as '\(choice.name)'; give one another name, as --model NAME=\(choice.file)"
                )
            }
            members.append(try ModelSetMember(choice, isJoined: choices.count > 1))
        }
        let options = choices[0].variants[0].options, known = members.map(\.model.profile)
        for wanted in options.classes ?? [] where known.allSatisfy({ $0.labels.called(wanted, count: $0.classCount).isEmpty }) {
            let nameless = known.first(where: \.lacksLabels).map { "; those of \($0.name) have no names: a card beside it names them" }
            let advice = closest(to: wanted, among: known.flatMap(\.labels.names)).map { "; did you mean '\($0)'?" } ?? nameless ?? ""
            throw DeepVidError(.invalidOptions, "`classes`: none of the models has a class '\(wanted)'\(advice)")
        }
        self.init(members)
    }

    package init(_ alone: [ModelSetMember]) {
        var networks: [SharedNetwork] = [], members = alone
        for (index, member) in alone.enumerated() {
            let joined = networks.indices.lazy.compactMap { place in
                networks[place].joining(member, index, least: Self.leastShared).map { (place, $0) }
            }.first
            guard let (place, (network, saved)) = joined else {
                networks.append(SharedNetwork(member, index))
                continue
            }
            networks[place] = network
            for place in network.members {
                members[place].shared = max(members[place].shared, min(1, Double(saved) / Double(alone[place].model.plan.macs)))
            }
        }
        for network in networks {
            for (place, outputs) in zip(network.members, network.outputs) { members[place].run(network.plan, outputs) }
        }
        (self.members, self.networks) = (members, networks.map(\.members))
        primary = members.firstIndex { $0.model.card.head.isDetector } ?? 0
    }

    /// How many variants a network has.
    package func variants(ofNetwork place: Int) -> Int { members[networks[place][0]].variants.count }

    /// Whether it is one model whose capacities are chosen among: then it is no set for who reads the records.
    package var isOneNested: Bool { members.count == 1 && members[0].isNested }

    package var hasCapacities: Bool { members.contains(where: \.isNested) }

    /// Whether a network's variants are capacities of one file, of which one is in memory at a time.
    package func isNested(network place: Int) -> Bool { members[networks[place][0]].isNested }

    /// The same as `models`, with the steps that the variant has: of a capacity, they are made where nobody has them.
    package func loadedModels(ofNetwork place: Int, variant: Int) throws(DeepVidError) -> [LoadedModel] {
        try networks[place].map { (member) throws(DeepVidError) in try members[member].variants[variant].loaded() }
    }

    /// The models that a network answers for, with a variant of those that have any; of capacities, for their cards and pictures only.
    package func models(ofNetwork place: Int, variant: Int) -> [LoadedModel] {
        networks[place].map { members[$0].variants[variant].model }
    }

    /// The pictures that the networks see, each once, by a model that sees it; and by network and variant which of them it sees.
    package var pictures: (profiles: [ModelProfile], ofNetworks: [[Int]]) {
        var profiles: [ModelProfile] = []
        let places = networks.indices.map { place in
            (0..<variants(ofNetwork: place)).map { variant in
                let profile = models(ofNetwork: place, variant: variant)[0].profile
                if let known = profiles.firstIndex(where: profile.fitsPictures) { return known }
                profiles.append(profile)
                return profiles.count - 1
            }
        }
        return (profiles, places)
    }

    /// One line for people.
    public var summary: String {
        let models = members.map { member in
            member.variants.count > 1
                ? "\(member.name) in \(member.variants.count) \(member.isNested ? "capacities" : "variants") (\(member.variants.map(\.name).joined(separator: ", ")))"
                : "\(member.name) (\(member.model.summary))"
        }
        let common = networks.filter { $0.count > 1 }.map { network in
            let parts = network.map { "\(Int((members[$0].shared * 100).rounded())) % of \(members[$0].name)" }
            return "runs once for all: \(parts.joined(separator: ", "))"
        }
        return (models + common).joined(separator: "; ")
    }
}

/// Models that run as one network, as far as they are found.
private struct SharedNetwork {
    let members: [Int]
    /// By member, those of the plan's outputs that are its own.
    let outputs: [Range<Int>]
    let plan: Plan
    /// Nil where nothing can be joined.
    private let graph: TypedGraph?
    private let model: LoadedModel

    init(_ member: ModelSetMember, _ index: Int) {
        (members, outputs, plan, graph, model) = ([index], [member.model.outputs], member.model.plan, member.model.graph, member.model)
    }

    private init(_ other: SharedNetwork, _ index: Int, _ graph: TypedGraph, _ plan: Plan) {
        (members, outputs) = (other.members + [index], other.outputs + [other.plan.outputs.count..<plan.outputs.count])
        (self.plan, self.graph, model) = (plan, graph, other.model)
    }

    /// The network with another model.
    /// - Returns: also the multiply-accumulates that are saved; nil where they are too few, or the model sees another picture.
    func joining(_ member: ModelSetMember, _ index: Int, least: Double) -> (network: SharedNetwork, saved: Int)? {
        let other = member.model
        guard model.seesPictures(of: other), var graph, let theirs = other.graph, graph.precision == theirs.precision,
            // Levels are of one network's values.
            !graph.hasLevels, !theirs.hasLevels,
            let common = graph.join(theirs), common > 0, let plan = try? Plan(graph)
        else { return nil }
        let saved = self.plan.macs + other.plan.macs - plan.macs
        guard saved > 0, Double(saved) >= least * Double(min(self.plan.macs, other.plan.macs)) else { return nil }
        return (SharedNetwork(self, index, graph, plan), saved)
    }
}

extension LoadedModel {
    /// Whether the first layers of both are given the same numbers for a frame.
    fileprivate func seesPictures(of other: LoadedModel) -> Bool {
        takesPixels && other.takesPixels && card.input.normalization == other.card.input.normalization
            && profile.fitsPictures(of: other.profile)
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
