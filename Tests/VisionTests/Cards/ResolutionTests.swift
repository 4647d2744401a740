import Foundation
import Testing
@testable import Vision

@Suite struct ResolutionTests {
    private let inputs = [TensorSignature("inputs", [1, 3, 416, 416])]
    private let outputs = [TensorSignature("outputs", [1, 3549, 85])]

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-cards-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func aCardBesideTheModelComesFirst() throws {
        try inFolder { folder in
            let model = "\(folder)/m.onnx"
            #expect(try ResolvedCard(modelPath: model, inputs: inputs, outputs: outputs).labels[0] == "person")
            var card = ModelCard.template(for: .yolox)
            card.labels = .file("names.txt")
            try card.json().write(toFile: "\(folder)/m.json", atomically: true, encoding: .utf8)
            try "one\ntwo\r\n\n".write(toFile: "\(folder)/names.txt", atomically: true, encoding: .utf8)
            let resolved = try ResolvedCard(modelPath: model, inputs: inputs, outputs: outputs)
            #expect(resolved.origin == "\(folder)/m.json")
            #expect(resolved.labels.names == ["one", "two"])
            try "uno".write(toFile: "\(folder)/other.txt", atomically: true, encoding: .utf8)
            #expect(
                try ResolvedCard(modelPath: model, labelsPath: "\(folder)/other.txt", inputs: inputs, outputs: outputs).labels.names == [
                    "uno"
                ])
        }
    }

    @Test func whatCannotBeReadIsNamed() throws {
        try inFolder { folder in
            let card = #expect(throws: VisionError.self) {
                try ResolvedCard(modelPath: "m.onnx", cardPath: "\(folder)/no.json", inputs: inputs, outputs: outputs)
            }
            #expect(card?.message.contains("no.json") == true)
            let labels = #expect(throws: VisionError.self) { try Labels(file: "\(folder)/no.txt") }
            #expect(labels?.code == .invalidLabels && labels?.message.contains("no.txt") == true)
            try "\n\n".write(toFile: "\(folder)/empty.txt", atomically: true, encoding: .utf8)
            #expect(throws: VisionError.self) { try Labels(file: "\(folder)/empty.txt") }
        }
    }

    @Test func thereAreEightyCOCOClasses() {
        #expect(Labels.coco80.count == 80)
        #expect(Labels.coco80[0] == "person" && Labels.coco80[79] == "toothbrush" && Labels.coco80[57] == "couch")
    }
}
