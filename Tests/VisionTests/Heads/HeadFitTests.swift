import Testing

@testable import Vision

/// Heads that the shapes let read a model, and that cannot be the model's.
@Suite struct HeadFitTests {
    private func refusal(_ head: HeadKind, _ dims: [Int], classes: Int?, _ change: (inout ModelCard) -> Void = { _ in }) -> String? {
        let outputs = [TensorSignature("output0", dims)]
        do throws(VisionError) {
            try card(head, change).checkFit(outputs, classes: classes, modelWidth: 640, modelHeight: 640)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func classesThatTheFileDoesNotHaveAreRefused() throws {
        let message = try #require(refusal(.yolov5, [1, 84, 8400], classes: 80))
        #expect(
            message == "head 'yolov5' would read 84 boxes of 8395 classes out of the model's output0 1×84×8400, "
                + "but the file says that it has 80")
    }

    @Test(arguments: [(HeadKind.yolov5, [1, 84, 8400]), (.detr, [1, 84, 8400]), (.yolov8, [1, 25200, 85])])
    func turnedRowsAreRefusedWithoutNames(head: HeadKind, dims: [Int]) {
        #expect(refusal(head, dims, classes: nil)?.contains("rows are taken for columns") == true)
    }

    @Test(arguments: [
        (HeadKind.yolov8, [1, 84, 8400], 80 as Int?), (.yolov5, [1, 25200, 85], 80), (.yolov8, [1, 84, 8400], nil),
        (.yolov5, [1, 63, 85], nil),
        // A background besides the names; LVIS over DETR's queries; a head that reads no number of classes.
        (.detr, [1, 300, 85], 80), (.detr, [1, 100, 1207], nil), (.endToEnd, [1, 300, 6], 80),
    ])
    func headsThatFitAreNot(head: HeadKind, dims: [Int], classes: Int?) {
        #expect(refusal(head, dims, classes: classes) == nil)
    }

    @Test func aCardThatSaysItsClassesIsBelieved() {
        #expect(refusal(.yolov5, [1, 84, 8400], classes: 80) { $0.numClasses = 8395 } == nil)
    }
}
