import DeepCache
import DeepVid

extension ReuseOptions {
    /// Reads `POLICY` or `POLICY:KEY=VALUE,…`, such as `deepcache:block=10,psnr=20`.
    ///
    /// - Throws: `CLIError` that says which policies, keys or values there are.
    init(policyArgument argument: String) throws {
        self.init()
        let (name, settings) = argument.split(at: ":")
        if name.contains(",") {
            throw CLIError.unusable("'\(argument)' is more than one policy: give --cache once for each, to 'compare', which takes several")
        }
        guard let policy = Policy(rawValue: name) else {
            throw unknown("there is no policy '\(name)'", name, "the policies are", Policy.allCases.map(\.rawValue))
        }
        self.policy = policy
        guard let settings else { return }
        let known = PolicyParameter.all.filter { $0.policies.contains(policy) }
        var given: Set<String> = []
        for (key, value) in settings.split(separator: ",", omittingEmptySubsequences: false).map({ String($0).split(at: "=") }) {
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

extension String {
    /// What is before the first `separator`, and after it; nil without one.
    func split(at separator: Character) -> (String, String?) {
        let parts = split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : nil)
    }
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
        number("block", of: .adaptive, .deepcache, .deepmon, in: 2...64, example: "8") {
            ($0.block, $0.deepCache.block, $0.deepMon.block) = ($1, $1, $1)
        },
        PolicyParameter(key: "propagate", policies: [.adaptive], form: "on or off", example: "on", words: ["on", "off"]) { options, text in
            // Records have it as a truth value.
            guard let isOn = ["on": true, "off": false, "true": true, "false": false][text] else { return false }
            options.mayPropagate = isOn
            return true
        },
        number("audit-seed", of: .adaptive, in: 0...1_000_000_000, example: "0") { $0.auditSeed = UInt64($1) },
        number("refresh", of: .deepcache, .deepmon, .motion, in: 1...100_000, example: "10") {
            ($0.deepCache.refresh, $0.deepMon.refresh, $0.motion.refresh) = ($1, $1, $1)
        },
        number("threshold", of: .motion, in: 1...255, example: "30") { $0.motion.threshold = $1 },
        number("area", of: .motion, in: 1...100_000, example: "10") { $0.motion.area = $1 },
        number("psnr", of: .deepcache, in: 0...Double.greatestFiniteMagnitude, "0 or more, in dB", example: "20") {
            $0.deepCache.threshold = $1
        },
        number("search-steps", of: .deepcache, in: 0...64, example: "3") { $0.deepCache.steps = $1 },
        number("search-stride", of: .deepcache, in: 1...16, example: "2") { $0.deepCache.skip = $1 },
        PolicyParameter(
            key: "motion-vectors", policies: [.deepcache], form: "auto, on or off", example: "auto",
            words: MotionHints.allCases.map(\.rawValue)
        ) { options, text in
            guard let hints = MotionHints(rawValue: text) else { return false }
            options.deepCache.hints = hints
            return true
        },
        number("histogram-distance", of: .deepmon, in: 0.0...1, "a number from 0 to 1", example: "0.05") {
            $0.deepMon.threshold = $1
        },
        number("cached-layers", of: .deepmon, in: 0...1_000_000, example: "20") { $0.deepMon.cachedLayers = $1 },
        number("change-threshold", of: .cbinfer, in: 0...Double.greatestFiniteMagnitude, "0 or more", example: "0.1") {
            $0.cbinfer.threshold = $1
        },
    ]

    /// - Parameter form: nil for whole numbers.
    private static func number<Value: LosslessStringConvertible & Comparable & Sendable>(
        _ key: String, of policies: ReuseOptions.Policy..., in range: ClosedRange<Value>, _ form: String? = nil, example: String,
        _ assign: @escaping @Sendable (inout ReuseOptions, Value) -> Void
    ) -> PolicyParameter {
        PolicyParameter(
            key: key, policies: policies, form: form ?? "a whole number from \(range.lowerBound) to \(range.upperBound)", example: example
        ) { options, text in
            guard let value = Value(text), range.contains(value) else { return false }
            assign(&options, value)
            return true
        }
    }
}
