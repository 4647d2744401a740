import Testing
@testable import Vision

@Suite struct KnownModelTests {
    typealias Signature = TensorSignature

    private static func pairs(_ cells: [Int], _ columns: [Int]) -> [Signature] {
        columns.flatMap { (c: Int) -> [Signature] in cells.map { (n: Int) -> Signature in Signature("o\(n)_\(c)", [1, n, c]) } }
    }

    private static let yuNet: [Signature] = [("8", 1600), ("16", 400), ("32", 100)].flatMap { (stride: String, cells: Int) -> [Signature] in
        [
            Signature("cls_" + stride, [1, cells, 1]), Signature("obj_" + stride, [1, cells, 1]),
            Signature("bbox_" + stride, [1, cells, 4]), Signature("kps_" + stride, [1, cells, 10]),
        ]
    }

    /// The published models, as their files describe themselves.
    private static let published: [(Signature, [Signature], HeadKind, InputCard.Color)] = [
        (Signature("inputs", [1, 3, 416, 416]), [Signature("outputs", [1, 3549, 85])], .yolox, .rgb),
        (Signature("image", [1, 3, 320, 320]), pairs([1600, 400, 100, 25], [80, 32]), .picodet, .rgb),
        (Signature("input.1", [1, 3, 416, 416]), pairs([2704, 676, 169], [80, 32]), .nanodet, .bgr),
        (Signature("input.1", [1, 3, 352, 352]), [Signature("758", [1, 85, 22, 22])], .fastestdet, .bgr),
        (Signature("input", [1, 3, 240, 320]), [Signature("scores", [1, 4420, 2]), Signature("boxes", [1, 4420, 4])], .ssd, .rgb),
        (Signature("input", [1, 3, 320, 320]), yuNet, .yunet, .bgr),
        (Signature("data_0", [1, 3, 224, 224]), [Signature("softmaxout_1", [1, 1000, 1, 1])], .classification, .bgr),
        (Signature("input", [nil, 3, 224, 224]), [Signature("prob", [nil, 1001])], .classification, .rgb),
        (Signature("input", [nil, 3, 32, 32]), [Signature("logits", [nil, 10])], .classification, .rgb),
        (Signature("input", [nil, 3, 32, 32]), [Signature("prob", [nil, 10])], .classification, .rgb),
        (Signature("input", [nil, 3, 96, 96]), [Signature("prob", [nil, 2])], .classification, .rgb),
        (Signature("modelInput", [nil, 3, 32, 32]), [Signature("modelOutput", [nil, 10])], .classification, .rgb),
        (Signature("Input3", [1, 1, 28, 28]), [Signature("Plus214_Output_0", [1, 10])], .classification, .gray),
        (Signature("images", [1, 3, 640, 640]), [Signature("output0", [1, 84, 8400])], .yolov8, .rgb),
        (Signature("images", [1, 3, 640, 640]), [Signature("output0", [1, 300, 6])], .endToEnd, .rgb),
        (Signature("images", [1, 3, 640, 640]), [Signature("output0", [1, 25200, 85])], .yolov5, .rgb),
        (Signature("images", [1, 3, 416, 416]), [Signature("output", [1, 3549, 85])], .yolox, .bgr),
        (Signature("images", [1, 3, 416, 416]), [Signature("output", [1, 3549, 6])], .yolox, .bgr),
        (Signature("images", [1, 3, 640, 640]), [Signature("output0", [1, 84, 34000])], .yolov8, .rgb),
        (Signature("image", [1, 3, 800, 608]), pairs([7600, 1900, 475, 130], [10, 32]), .picodet, .rgb),
        (Signature("pixel_values", [1, 3, 640, 640]), queries("logits", 80, "pred_boxes"), .detr, .rgb),
        (Signature("pixel_values", [1, 3, 800, 800]), queries("logits", 92, "pred_boxes"), .detr, .rgb),
        (Signature("input", [1, 3, 560, 560]), queries("labels", 91, "dets"), .detr, .rgb),
        (Signature("x", [1, 3, 224, 224]), [Signature("y", [1, 1000])], .classification, .rgb),
        (Signature("x", [1, 3, 224, 224]), [Signature("y", [1, 1001])], .classification, .rgb),
        (Signature("x", [1, 1, 96, 96]), [Signature("y", [1, 1000])], .classification, .gray),
        (Signature("input", [1, 3, 320, 320]), [Signature("out", [1, 21, 320, 320])], .semantic, .rgb),
        (Signature("pixel_values", [1, 3, 224, 224]), [Signature("predicted_depth", [1, 224, 224])], .depth, .rgb),
        (Signature("input", [1, 3, 128, 128]), [Signature("a", [1, 896, 16]), Signature("b", [1, 896, 1])], .blazeface, .rgb),
        (
            Signature("input.1", [1, 3, 640, 640]),
            [1, 4, 10].flatMap { (c: Int) -> [Signature] in [12800, 3200, 800].map { Signature("\(c)_\($0)", [$0, c]) } }, .scrfd, .rgb
        ),
        (
            Signature("input", [1, 3, 640, 640]),
            [Signature("loc", [1, 16800, 4]), Signature("conf", [1, 16800, 2]), Signature("landms", [1, 16800, 10])], .ssd, .bgr
        ),
    ]

    private static func queries(_ scores: String, _ count: Int, _ boxes: String) -> [Signature] {
        [Signature(scores, [1, 300, count]), Signature(boxes, [1, 300, 4])]
    }

    @Test(arguments: published.indices)
    func publishedModelsAreKnown(_ index: Int) throws {
        let (input, outputs, head, color) = Self.published[index]
        let known = try #require(try KnownModels.find(inputs: [input], outputs: outputs))
        #expect(known.card.head == head, "\(known.description)")
        #expect(known.card.input.color == color, "\(known.description)")
        let labels = try Labels(known.card.labels)
        let built = try known.card.makeHead(labels: labels, modelWidth: input.dims[3]!, modelHeight: input.dims[2]!)
        try built.validate(outputs)
        #expect(try ModelCard(json: .init(known.card.json().utf8)) == known.card)
    }

    /// ImageNet's classes have their names.
    @Test(arguments: [
        (Signature("data_0", [1, 3, 224, 224]), [Signature("softmaxout_1", [1, 1000, 1, 1])], CarriedLabels.imagenet1000),
        (Signature("input", [nil, 3, 224, 224]), [Signature("prob", [nil, 1001])], .imagenet1001),
    ])
    func publishedClassifiersHaveNames(input: Signature, outputs: [Signature], list: CarriedLabels) throws {
        let known = try #require(try KnownModels.find(inputs: [input], outputs: outputs))
        #expect(known.card.labels == .carried(list))
        #expect(Labels(names: list.names)[list == .imagenet1001 ? 818 : 817] == "sports car")
    }

    @Test(arguments: [
        // Same shapes as known ones, but nothing that tells how the input is to be prepared.
        (Signature("x", [1, 3, 224, 224]), [Signature("y", [1, 999])]),
        (Signature("data", [1, 3, 224, 224]), [Signature("features", [1, 2])]),
        (Signature("x", [1, 4, 224, 224]), [Signature("y", [1, 1000])]),
        (Signature("pixel_values", [1, 3, 224, 224]), queries("logits", 3, "pred_boxes")),
        (Signature("pixel_values", [1, 3, 256, 192]), [Signature("heatmaps", [1, 17, 64, 48])]),
        (Signature("x", [1, 3, 640, 640]), [Signature("y", [1, 84, 8400])]),
        (Signature("inputs", [1, 3, 416, 416]), [Signature("outputs", [1, 3549, 12])]),
        // 5 classes, or one with keypoints: without metadata nothing tells.
        (Signature("images", [1, 3, 640, 640]), [Signature("output0", [1, 9, 8400])]),
        (Signature("images", [1, 3, 640, 640]), [Signature("output0", [1, 56, 8400])]),
        (Signature("images", [1, 3, nil, nil]), [Signature("output0", [1, 84, nil])]),
        (Signature("input", [8, 3, 32, 32]), [Signature("logits", [8, 10])]),
    ])
    func nothingIsGuessedInDoubt(_ input: Signature, _ outputs: [Signature]) throws {
        #expect(try KnownModels.find(inputs: [input], outputs: outputs) == nil)
        let error = KnownModels.unknown("/nowhere/model.onnx", card: "/nowhere/model.json", inputs: [input], outputs: outputs)
        #expect(error.code == .cardNeeded)
        #expect(error.message.contains("/nowhere/model.json"))
        #expect(error.message.contains("--head"))
    }

    /// As many rows as a YOLOX of one class has cells: nothing suppressed inside a model gives these.
    @Test func aRowForEachCellIsNoEndToEndModel() throws {
        let known = try KnownModels.find(inputs: [Signature("images", [1, 3, 192, 192])], outputs: [Signature("output", [1, 756, 6])])
        #expect(known?.card.head == .yolox)
        let other = try KnownModels.find(inputs: [Signature("images", [1, 3, 192, 192])], outputs: [Signature("output0", [1, 300, 6])])
        #expect(other?.card.head == .endToEnd)
    }

    /// The card that is offered is one that the tool takes for these outputs as it is printed, with COCO's names only for 80 classes.
    @Test(arguments: [
        ([[1, 1000]], "classification", nil), ([[1, 10, 1, 1]], "classification", nil), ([[1, 84, 336]], "yolov8", "coco80"),
        ([[1, 9, 336]], "yolov8", nil), ([[1, 1008, 85]], "yolov5", "coco80"), ([[1, 1008, 12]], "yolov5", nil),
        ([[1, 336, 84], [1, 336, 4]], "ssd", nil), ([[1, 100, 84]], "detr", "coco80"), ([[1, 300, 6]], "end2end", nil),
    ])
    func theCardFitsTheOutputs(_ shapes: [[Int]], _ head: String, _ labels: String?) throws {
        let outputs = shapes.enumerated().map { Signature("o\($0)", $1.map { Optional($0) }) }
        let error = KnownModels.unknown("m.onnx", card: "m.json", inputs: [Signature("x", [1, 3, 128, 128])], outputs: outputs)
        #expect(error.message.contains("--head \(head) --labels names.txt"), "\(error.message)")
        #expect(error.message.contains("--card FILE"))
        let text = try #require(error.message.split(separator: "\n", maxSplits: 1).last)
        let card = try ModelCard(json: .init(text.utf8))
        #expect(card.head.rawValue == head)
        #expect(card.input.width == 128)
        #expect(card.labels == (labels == nil ? nil : .coco80))
        let built = try card.makeHead(labels: Labels(card.labels), modelWidth: 128, modelHeight: 128)
        try built.validate(outputs)
    }

    /// A card that would be refused is none to start from.
    @Test(arguments: [[[1, 255, 80, 80]], [[1, 17, 64, 48]], Array(repeating: [1, 100, 4], count: 6)])
    func withoutAHeadNoCardIsOffered(_ shapes: [[Int]]) {
        let outputs = shapes.enumerated().map { Signature("o\($0)", $1.map { Optional($0) }) }
        let error = KnownModels.unknown("m.onnx", card: "m.json", inputs: [Signature("x", [1, 3, 64, 64])], outputs: outputs)
        #expect(error.message.contains("deepvid models"))
        #expect(!error.message.contains("\"head\""), "\(error.message)")
    }

    /// Names beside the file are enough for what looks like a YOLOv8 but for its number of classes, however its tensors are called.
    @Test func labelsSayTheNumberOfClasses() throws {
        let input = Signature("x", [1, 3, 640, 640]), outputs = [Signature("y", [1, 9, 8400])]
        func find(_ count: Int?) throws -> (card: ModelCard, description: String)? {
            try KnownModels.find(
                inputs: [input], outputs: outputs, metadata: [:], ultralytics: nil, hints: GraphHints(), labelCount: count)
        }
        #expect(try find(nil) == nil)
        #expect(try find(4) == nil)
        let known = try #require(try find(5))
        #expect(known.card.head == .yolov8)
        #expect(known.card.labels == nil)
    }
}
