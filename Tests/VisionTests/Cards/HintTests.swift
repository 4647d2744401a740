import Testing

@testable import Vision

/// What files say besides names and shapes, and what is assumed where they say nothing.
@Suite struct HintTests {
    typealias Signature = TensorSignature

    private static let picture = Signature("x", [1, 3, 224, 224])

    private func card(
        _ outputs: [Signature], input: Signature = picture, metadata: [String: String] = [:], labels: Int? = nil,
        _ hints: (inout GraphHints) -> Void = { _ in }
    ) throws -> (card: ModelCard, description: String)? {
        var graph = GraphHints()
        hints(&graph)
        return try KnownModels.find(
            inputs: [input], outputs: outputs, metadata: metadata, ultralytics: UltralyticsMetadata(metadata), hints: graph,
            labelCount: labels)
    }

    @Test func classifiersOfImageNetHaveItsNames() throws {
        let found = try #require(try card([Signature("y", [1, 1000])]))
        let names = try Labels(found.card.labels).names
        #expect(names.count == 1000)
        #expect(names[0] == "tench")
        #expect(names[281] == "tabby")
        #expect(names[999] == "toilet tissue")
        #expect(found.card.input.cropResize == 256)
        #expect(found.card.activation == .softmax)
        #expect(found.description.contains("assumed: RGB, ImageNet's mean and std"))
    }

    @Test func theBackgroundOfTensorFlowComesFirst() throws {
        let found = try #require(try card([Signature("y", [1, 1001])]) { $0.ending = .softmax })
        #expect(try Labels(found.card.labels).names.prefix(2) == ["background", "tench"])
        #expect(found.card.input.mean == [127.5, 127.5, 127.5])
        #expect(found.card.activation == Activation.none)
    }

    /// What the graph does, and the deviation that the card then has.
    private static let scalings: [(scaling: InputScaling, std: Double)] = [
        (InputScaling(factors: [1 / 255], summands: [0]), 1),
        (InputScaling(factors: [0.017, 0.0175, 0.0174], summands: [-2.1, -2, -1.8]), 1),
        (InputScaling(factors: [1], summands: [-123.7]), 1), (InputScaling(factors: [0.00784], summands: [-1]), 1),
        (InputScaling(factors: [4.37, 4.46, 4.44], summands: [-2.1, -2, -1.8]), 255), (InputScaling(factors: [2], summands: [-1]), 255),
        (InputScaling(factors: [255], summands: [-123]), 255),
    ]

    @Test(arguments: scalings.indices)
    func whatTheGraphNormalisesIsNotNormalisedTwice(_ index: Int) throws {
        let (scaling, std) = Self.scalings[index]
        let found = try #require(try card([Signature("y", [1, 1000])]) { $0.scaling = scaling })
        #expect(found.card.input.std == [std, std, std])
        #expect(found.card.input.mean == [0, 0, 0])
    }

    @Test(arguments: [
        ("names", "{0: 'cat', 1: \"dog's\"}"), ("id2label", #"{"1": "dog's", "0": "cat"}"#), ("classes", #"["cat", "dog's"]"#),
        ("labels", "cat\ndog's"), ("id2label", #"{"0": "c\u0061t", "1": "dog's"}"#),
    ])
    func namesInTheFileAreBelieved(_ key: String, _ text: String) throws {
        let found = try #require(try card([Signature("y", [1, 2])], metadata: [key: text]))
        #expect(try Labels(found.card.labels).names == ["cat", "dog's"])
    }

    @Test func namesOfAnotherNumberAreNotThoseOfTheClasses() throws {
        #expect(try card([Signature("y", [1, 3])], metadata: ["names": "['cat', 'dog']"]) == nil)
    }

    /// Rows that are called what classifiers' are, or end as theirs do, have classes, if without names; others may be embeddings.
    @Test func classesMayHaveNoNames() throws {
        let found = try #require(try card([Signature("logits", [1, 7])]))
        #expect(found.card.labels == nil)
        #expect(found.description.contains("no names in the file"))
        #expect(try card([Signature("y", [1, 7])]) { $0.ending = .softmax }?.card.head == .classification)
        #expect(try card([Signature("embedding", [1, 7])]) == nil)
    }

    @Test func givenLabelsMakeAClassifierOfAnyOutput() throws {
        let found = try #require(try card([Signature("logits", [1, 7])], labels: 7))
        #expect(found.card.head == .classification)
        #expect(found.card.labels == nil)
        #expect(try card([Signature("logits", [1, 7])], labels: 8) == nil)
    }

    /// One logit more than there are classes stands for "no object".
    @Test(arguments: [(4, Activation.softmax), (5, .sigmoid)])
    func labelsTellTheKindOfDETR(_ labels: Int, _ activation: Activation) throws {
        let outputs = [Signature("logits", [1, 100, 5]), Signature("pred_boxes", [1, 100, 4])]
        #expect(try card(outputs, labels: labels)?.card.activation == activation)
    }

    @Test func queriesThatTheGraphChoosesAreThoseOfRTDETR() throws {
        let outputs = [Signature("logits", [1, 100, 5]), Signature("pred_boxes", [1, 100, 4])]
        let found = try card(outputs) { $0.choosesBest = true }
        #expect(found?.card.activation == .sigmoid)
        #expect(found?.description.contains("without names") == true)
        #expect(try card(outputs) == nil)
    }

    /// Eleven classes, or one face with five points.
    @Test func shapesOfTwoModelsAreRefusedWithBothNamed() throws {
        let input = Signature("images", [1, 3, 640, 640]), outputs = [Signature("output", [1, 25200, 16])]
        let error = #expect(throws: VisionError.self) { try card(outputs, input: input) }
        #expect(error?.message.contains("YOLOv5 or v7") == true)
        #expect(error?.message.contains("YOLOv5-face") == true)
        #expect(try card(outputs, input: input, labels: 11)?.card.keypoints == nil)
        #expect(try card(outputs, input: input, labels: 1)?.card.keypoints?.count == 5)
    }

    @Test func whatDependsOnDataIsKnownByItsKind() throws {
        let input = Signature("images", [1, 3, 320, 320])
        let outputs = [Signature("1", nil), Signature("2", nil), Signature("3", nil, isWhole: true)]
        let found = try #require(
            try card(outputs, input: input) {
                $0.scaling = InputScaling(factors: [4.4, 4.5, 4.4], summands: [-2, -2, -2])
                $0.vectorLengths = [64, 6 * 91]
            })
        #expect(found.card.head == .boxes)
        #expect(found.card.labels == .carried(.coco91))
        // Another number of classes has no names.
        let other = try card(outputs, input: input) { $0.scaling = InputScaling(factors: [4.4], summands: [-2]) }
        #expect(other?.card.labels == nil)
        #expect(other?.card.head == .boxes)
    }

    @Test func sideInputsTellPaddleDetectionAndRTDETR() throws {
        let rows = [Signature("rows", nil), Signature("count", nil, isWhole: true)]
        #expect(try card(rows) { $0.sideInputs = ["scale_factor"] }?.card.head == .paddle)
        #expect(try card(rows) { $0.sideInputs = ["im_shape", "scale_factor"] }?.card.input.std == [255, 255, 255])
        let listed = [
            Signature("labels", [1, 300], isWhole: true), Signature("boxes", [1, 300, 4]), Signature("scores", [1, 300]),
        ]
        let found = try card(listed) { ($0.sideInputs, $0.vectorLengths) = (["orig_target_sizes"], [80]) }
        #expect(found?.card.head == .boxes)
        #expect(found?.card.labels == .coco80)
    }

    @Test func textMapsAreKnownByTheirSigmoid() throws {
        let outputs = [Signature("fetch_name_0", [1, 1, 224, 224])]
        #expect(try card(outputs) { $0.ending = .sigmoid }?.card.head == .text)
        #expect(try card(outputs) == nil)
    }

    @Test func numbersOfCOCO() {
        #expect(Labels.coco91.count == 91)
        #expect(Labels.coco91[1] == "person")
        #expect(Labels.coco91[13] == "stop sign")
        #expect(Labels.coco91[90] == "toothbrush")
        #expect(Labels.coco91[12] == "N/A")
        #expect(Labels.voc21.count == 21)
    }
}
