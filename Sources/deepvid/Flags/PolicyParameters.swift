import DeepCache
import DeepVid

extension ReuseOptions {
    /// Reads `POLICY` or `POLICY:KEY=VALUE,…`, such as `deepcache:block=10,psnr=20`.
    ///
    /// - Throws: `CLIError` that says which policies, keys or values there are.
    init(policyArgument argument: String) throws {
        self.init()
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let policy = Policy(rawValue: parts[0]) else {
            throw unknown("there is no policy '\(parts[0])'", parts[0], "the policies are", Policy.allCases.map(\.rawValue))
        }
        self.policy = policy
        guard parts.count == 2 else { return }
        let known = PolicyParameter.all.filter { $0.policies.contains(policy) }
        var given: Set<String> = []
        for setting in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let (key, value) = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init).pair
            guard let parameter = known.first(where: { $0.key == key }) else {
                let others = PolicyParameter.all.first { $0.key == key }?.policies.map(\.rawValue).joined(separator: " and ")
                if known.isEmpty { throw CLIError.unusable("'\(policy.rawValue)' has no parameters; write --cache \(policy.rawValue)") }
                throw unknown(
                    "'\(policy.rawValue)' has no parameter '\(key)'" + (others.map { ", which is one of \($0)" } ?? ""), key,
                    "its parameters are", known.map(\.key))
            }
            guard let value else { throw CLIError.unusable("'\(key)' needs a value: \(key)=\(parameter.example)") }
            guard given.insert(key).inserted else { throw CLIError.unusable("'\(key)' is given twice") }
            guard parameter.set(&self, value) else {
                throw CLIError.unusable("'\(key)' must be \(parameter.form), not '\(value)'" + didYouMean(value, among: parameter.words))
            }
        }
    }
}

private func unknown(_ message: String, _ word: String, _ introduction: String, _ names: [String]) -> CLIError {
    .unusable("\(message)\(didYouMean(word, among: names)); \(introduction) \(names.joined(separator: ", "))")
}

extension [String] {
    fileprivate var pair: (String, String?) { (self[0], count > 1 ? self[1] : nil) }
}

/// A parameter of one or more reuse policies. deepvid(1) has the same table, with what each means.
struct PolicyParameter: Sendable {
    let key: String
    let policies: [ReuseOptions.Policy]
    /// What values look like.
    let form: String
    let example: String
    /// The values, where they are words.
    var words: [String] = []
    /// False for a value that it cannot have.
    let set: @Sendable (inout ReuseOptions, String) -> Bool

    static let all: [PolicyParameter] = [
        integer("block", of: [.adaptive, .deepcache, .deepmon], 2...64, example: "8") {
            ($0.block, $0.deepCache.block, $0.deepMon.block) = ($1, $1, $1)
        },
        integer("refresh", of: [.deepcache, .deepmon], 1...100_000, example: "10") {
            ($0.deepCache.refresh, $0.deepMon.refresh) = ($1, $1)
        },
        number("psnr", of: .deepcache, 0...Double.greatestFiniteMagnitude, "0 or more, in dB", example: "20") {
            $0.deepCache.threshold = $1
        },
        integer("search-steps", of: [.deepcache], 0...64, example: "3") { $0.deepCache.steps = $1 },
        integer("search-stride", of: [.deepcache], 1...16, example: "2") { $0.deepCache.skip = $1 },
        PolicyParameter(
            key: "motion-vectors", policies: [.deepcache], form: "auto, on or off", example: "auto",
            words: MotionHints.allCases.map(\.rawValue)
        ) { options, text in
            guard let hints = MotionHints(rawValue: text) else { return false }
            options.deepCache.hints = hints
            return true
        },
        number("histogram-distance", of: .deepmon, 0...1, "a number from 0 to 1", example: "0.05") {
            $0.deepMon.threshold = $1
        },
        integer("cached-layers", of: [.deepmon], 0...1_000_000, example: "20") { $0.deepMon.cachedLayers = $1 },
        number("change-threshold", of: .cbinfer, 0...Double.greatestFiniteMagnitude, "0 or more", example: "0.1") {
            $0.cbinfer.threshold = $1
        },
    ]

    private static func integer(
        _ key: String, of policies: [ReuseOptions.Policy], _ range: ClosedRange<Int>, example: String,
        _ assign: @escaping @Sendable (inout ReuseOptions, Int) -> Void
    ) -> PolicyParameter {
        PolicyParameter(
            key: key, policies: policies, form: "a whole number from \(range.lowerBound) to \(range.upperBound)", example: example
        ) { options, text in
            guard let value = Int(text), range.contains(value) else { return false }
            assign(&options, value)
            return true
        }
    }

    private static func number(
        _ key: String, of policy: ReuseOptions.Policy, _ range: ClosedRange<Double>, _ form: String, example: String,
        _ assign: @escaping @Sendable (inout ReuseOptions, Double) -> Void
    ) -> PolicyParameter {
        PolicyParameter(key: key, policies: [policy], form: form, example: example) { options, text in
            guard let value = Double(text), range.contains(value) else { return false }
            assign(&options, value)
            return true
        }
    }
}
