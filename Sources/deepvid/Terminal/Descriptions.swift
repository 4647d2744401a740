// What `inspect` and `memory` say, for people and as JSON.

import Clocks
import DeepVid
import Inference
import ONNXImport
import Reports
import Results
import SemanticMemory
import Video

/// `deepvid inspect VIDEO`.
enum VideoDescription {
    /// - Parameter start: the time of day that its name tells; nil where it tells none.
    static func text(_ info: StreamInfo, source: String, start: StartTime?) -> String {
        let streams = info.streams.map { stream -> Formatting.Row in
            ("stream \(stream.index)", "\(stream.kind), \(stream.codec)\(stream.index == info.stream ? "  ← the one that is decoded" : "")")
        }
        let isTurned = info.rotation != 0
        let rows: [Formatting.Row] = [
            ("size", "\(info.width)×\(info.height)" + (isTurned ? ", coded \(info.codedWidth)×\(info.codedHeight)" : "")),
            ("rotation", isTurned ? "\(info.rotation)° clockwise" : nil),
            ("frame rate", info.averageFrameRate.flatMap { rate in rate.value.map { "\(Format.decimal($0, 3)) fps (\(rate))" } }),
            ("began", start.map(began)), ("duration", info.duration.map { "\(Format.time($0)) (\(Format.decimal($0, 3)) s)" }),
            ("frames", info.frameCount.map { "\($0)" }),
            ("bit rate", info.bitRate.map { "\(Format.decimal(Double($0) / 1000, 0)) kbit/s" }),
            ("pixels", "\(info.pixelFormat)\(info.isInterlaced ? ", interlaced" : "")\(info.hasBFrames ? ", B frames" : "")"),
            (
                "color",
                "\(info.colorMatrix.rawValue) matrix, \(info.colorRange.rawValue) range (flags: space \(info.colorSpace), "
                    + "primaries \(info.colorPrimaries), transfer \(info.colorTransfer))"
            ), ("time base", "\(info.timeBase)"),
        ]
        return Formatting.list([("video", "\(source) (\(info.container))")] + streams + rows).joined(separator: "\n")
    }

    /// `2026-11-28 22:00:07, on the clock of Europe/Berlin, by its name`
    private static func began(_ start: StartTime) -> String {
        let zone = Zone.local
        return "\(zone.timeOfDay(start.seconds, hasDate: true)), on the clock of \(zone.name), by its name"
    }

    static func json(_ info: StreamInfo, source: String, start: StartTime?) -> String {
        let object: JSONObject = [
            "kind": "video", "source": source, "start_time": start.map { UTCTime.text($0.seconds) }, "container": info.container,
            "stream": info.stream, "codec": info.codec,
            "width": info.width, "height": info.height, "coded_width": info.codedWidth, "coded_height": info.codedHeight,
            "rotation_deg": info.rotation, "fps": info.averageFrameRate?.value, "time_base": "\(info.timeBase)",
            "duration_s": info.duration, "frames": info.frameCount,
            "start_s": info.startSeconds, "bit_rate": info.bitRate, "pixel_format": info.pixelFormat,
            "color_matrix": info.colorMatrix.rawValue, "color_range": info.colorRange.rawValue, "color_space": info.colorSpace,
            "color_primaries": info.colorPrimaries, "color_transfer": info.colorTransfer, "interlaced": info.isInterlaced,
            "b_frames": info.hasBFrames, "live": info.isLive,
            "streams": info.streams.map { ["index": $0.index, "kind": $0.kind, "codec": $0.codec] as JSONObject },
        ]
        return jsonText(of: object)
    }
}

/// `deepvid inspect MODEL`.
enum ModelDescription {
    /// - Parameter times: milliseconds of each layer; nil where they were not measured.
    static func text(_ report: ModelReport, layers: Bool, _ times: [Double]?) -> String {
        let ports = [("input", report.inputs), ("output", report.outputs)].flatMap { name, ports in
            ports.map { port -> Formatting.Row in (name, "\(port.name)  \(port.elementType)  \(port.dims.joined(separator: "×"))") }
        }
        let head: [Formatting.Row] = [
            ("model", "\(report.name), ONNX opset \(report.opset), \(Format.decimal(Double(report.byteCount) / 1e6, 2)) MB"),
            ("sha256", report.sha256), ("made by", report.producer.isEmpty ? nil : report.producer),
        ]
        let rest: [Formatting.Row] = [
            ("parameters", Formatting.magnitude(report.parameters)),
            ("compute", report.inputSize.map { "\(Formatting.magnitude(report.macs))MAC a frame at \($0.width)×\($0.height)" }),
            (
                "capacities",
                report.capacities.isEmpty
                    ? nil : report.capacities.map { "\($0.name) (accuracy \(Format.decimal($0.accuracy, 3)))" }.joined(separator: ", ")
            ),
            ("operators", report.operators.map { "\($0.kind) \($0.count)" }.joined(separator: ", ")),
            ("unsupported", report.missing.isEmpty ? "none" : report.missing.map(Self.text).joined(separator: ", ")),
            ("card", report.card?.origin),
        ]
        var lines = Formatting.list(head + ports + rest)
        if let card = report.card { lines += ["", card.json] }
        if let problem = report.problem { lines += ["", "This model cannot be run as it is: \(OptionNames.asFlags(problem))"] }
        if layers { lines += [""] + table(report.layers, times) }
        return lines.joined(separator: "\n")
    }

    private static func text(_ missing: ModelOutline.MissingOperator) -> String {
        "\(missing.kind) \(missing.count) (\(missing.domain), opset \(missing.opset))"
    }

    private static func table(_ layers: [LayerSummary], _ times: [Double]?) -> [String] {
        if layers.isEmpty { return ["The layers depend on the input size: give --input-size WxH."] }
        let all = layers.reduce(0) { $0 + $1.macs }
        func row(_ number: String, _ kind: String, _ shape: String, _ macs: Int, _ time: Double?, _ name: String) -> [String] {
            let share = macs > 0 ? Format.percent(Double(macs) / Double(all), 1) : ""
            return [number, kind, shape, macs > 0 ? Formatting.magnitude(macs) : "", share]
                + (times == nil ? [] : [time.map { Format.decimal($0, 3) } ?? ""]) + [name]
        }
        let rows = layers.enumerated().map { index, layer in
            row("\(index)", layer.kind, layer.outputShape.map { "\($0)" } ?? "by data", layer.macs, times?[index], layer.name)
        }
        let titles = ["#", "operator", "output", "MAC", "share"] + (times == nil ? [] : ["ms"]) + ["name"]
        return Formatting.table(
            titles, left: [1, 2, titles.count - 1], rows + [row("", "all", "", all, times.map { $0.reduce(0, +) }, "")])
    }

    static func json(_ report: ModelReport, layers: Bool, _ times: [Double]?) -> String {
        let object: JSONObject = [
            "kind": "model", "name": report.name, "sha256": report.sha256, "bytes": report.byteCount, "opset": report.opset,
            "producer": report.producer.isEmpty ? nil : report.producer, "inputs": report.inputs.map(object),
            "outputs": report.outputs.map(object), "parameters": report.parameters, "input_width": report.inputSize?.width,
            "input_height": report.inputSize?.height, "macs": report.inputSize == nil ? nil : report.macs,
            "capacities": report.capacities.isEmpty
                ? nil : report.capacities.map { ["name": $0.name, "accuracy": $0.accuracy] as JSONObject },
            "operators": report.operators.map { ["kind": $0.kind, "count": $0.count] as JSONObject },
            "unsupported": report.missing.map {
                ["kind": $0.kind, "domain": $0.domain, "opset": $0.opset, "count": $0.count] as JSONObject
            },
            "card": report.card?.origin,
            "problem": report.problem.map(OptionNames.asFlags),
            "layers": layers ? report.layers.enumerated().map { Self.object($1, times?[$0]) } : nil,
        ]
        return jsonText(of: object)
    }

    private static func object(_ port: ModelReport.Port) -> JSONObject {
        ["name": port.name, "type": port.elementType, "shape": port.dims.map(Extent.init)]
    }

    private static func object(_ layer: LayerSummary, _ time: Double?) -> JSONObject {
        ["name": layer.name, "kind": layer.kind, "shape": layer.outputShape?.dims, "macs": layer.macs, "ms": time]
    }

    /// A number, or the name where the model leaves it open.
    private struct Extent: Encodable {
        let text: String

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let extent = Int(text) { try container.encode(extent) } else { try container.encode(text) }
        }
    }
}

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
        ] + (memory.limits.hasPaperExits ? [] : [papersRule(memory)])
    }

    /// What makes the limits of a memory worth little.
    static func warning(_ memory: ClassMemory) -> String? {
        if memory.heldOut.frames == 0 { return "no frame was kept apart: the limits of exits are untested; show more frames" }
        guard memory.heldOut.exits == 0 else { return nil }
        return "no frame kept apart left early: the limits of exits are untested; show more frames, or ask for a lower --target-agreement"
    }

    private static func papersRule(_ memory: ClassMemory) -> String {
        memory.limits.hasPaperExits
            ? "the paper's rule: τ \(Format.decimal(memory.limits.tau, 4))"
            : "the paper's rule: no τ reaches \(memory.targetAgreement); it would never leave"
    }

    static func text(_ memory: ClassMemory) -> String {
        let kept = memory.heldOut
        let odds =
            memory.limits.hasClassExits
            ? "exits want odds of e^\(Format.decimal(memory.limits.logOdds, 2))"
            : "no limit on the classes' odds holds it: none exits by them"
        let head = [
            "model     \(memory.modelName)", "sha256    \(memory.modelSHA256)",
            "target    agreement \(memory.targetAgreement); \(odds), "
                + "wrong exits in \(Format.decimal(memory.limits.risk, 4)) of new scenes at most, "
                + "scenes \(Format.decimal(memory.limits.distanceScale, 3)) of their distance threshold",
            "         \(papersRule(memory))",
            "kept apart  \(Formatting.count(kept.frames, "frame")): \(percent(kept.exits)) exits, depth \(percent(kept.depth)), "
                + "agreement \(percent(kept.agreement)); were its class not known \(percent(kept.openSetErrors)) would leave wrongly",
        ]
        let layers = memory.exitLayers.enumerated().map { ["\($0)", "\($1.channels)", percent($1.macsFraction), $1.name] }
        let classes = memory.classes.enumerated().map { index, known in
            ["\(memory.classCounts[index])", "\(memory.hot.frequency[index])", "\(known.label) (\(known.classID))"]
        }
        let tables = [
            Formatting.table(["layer", "channels", "depth", "name"], left: [3], layers),
            Formatting.table(["frames", "answered", "class"], left: [2], classes),
        ]
        return ([head] + tables).map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    static func json(_ memory: ClassMemory) -> String {
        let kept = memory.heldOut
        let object: JSONObject = [
            "kind": "memory", "model": memory.modelName, "sha256": memory.modelSHA256, "target_agreement": memory.targetAgreement,
            "log_odds": memory.limits.logOdds, "distance_scale": memory.limits.distanceScale,
            "risk": memory.limits.risk, "tau": memory.limits.hasPaperExits ? memory.limits.tau : nil,
            "resident_bytes": memory.residentBytes,
            "held_out": [
                "frames": kept.frames, "exits": kept.exits, "mean_depth": kept.depth,
                "agreement": kept.agreement, "open_set_errors": kept.openSetErrors,
                "network_accuracy": kept.networkAccuracy, "accuracy": kept.accuracy,
            ] as JSONObject,
            "exit_layers": memory.exitLayers.map { layer -> JSONObject in
                ["name": layer.name, "channels": layer.channels, "macs_fraction": layer.macsFraction]
            },
            "classes": memory.classes.enumerated().map { index, known -> JSONObject in
                [
                    "class_id": known.classID, "label": known.label, "frames": memory.classCounts[index],
                    "answered": memory.hot.frequency[index],
                ]
            },
        ]
        return jsonText(of: object)
    }

    private static func percent(_ share: Double) -> String { "\(Format.decimal(100 * share, 1))%" }
}
