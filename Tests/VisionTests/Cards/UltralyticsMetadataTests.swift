import Testing

@testable import Vision

@Suite struct UltralyticsMetadataTests {
    typealias Signature = TensorSignature

    private static let names = #"{0: 'person', 2: "driver's seat", 1: 'it\'s a car'}"#

    private func find(
        _ properties: [String: String], _ outputs: [Signature], _ input: Signature = Signature("images", [1, 3, 640, 640])
    ) throws -> ModelCard? {
        try KnownModels.find(inputs: [input], outputs: outputs, metadata: properties)?.card
    }

    private func properties(_ task: String, names: String = names) -> [String: String] {
        ["task": task, "names": names, "stride": "32", "imgsz": "[480, 640]"]
    }

    @Test func namesAreReadWhateverTheirOrderAndQuotes() throws {
        let card = try #require(try find(properties("detect"), [Signature("output0", [1, 7, 8400])]))
        #expect(card.head == .yolov8)
        #expect(card.labels == .names(["person", "it's a car", "driver's seat"]))
        #expect(card.maxDetections == 300)
    }

    @Test func aListOfNamesIsReadToo() throws {
        let card = try #require(try find(properties("detect", names: "['a', 'b',]"), [Signature("output0", [1, 6, 8400])]))
        #expect(card.labels == .names(["a", "b"]))
    }

    /// A model that was made from its configuration alone has the numbers as names.
    @Test func numbersAreNoNames() throws {
        let card = try #require(try find(properties("detect", names: "{0: '0', 1: '1'}"), [Signature("output0", [1, 6, 8400])]))
        #expect(card.labels == nil)
    }

    @Test func rowsOfSixAreReadEndToEnd() throws {
        let card = try #require(try find(properties("detect"), [Signature("output0", [1, 300, 6])]))
        #expect(card.head == .endToEnd)
        #expect(card.labels == .names(["person", "it's a car", "driver's seat"]))
    }

    @Test func realTimeDETRIsRead() throws {
        let card = try #require(try find(properties("detect"), [Signature("output0", [1, 300, 7])]))
        #expect(card.head == .detr)
        #expect(card.input.resize == .stretch)
    }

    @Test func theBestQueriesOfRealTimeDETRAreRead() throws {
        let said = properties("detect").merging(["head": "RTDETRDecoder"]) { $1 }
        let card = try #require(try find(said, [Signature("output0", [1, 300, 6])]))
        #expect(card.head == .endToEnd)
        #expect(card.decoded == false)
        #expect(card.input.resize == .stretch)
    }

    @Test func classifiersAreRead() throws {
        let card = try #require(
            try find(properties("classify"), [Signature("output0", [1, 3])], Signature("images", [1, 3, 224, 224])))
        #expect(card.head == .classification)
        #expect(card.input.resize == .centerCrop)
        #expect(card.input.std == [255, 255, 255])
    }

    /// The YOLOv5 repository says names only: the shapes tell the head, the file the names.
    @Test func namesAloneGoOnTopOfWhatTheShapesSay() throws {
        let names = "{" + (0..<80).map { "\($0): 'n\($0)'" }.joined(separator: ", ") + "}"
        let card = try #require(try find(["names": names, "stride": "32"], [Signature("output0", [1, 25200, 85])]))
        #expect(card.head == .yolov5)
        #expect(card.labels == .names((0..<80).map { "n\($0)" }))
    }

    @Test func masksAreRead() throws {
        let outputs = [Signature("output0", [1, 39, 8400]), Signature("output1", [1, 32, 160, 160])]
        let card = try #require(try find(properties("segment"), outputs))
        #expect(card.head == .yolov8)
        #expect(card.task == .segment)
    }

    @Test func keypointsAreRead() throws {
        var said = properties("pose", names: "{0: 'dog'}")
        said["kpt_shape"] = "[4, 3]"
        let card = try #require(try find(said, [Signature("output0", [1, 17, 8400])]))
        #expect(card.task == .pose)
        #expect(card.keypoints == ["point_0", "point_1", "point_2", "point_3"])
    }

    @Test func anglesAreReadEndToEnd() throws {
        let card = try #require(try find(properties("obb"), [Signature("output0", [1, 300, 7])]))
        #expect(card.head == .endToEnd)
        #expect(card.task == .obb)
    }

    /// Two classes: rows of six are those of two heads, and this file does not say which.
    @Test func whatFitsTwoHeadsIsRefusedWithBothNames() {
        let error = #expect(throws: VisionError.self) {
            try find(properties("detect", names: "['a', 'b']"), [Signature("output0", [1, 300, 6])])
        }
        #expect(error?.message.contains("'end2end'") == true)
        #expect(error?.message.contains("'detr'") == true)
    }

    @Test(arguments: ["depth", "semantic"])
    func mapsHaveHeadsOfTheirOwn(_ task: String) throws {
        #expect(try find(properties(task), [Signature("output0", [1, 3, 640, 640])])?.head.rawValue == task)
    }

    @Test(arguments: ["track", "caption"])
    func otherTasksAreRefusedByName(_ task: String) {
        let error = #expect(throws: VisionError.self) { try find(properties(task), [Signature("output0", [1, 56, 8400])]) }
        #expect(error?.code == .cardNeeded)
        #expect(error?.message.contains("'\(task)'") == true)
    }

    @Test func outputsThatAreNotOfTheTaskAreRefused() {
        let error = #expect(throws: VisionError.self) { try find(properties("detect"), [Signature("output0", [1, 56, 8400])]) }
        #expect(error?.message.contains("3 classes") == true)
    }

    @Test func theUsualSizeIsRead() {
        let size = UltralyticsMetadata(properties("detect"))?.imageSize
        #expect(size?.width == 640)
        #expect(size?.height == 480)
    }

    @Test func whatItsOwnProgramCutsIsCut() {
        #expect(UltralyticsMetadata(properties("detect"))?.shape == .cut(width: 640, height: 480, stride: 32))
        // Others are shown stretched, or as squares.
        #expect(UltralyticsMetadata(properties("classify"))?.shape == nil)
        #expect(UltralyticsMetadata(properties("detect").merging(["head": "RTDETRDecoder"]) { $1 })?.shape == nil)
    }

    @Test func otherModelsHaveNone() {
        #expect(UltralyticsMetadata(["author": "somebody", "names": "['a']"]) == nil)
    }

    @Test(arguments: ["", "{", "{0}", "{0: }", "[1, 2", "'a", "{0: 'a' 1: 'b'}", "1 2", String(repeating: "[", count: 100_000), "nan?"])
    func whatIsNoLiteralIsNothing(_ text: String) {
        #expect(PythonLiteral(text) == nil)
    }

    @Test(arguments: [
        ("[640, 640]", PythonLiteral.list([.number(640), .number(640)])), ("()", .list([])), (" True ", .bool(true)), ("None", .none),
        ("{'a': (1, -2.5)}", .dict([.init(key: .string("a"), value: .list([.number(1), .number(-2.5)]))])),
    ])
    func literalsAreRead(_ text: String, _ value: PythonLiteral) {
        #expect(PythonLiteral(text) == value)
    }
}
