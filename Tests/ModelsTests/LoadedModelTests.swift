import Foundation
import Models
import TestSupport
import Testing
import Vision

/// What a model file may be, and what the options make of it.
@Suite struct LoadedModelTests {
    private func refusal(_ model: Data, card text: String? = card(), _ change: (inout ModelOptions) -> Void = { _ in }) throws
        -> DeepVidError
    {
        let folder = try ModelFolder(model, card: text)
        return try #require(throws: DeepVidError.self) { try folder.load(change) }
    }

    @Test func filesThatAreNoModelsSaySo() throws {
        #expect(try refusal(Data("text".utf8)).code == .unusableModel)
        let folder = try TemporaryFolder()
        for (path, code) in [(folder.path("none.onnx"), DeepVidError.Code.notFound), (folder.path, .unreadable)] {
            var options = ModelOptions()
            options.model = path
            let error = #expect(throws: DeepVidError.self) { try LoadedModel(options) }
            #expect(error?.code == code)
            #expect(error?.message.hasPrefix(path) == true)
        }
    }

    @Test func modelsTakeOnePicture() throws {
        // One that nothing reads does not matter.
        #expect(try ModelFolder(classifier(inputs: ["x", "z"]), card: card()).load().input.name == "x")
        #expect(try refusal(classifier(input: [1, 3, 4])).message.contains("of rank 3"))
        #expect(try refusal(classifier(input: [8, 3, 4, 4])).message.contains("takes batches of 8"))
        #expect(try refusal(classifier(input: [1, 4, 4, 4])).message.contains("has 1 or 3 channels neither"))
    }

    @Test func anOpenSizeIsTheOptionsOrTheCards() throws {
        let open = try classifier(input: [1, 3, nil, nil])
        let given = try ModelFolder(open, card: card()).load { $0.inputSize = (8, 6) }
        #expect(given.input.width == 8)
        #expect(given.input.height == 6)
        #expect(given.profile.width == 8)
        #expect(!given.summary.contains("assumed"))
        let text = card().replacingOccurrences(of: #""color""#, with: #""width": 5, "height": 7, "color""#)
        #expect(try ModelFolder(open, card: text).load().input.shape == [1, 3, 7, 5])
    }

    @Test func anOpenSizeThatNothingSaysIsTheUsualOne() throws {
        let model = try ModelFolder(classifier(input: [1, 3, nil, nil]), card: card()).load()
        #expect(model.input.shape == [1, 3, 224, 224])
        #expect(model.cardOrigin.hasSuffix("; input size left open, 224x224 assumed (--input-size)"))
        #expect(try ModelFolder(classifier(input: [1, 3, 6, nil]), card: card()).load().input.shape == [1, 3, 6, 224])
    }

    private let follows = card().replacingOccurrences(of: #""color""#, with: #""pixels": 86016, "color""#)
        .replacingOccurrences(of: "stretch", with: "letterbox")

    @Test func anOpenSizeFollowsTheFrames() throws {
        let folder = try ModelFolder(classifier(input: [1, 3, nil, nil]), card: follows), model = try folder.load()
        #expect(model.followsFrames)
        // Most cameras' shape, where no frame is known.
        #expect(model.input.shape == [1, 3, 224, 384])
        #expect(try model.shaped(for: (640, 480)).input.shape == [1, 3, 256, 320])
        #expect(try model.shaped(for: (640, 480)).shaped(for: (1280, 720)).input.shape == [1, 3, 224, 384])
        #expect(model.summary.contains("86016 pixels in the frames' shape"))
    }

    @Test func aFileThatWasChangedMeanwhileIsRefused() throws {
        let folder = try ModelFolder(classifier(input: [1, 3, nil, nil]), card: follows), model = try folder.load()
        try classifier(input: [1, 3, nil, nil], classes: 4).write(to: URL(fileURLWithPath: folder.folder.path("m.onnx")))
        #expect(throws: DeepVidError.self) { try model.shaped(for: (640, 480)) }
        #expect(try model.shaped(for: (1280, 720)).sha256 == model.sha256)
    }

    @Test func whoGivesASizeGetsIt() throws {
        let model = try ModelFolder(classifier(input: [1, 3, nil, nil]), card: follows).load { $0.inputSize = (64, 96) }
        #expect(!model.followsFrames)
        #expect(try model.shaped(for: (640, 480)).input.shape == [1, 3, 96, 64])
    }

    @Test func aFixedSizeFollowsNothing() throws {
        #expect(try refusal(classifier(), card: follows).message.contains("fixed to 4x4, not 384x224"))
    }

    @Test func aFixedSizeIsNotOverruled() throws {
        let error = try refusal(classifier()) { $0.inputSize = (8, 8) }
        #expect(error.code == .invalidOptions)
        #expect(error.message.contains("fixed to 4x4, not 8x8"))
        #expect(try ModelFolder(card: card()).load { $0.inputSize = (4, 4) }.input.width == 4)
    }

    @Test func openBatchesAreOne() throws {
        #expect(try ModelFolder(classifier(input: [nil, 3, 4, 4]), card: card()).load().input.shape == [1, 3, 4, 4])
    }

    @Test func theWrongHeadShowsBeforeTheFirstFrame() throws {
        let error = try refusal(classifier(), card: nil) { $0.head = "yolox" }
        #expect(error.code == .unusableModel)
        #expect(error.message.contains("head 'yolox' reads"))
    }

    @Test func aChosenHeadTakesTheFilesNames() throws {
        func labels(_ names: String) throws -> [String] {
            try ModelFolder(classifier(metadata: ["names": names])).load { $0.head = "classification" }.labels.names
        }
        #expect(try labels("['a', 'b', 'c']") == ["a", "b", "c"])
        // Those of another number are names of something else.
        #expect(try labels("['a', 'b']").isEmpty)
    }

    @Test func optionsComeBeforeTheCard() throws {
        let model = try ModelFolder(card: card(#", "score": 0.25, "top_k": 2"#))
        #expect(try model.load().score == 0.25)
        #expect(try model.load { $0.score = 0.5 }.score == 0.5)
        #expect(try model.load().card.topK == 2)
        #expect(try model.load { $0.topK = 3 }.card.topK == 3)
    }

    @Test func scoresArePartsOfTheReportedOne() {
        let usual = ScoreThresholds(reported: 0.4)
        #expect(usual.reported == 0.4)
        #expect(usual.audited == Float(0.4 * 0.75))
        #expect(usual.watched == 0.03)
        #expect(usual.tracked == 0.1)
        let low = ScoreThresholds(reported: 0.02)
        #expect(low.watched == 0.02, "never above the reported score")
        #expect(low.tracked == 0.02)
    }
}

/// What `--classes` and `--top-k` leave.
@Suite struct ResultFilterTests {
    private let labels = Labels(names: ["person", "bicycle", "car"])

    private func filter(_ classes: [String]?, topK: Int? = nil) throws -> ResultFilter {
        var options = ModelOptions()
        options.classes = classes
        return try ResultFilter(options, topK: topK, labels)
    }

    private func classes(_ scores: [Float]) -> HeadResult {
        .classes(scores.enumerated().map { Classification(classID: $0, label: labels[$0], score: $1) })
    }

    private func kept(_ result: HeadResult) -> [String] {
        switch result {
        case .detections(let all): all.map(\.label)
        case .classes(let all): all.map(\.label)
        case .semantic(let map): map.segments.map(\.label)
        case .embedding, .depth: ["vector"]
        }
    }

    @Test func onlyTheClassesAskedForAreLeft() throws {
        let boxes = HeadResult.detections(
            labels.names.enumerated().map {
                Detection(classID: $0, label: $1, score: 0.5, box: Box(x: 0, y: 0, width: 1, height: 1))
            })
        #expect(try kept(filter(["car", "person"])(boxes)) == ["person", "car"])
        #expect(try kept(filter(nil)(boxes)) == labels.names)
        #expect(try filter(["car"])(.embedding([1])) == .embedding([1]))
    }

    @Test func theBestOfTheClassesAskedForAreLeft() throws {
        #expect(try kept(filter(["bicycle", "car"], topK: 1)(classes([0.6, 0.3, 0.1]))) == ["bicycle"])
    }

    @Test func answersFromElsewhereAreCutToo() throws {
        #expect(try kept(filter(nil, topK: 2)(classes([0.6, 0.3, 0.1]), score: 0)) == ["person", "bicycle"])
        #expect(try kept(filter(nil)(classes([0.6, 0.3, 0.1]), score: 0.2)) == ["person", "bicycle"])
        #expect(try kept(filter(["car"])(classes([0.6, 0.3, 0.1]), score: 0.2)).isEmpty)
    }

    @Test(arguments: [
        ("persn", "did you mean 'person'?"), ("bycicle", "did you mean 'bicycle'?"), ("forklift", "it has person, bicycle, car"),
    ])
    func aClassThatTheModelLacksIsRefusedWithAHint(_ name: String, _ hint: String) throws {
        let error = #expect(throws: DeepVidError.self) { try filter(["car", name]) }
        #expect(error?.code == .invalidOptions)
        #expect(error?.message == "`classes`: the model has no class '\(name)'; \(hint)")
    }

    @Test func caseDoesNotMatter() throws {
        let filter = try filter(["Person", "CAR"])
        #expect(filter.classes == ["person", "car"])
        #expect(kept(filter(classes([0.6, 0.3, 0.1]))) == ["person", "car"])
        // Of labels that differ by nothing else, the one that is spelled so.
        var options = ModelOptions()
        options.classes = ["Car"]
        #expect(try ResultFilter(options, topK: nil, Labels(names: ["car", "Car"])).classes == ["Car"])
    }

    private func nameless(_ classes: [String], count: Int?) throws -> [String]? {
        var options = ModelOptions()
        options.classes = classes
        return try ResultFilter(options, topK: nil, Labels(names: []), of: "yolo.onnx", count: count).classes
    }

    @Test func classesWithoutNamesHaveNumbers() throws {
        #expect(try nameless(["class_7", "Class_79"], count: 80) == ["class_7", "class_79"])
        #expect(try nameless(["class_7"], count: nil) == ["class_7"])
    }

    @Test(arguments: ["person", "class_80", "class_99999", "xyz", "class_-1", "class_07", "class_"])
    func aNameThatNoClassHasIsRefusedWithoutLabels(_ name: String) {
        let error = #expect(throws: DeepVidError.self) { try nameless(["class_0", name], count: 80) }
        #expect(
            error?.message
                == "`classes`: yolo.onnx has no class '\(name)': its 80 classes have no names and are called class_0 to class_79; "
                + "--labels FILE names them, and --labels coco80, if they are those")
    }

    @Test func howManyThereAreNeedNotBeKnown() {
        let error = #expect(throws: DeepVidError.self) { try nameless(["person"], count: nil) }
        #expect(error?.message.contains("its classes have no names and are called class_0 and so on; --labels FILE names them") == true)
    }
}
