import Inference
import DeepVid
import Results

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
        let width = rows.map(\.0.count).max() ?? 0
        var lines = rows.map { "\($0.0.padded(to: width))  \($0.1)" }
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
        var json = JSONText()
        json.object { json in
            json.member("kind", "model")
            json.member("name", report.name)
            json.member("sha256", report.sha256)
            json.member("bytes", report.byteCount)
            json.member("opset", report.opset)
            if !report.producer.isEmpty { json.member("producer", report.producer) }
            json.array("inputs") { json in report.inputs.forEach { write($0, to: &json) } }
            json.array("outputs") { json in report.outputs.forEach { write($0, to: &json) } }
            json.member("parameters", report.parameters)
            if let size = report.inputSize {
                json.member("input_width", size.width)
                json.member("input_height", size.height)
                json.member("macs", report.macs)
            }
            json.array("operators") { json in
                for entry in report.operators {
                    json.object { json in
                        json.member("kind", entry.kind)
                        json.member("count", entry.count)
                    }
                }
            }
            if let card = report.card { json.member("card", card.origin) }
            if let problem = report.problem { json.member("problem", problem) }
            if layers { json.array("layers") { json in report.layers.forEach { write($0, to: &json) } } }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func write(_ port: ModelReport.Port, to json: inout JSONText) {
        json.object { json in
            json.member("name", port.name)
            json.member("type", port.elementType)
            json.array("shape") { json in
                for dim in port.dims { if let extent = Int(dim) { json.number(extent) } else { json.string(dim) } }
            }
        }
    }

    private static func write(_ layer: LayerSummary, to json: inout JSONText) {
        json.object { json in
            json.member("name", layer.name)
            json.member("kind", layer.kind)
            if let shape = layer.outputShape { json.array("shape") { json in shape.dims.forEach { json.number($0) } } }
            json.member("macs", layer.macs)
        }
    }
}
