import Foundation
import Testing
@testable import Vision

@Suite struct CardTests {
    private let input = #""input": {"color": "rgb", "mean": 0, "std": 255, "resize": "letterbox"}"#

    private func read(_ json: String) throws -> ModelCard { try ModelCard(json: Data(json.utf8), name: "m.json") }

    @Test func everythingThatACardCanSay() throws {
        let card = try read(
            """
            {"head": "nanodet", "input": {"width": 416, "height": 352, "color": "bgr", "mean": [1, 2, 3], "std": [4, 5, 6.5],
              "resize": "center_crop", "crop_resize": 480, "pad": [7, 8, 9]},
             "labels": ["a", "b"], "score": 0.4, "nms_iou": 0.6, "max_detections": 50, "num_classes": 2, "strides": [8, 16],
             "reg_max": 16, "cell_offset": 0, "activation": "sigmoid"}
            """)
        #expect(card.head == .nanodet)
        #expect((card.input.width, card.input.height) == (416, 352))
        #expect(card.input.color == .bgr)
        #expect(card.input.std == [4, 5, 6.5])
        #expect(card.input.pad == [7, 8, 9])
        #expect(card.input.resize == .centerCrop)
        #expect(card.input.cropResize == 480)
        #expect(card.labels == .names(["a", "b"]))
        #expect(card.regMax == 16)
        #expect(card.cellOffset == 0)
        #expect(card.strides == [8, 16])
        #expect(card.activation == .sigmoid)
        #expect(card.score == 0.4)
        #expect(card.nmsIoU == 0.6)
        #expect(card.maxDetections == 50)
        #expect(card.numClasses == 2)
    }

    @Test func precisionAndLevelsAreReadAndWritten() throws {
        let card = try read(
            """
            {"head": "yolov8", \(input), "precision": "int8",
             "levels": {"x": {"scale": 0.1, "zero": 3}, "y#2": {"scale": 2, "zero": 255}}}
            """)
        #expect(card.precision == .int8)
        #expect(card.levels == ["x": CardLevel(scale: 0.1, zero: 3), "y#2": CardLevel(scale: 2, zero: 255)])
        #expect(try read(card.json()) == card)
    }

    @Test func theTargetOfReuseIsReadAndWritten() throws {
        let card = try read(#"{"head": "classification", \#(input), "target_agreement": 0.97}"#)
        #expect(card.targetAgreement == 0.97)
        #expect(try read(card.json()) == card)
    }

    @Test func oneNumberStandsForAllChannels() throws {
        let card = try read(#"{"head": "yolov8", \#(input)}"#)
        #expect(card.input.mean == [0, 0, 0])
        #expect(card.input.std == [255, 255, 255])
        #expect(card.input.pad == [114, 114, 114])
    }

    @Test(arguments: [
        (#"{"head": "yolov8"}"#, ["'input' is missing", "color"]),
        (#"{"head": "yolo8", INPUT}"#, ["'head'", "yolov8"]),
        (#"{"head": "yolov8", INPUT, "scor": 0.3}"#, ["unknown key 'scor'", "did you mean 'score'"]),
        (#"{"head": "yolov8", INPUT, "nms-iou": 0.3}"#, ["did you mean 'nms_iou'"]),
        (#"{"head": "yolov8", INPUT, "qqqqqqqqqqqq": 0.3}"#, ["unknown key 'qqqqqqqqqqqq'", "known are"]),
        (#"{"head": "yolov8", INPUT, "score": "high"}"#, ["'score'", "from 0 to 1"]),
        (#"{"head": "yolov8", INPUT, "score": 40}"#, ["'score'", "from 0 to 1"]),
        (
            #"{"head": "yolov8", "input": {"pixels": 90000, "width": 9, "color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}"#,
            ["'input.pixels'", "neither width nor height"]
        ),
        (
            #"{"head": "yolov8", "input": {"pixels": 1000, "color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}"#,
            ["'input.pixels'", "from 1024 on"]
        ),
        (
            #"{"head": "yolov8", "input": {"pixels": 90000, "color": "rgb", "mean": 0, "std": 255, "resize": "stretch"}}"#,
            ["'input.pixels'", "with a letterbox"]
        ),
        (#"{"head": "yolov8", INPUT, "anchors": [[1, 2]]}"#, ["'anchors' means nothing to head 'yolov8'"]),
        (#"{"head": "yolov5", INPUT, "anchors": [[1, 2, 3]]}"#, ["'anchors'", "pairs"]),
        (#"{"head": "yolov8", INPUT, "score_shifts": {"a": 21}}"#, ["'score_shifts'", "from -20 to 20"]),
        (#"{"head": "classification", INPUT, "score_shifts": {"a": 1}}"#, ["'score_shifts' means nothing to head 'classification'"]),
        (#"{"head": "yolov8", INPUT, "precision": "int4"}"#, ["'precision'", "int8"]),
        (#"{"head": "yolov8", INPUT, "precision": "int8", "levels": {"x": {"scale": 0, "zero": 3}}}"#, ["'levels'", "tune"]),
        (#"{"head": "yolov8", INPUT, "precision": "bf16", "levels": {"x": {"scale": 1, "zero": 3}}}"#, ["'levels'", "int8"]),
        (#"{"head": "yolov8", INPUT, "target_agreement": 0.4}"#, ["'target_agreement'", "from 0.5 to 1"]),
        (#"{"head": "yolox", INPUT, "strides": []}"#, ["'strides'", "[8, 16, 32]"]),
        (#"{"head": "yolov8", "input": {"color": "rgb", "mean": 0, "std": 255}}"#, ["'input.resize' is missing", "letterbox"]),
        (
            #"{"head": "yolov8", "input": {"color": "rgb", "mean": [1, 2], "std": 255, "resize": "stretch"}}"#,
            ["'input.mean'", "each channel"]
        ),
        (#"{"head": "yolov8", "input": {"color": "rgb", "mean": 0, "std": 0, "resize": "stretch"}}"#, ["'input.std'", "above 0"]),
        (#"{"head": "yolov8", "input": {"color": "rgb", "mean": 0, "std": 1, "resize": "stretch", "pad": 300}}"#, ["'input.pad'", "255"]),
        (
            #"{"head": "yolov8", "input": {"colour": "rgb", "mean": 0, "std": 1, "resize": "stretch"}}"#,
            ["'input.colour'", "did you mean 'color'"]
        ),
        (#"{"head": "yolov8", "input": {"color": "rgb", "mean": 0, "std": 1, "resize": "stretch", "crop_resize": 9}}"#, ["crop_resize"]),
        (#"{"head": "yolov8", "input": 3}"#, ["'input'", "object"]),
        (#"[1, 2]"#, ["object"]),
        (#"{"head": "yolov8", "#, ["not JSON"]),
    ])
    func errorsNameTheKeyAndTheCure(_ json: String, _ words: [String]) {
        let error = #expect(throws: VisionError.self) { try read(json.replacingOccurrences(of: "INPUT", with: input)) }
        #expect(error?.code == .invalidCard)
        for word in words + ["m.json"] { #expect(error?.message.contains(word) == true, "\(error?.message ?? "") lacks \(word)") }
    }

    @Test(arguments: HeadKind.allCases)
    func templatesAreCardsThatWork(_ head: HeadKind) throws {
        let template = ModelCard.template(for: head, width: 64, height: 64)
        #expect(try read(template.json()) == template)
        _ = try template.makeHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64)
    }

    @Test func whatContradictsItselfIsRefused() throws {
        for json in [
            #"{"head": "yolov5", \#(input), "decoded": false}"#,
            #"{"head": "yolov5", \#(input), "decoded": false, "anchors": [[1, 2]]}"#,
            #"{"head": "ssd", \#(input), "decoded": false}"#,
            #"{"head": "yolox", \#(input), "activation": "softmax"}"#,
        ] {
            let card = try read(json)
            let error = #expect(throws: VisionError.self) { try card.makeHead(labels: Labels(names: []), modelWidth: 64, modelHeight: 64) }
            #expect(error?.code == .invalidCard)
        }
    }

    @Test func editDistanceCountsChanges() {
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("kitten", "sitting") == 3)
        #expect(editDistance("same", "same") == 0)
        #expect(editDistance("recieve", "receive") == 1)
    }

    @Test func theNameThatWasMeant() {
        let names = ["person", "bicycle", "car"]
        #expect(closest(to: "Person", among: names) == "person")
        #expect(closest(to: "bycicle", among: names) == "bicycle")
        #expect(closest(to: "elephant", among: names) == nil)
        #expect(closest(to: "car", among: []) == nil)
    }

    @Test func everyHeadIsRegisteredOnce() {
        let names = HeadKind.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        for head in HeadKind.allCases {
            #expect(HeadKind(rawValue: head.rawValue) == head)
            #expect(!head.summary.isEmpty)
            #expect(
                KnownHead.all.contains { $0.card.head == head }, "\(head.rawValue) has no outputs to be tried on: add them to KnownHead")
        }
        #expect(HeadKind(rawValue: "yolo") == nil)
    }
}
