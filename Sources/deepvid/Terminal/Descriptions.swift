// What `inspect` and `memory` say, for people and as JSON.

import DeepVid
import Inference
import Results
import SemanticMemory
import Video

/// `deepvid inspect VIDEO`.
enum VideoDescription {
    static func text(_ info: StreamInfo, source: String) -> String {
        var rows = [("video", "\(source) (\(info.container))")]
        rows += info.streams.map { stream in
            ("stream \(stream.index)", "\(stream.kind), \(stream.codec)\(stream.index == info.stream ? "  ← the one that is decoded" : "")")
        }
        rows.append(("size", "\(info.width)×\(info.height)" + (info.rotation == 0 ? "" : ", coded \(info.codedWidth)×\(info.codedHeight)")))
        if info.rotation != 0 { rows.append(("rotation", "\(info.rotation)° clockwise")) }
        if let rate = info.averageFrameRate, let fps = rate.value {
            rows.append(("frame rate", "\(Formatting.fixed(fps, 3)) fps (\(rate))"))
        }
        if let seconds = info.duration { rows.append(("duration", "\(Formatting.duration(seconds)) (\(Formatting.fixed(seconds, 3)) s)")) }
        if let frames = info.frameCount { rows.append(("frames", "\(frames)")) }
        if let rate = info.bitRate { rows.append(("bit rate", "\(Formatting.fixed(Double(rate) / 1000, 0)) kbit/s")) }
        rows.append(("pixels", "\(info.pixelFormat)\(info.isInterlaced ? ", interlaced" : "")\(info.hasBFrames ? ", B frames" : "")"))
        rows.append(
            (
                "color",
                "\(info.colorMatrix.rawValue) matrix, \(info.colorRange.rawValue) range (flags: space \(info.colorSpace), "
                    + "primaries \(info.colorPrimaries), transfer \(info.colorTransfer))"
            ))
        rows.append(("time base", "\(info.timeBase)"))
        return Formatting.list(rows).joined(separator: "\n")
    }

    static func json(_ info: StreamInfo, source: String) -> String {
        let object: JSONObject = [
            "kind": "video", "source": source, "container": info.container, "stream": info.stream, "codec": info.codec,
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
    static func text(_ report: ModelReport, layers: Bool) -> String {
        var rows = [
            ("model", "\(report.name), ONNX opset \(report.opset), \(Formatting.fixed(Double(report.byteCount) / 1e6, 2)) MB"),
            ("sha256", report.sha256),
        ]
        if !report.producer.isEmpty { rows.append(("made by", report.producer)) }
        rows += report.inputs.map { ("input", port($0)) }
        rows += report.outputs.map { ("output", port($0)) }
        rows.append(("parameters", Formatting.magnitude(report.parameters)))
        if let size = report.inputSize {
            rows.append(("compute", "\(Formatting.magnitude(report.macs))MAC a frame at \(size.width)×\(size.height)"))
        }
        rows.append(("operators", report.operators.map { "\($0.kind) \($0.count)" }.joined(separator: ", ")))
        rows.append(("unsupported", "none"))
        if let card = report.card { rows.append(("card", card.origin)) }
        var lines = Formatting.list(rows)
        if let card = report.card { lines += ["", card.json] }
        if let problem = report.problem { lines += ["", "This model cannot be run as it is: \(problem)"] }
        if layers { lines += [""] + table(report.layers) }
        return lines.joined(separator: "\n")
    }

    private static func port(_ port: ModelReport.Port) -> String {
        "\(port.name)  \(port.elementType)  \(port.dims.joined(separator: "×"))"
    }

    private static func table(_ layers: [LayerSummary]) -> [String] {
        if layers.isEmpty { return ["The layers depend on the input size: give --input-size WxH."] }
        let rows = layers.enumerated().map { index, layer in
            [
                "\(index)", layer.kind, layer.outputShape.map { "\($0)" } ?? "by data",
                layer.macs > 0 ? Formatting.magnitude(layer.macs) : "", layer.name,
            ]
        }
        let titles = ["#", "operator", "output", "MAC", "name"]
        let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        return ([titles] + rows).map { row in
            "\(row[0].aligned(to: widths[0]))  \(row[1].padded(to: widths[1]))  \(row[2].padded(to: widths[2]))  "
                + "\(row[3].aligned(to: widths[3]))  \(row[4])"
        }
    }

    static func json(_ report: ModelReport, layers: Bool) -> String {
        let object: JSONObject = [
            "kind": "model", "name": report.name, "sha256": report.sha256, "bytes": report.byteCount, "opset": report.opset,
            "producer": report.producer.isEmpty ? nil : report.producer, "inputs": report.inputs.map(object),
            "outputs": report.outputs.map(object), "parameters": report.parameters, "input_width": report.inputSize?.width,
            "input_height": report.inputSize?.height, "macs": report.inputSize == nil ? nil : report.macs,
            "operators": report.operators.map { ["kind": $0.kind, "count": $0.count] as JSONObject }, "card": report.card?.origin,
            "problem": report.problem, "layers": layers ? report.layers.map(object) : nil,
        ]
        return jsonText(of: object)
    }

    private static func object(_ port: ModelReport.Port) -> JSONObject {
        ["name": port.name, "type": port.elementType, "shape": port.dims.map(Extent.init)]
    }

    private static func object(_ layer: LayerSummary) -> JSONObject {
        ["name": layer.name, "kind": layer.kind, "shape": layer.outputShape?.dims, "macs": layer.macs]
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
        let kept = memory.heldOut
        let object: JSONObject = [
            "kind": "memory", "model": memory.modelName, "sha256": memory.modelSHA256, "target_agreement": memory.targetAgreement,
            "log_odds": memory.limits.logOdds, "distance_scale": memory.limits.distanceScale,
            "tau": memory.limits.tau,
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

    private static func percent(_ share: Double) -> String { "\(Formatting.fixed(100 * share, 1))%" }
}
