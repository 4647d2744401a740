import DeepVid
import Results
import SemanticMemory

/// A memory in words, and as JSON.
enum MemoryDescription {
    /// What `memory build` says when it is done.
    static func summary(_ report: MemoryBuild.Report) -> [String] {
        let memory = report.memory, kept = memory.heldOut
        var line = "of \(Formatting.count(kept.frames, "frame")) kept apart \(percent(kept.exits)) leave early, "
        line += "at \(percent(kept.depth)) of the work on average; \(percent(kept.agreement)) have the network's answer"
        if let network = kept.networkAccuracy, let accuracy = kept.accuracy {
            line += "; \(percent(accuracy)) the right one (network: \(percent(network)))"
        }
        return [
            "\(Formatting.count(report.frames, "frame")) of \(memory.classes.count) classes seen, "
                + "\(report.isLabelled ? "named by folders" : "named by the model"); \(Formatting.count(memory.exitLayers.count, "exit layer"))",
            line,
        ]
    }

    static func text(_ memory: ClassMemory) -> String {
        let kept = memory.heldOut
        let odds =
            memory.limits.hasClassExits
            ? "exits want odds of e^\(Formatting.fixed(memory.limits.logOdds, 2))"
            : "no limit on the classes' odds holds it: none exits by them"
        var lines = [
            "model     \(memory.modelName)", "sha256    \(memory.modelSHA256)",
            "target    agreement \(memory.targetAgreement); \(odds), "
                + "scenes \(Formatting.fixed(memory.limits.distanceScale, 3)) of their distance threshold; the paper's τ would be "
                + Formatting.fixed(memory.limits.tau, 4),
            "kept apart  \(Formatting.count(kept.frames, "frame")): \(percent(kept.exits)) exits, depth \(percent(kept.depth)), "
                + "agreement \(percent(kept.agreement)); were its class not known \(percent(kept.openSetErrors)) would leave wrongly",
            "", "layer  channels  depth  name",
        ]
        for (index, layer) in memory.exitLayers.enumerated() {
            lines.append(
                "\("\(index)".aligned(to: 5))  \("\(layer.channels)".aligned(to: 8))  "
                    + "\(percent(layer.macsFraction).aligned(to: 5))  \(layer.name)")
        }
        lines += ["", "frames  answered  class"]
        for (index, known) in memory.classes.enumerated() {
            lines.append(
                "\("\(memory.classCounts[index])".aligned(to: 6))  \("\(memory.hot.frequency[index])".aligned(to: 8))  "
                    + "\(known.label) (\(known.classID))")
        }
        return lines.joined(separator: "\n")
    }

    static func json(_ memory: ClassMemory) -> String {
        var json = JSONText()
        json.object { json in
            json.member("kind", "memory")
            json.member("model", memory.modelName)
            json.member("sha256", memory.modelSHA256)
            json.member("target_agreement", memory.targetAgreement, decimals: 6)
            json.member("log_odds", memory.limits.logOdds, decimals: 4)
            json.member("distance_scale", memory.limits.distanceScale, decimals: 4)
            json.member("tau", memory.limits.tau, decimals: 6)
            json.member("resident_bytes", memory.residentBytes)
            json.object("held_out") { json in
                let kept = memory.heldOut
                json.member("frames", kept.frames)
                json.member("exits", kept.exits, decimals: 4)
                json.member("mean_depth", kept.depth, decimals: 4)
                json.member("agreement", kept.agreement, decimals: 4)
                json.member("open_set_errors", kept.openSetErrors, decimals: 4)
                if let network = kept.networkAccuracy { json.member("network_accuracy", network, decimals: 4) }
                if let accuracy = kept.accuracy { json.member("accuracy", accuracy, decimals: 4) }
            }
            json.array("exit_layers") { json in
                for layer in memory.exitLayers {
                    json.object { json in
                        json.member("name", layer.name)
                        json.member("channels", layer.channels)
                        json.member("macs_fraction", layer.macsFraction, decimals: 4)
                    }
                }
            }
            json.array("classes") { json in
                for (index, known) in memory.classes.enumerated() {
                    json.object { json in
                        json.member("class_id", known.classID)
                        json.member("label", known.label)
                        json.member("frames", memory.classCounts[index])
                        json.member("answered", memory.hot.frequency[index])
                    }
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func percent(_ share: Double) -> String { "\(Formatting.fixed(100 * share, 1))%" }
}
