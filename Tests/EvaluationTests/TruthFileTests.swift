import Foundation
import Models
import Testing
import Vision

@testable import Evaluation

@Suite struct TruthFileTests {
    private func mot(_ text: String) throws -> Truth { try Truth(mot: Data(text.utf8), name: "gt.txt") }
    private func coco(_ text: String, input: String = "a.mp4") throws -> Truth {
        try Truth(coco: Data(text.utf8), name: "t.json", input: input)
    }

    @Test func motCountsFramesAndPixelsFromOne() throws {
        let truth = try mot("1,7,11,21,30,40,1,1,1\n3, 8, 1, 1, 5, 5\n")
        #expect(truth.frames[0] == [.init(label: "person", box: Box(x: 10, y: 20, width: 30, height: 40), id: 7)])
        #expect(truth.frames[1] == [])
        #expect(truth.frames[2] == [.init(label: nil, box: Box(x: 0, y: 0, width: 5, height: 5), id: 8)])
        #expect(truth.frames[3] == nil)
    }

    @Test func motIgnoresWhatIsNotJudged() throws {
        let truth = try mot("1,1,1,1,5,5,0,1,1\n1,2,1,1,5,5,1,12,1\n1,3,1,1,5,5,1,-1,-1\n")
        #expect(truth.frames[0]!.map(\.isIgnored) == [true, true, false])
        #expect(truth.count == 1)
    }

    @Test(arguments: ["hello", "1,2,3", "0,1,1,1,1,1", "1,1,nan,1,1,1", "", "1,x,1,1,1,1"])
    func motRefusals(text: String) { #expect(throws: DeepVidError.self) { try mot(text) } }

    /// What looks like rows of boxes, with blanks or in another order, is refused with the format that is expected.
    @Test(arguments: ["0 1 10 10 5 5 1", "D 0 0.68 218.88 88.42 31.28 108.94 1", "car,1,1,1,5,5"])
    func motRefusalsNameTheFormat(text: String) throws {
        let error = #expect(throws: DeepVidError.self) { try mot(text) }
        #expect(error?.message.contains(text) == true)
        #expect(error?.message.contains("frame,id,left,top,width,height,confidence,class,visibility") == true)
    }

    @Test func otherClassesGoInUpperAndLowerCase() throws {
        var truth = try mot("1,1,1,1,5,5,1,1,1\n2,2,1,1,5,5,1,3,1\n2,3,1,1,5,5,0,13,1\n3,4,1,1,5,5\n")
        truth.keep(classes: ["Car"])
        #expect(truth.labels == ["car"])
        #expect(truth.frames[0] == [])
        // What has no class stays: an object, and what is not judged.
        #expect(truth.frames[1]!.map(\.label) == ["car", nil])
        #expect(truth.frames[2]!.count == 1)
    }

    @Test func aVideoOfAnotherNameIsTold() throws {
        func truth(_ name: String) throws -> Truth {
            try coco(
                #"{"images": [{"id": 1, "frame_id": 0}], "annotations": [], "categories": [], "videos": [{"id": 1, "name": "\#(name)"}]}"#)
        }
        #expect(try truth("yard.mp4").isNamedOtherwise(than: "clips/gate.mp4"))
        #expect(try !truth("gate").isNamedOtherwise(than: "clips/gate.mp4"))
        #expect(try !mot("1,1,1,1,5,5").isNamedOtherwise(than: "gate.mp4"))
    }

    @Test func cocoFramesByIdOrName() throws {
        let truth = try coco(
            """
            {"images": [{"id": 5, "file_name": "a/frame-000012.png"}, {"id": 6, "file_name": "x.png", "frame_id": 3}],
             "annotations": [{"image_id": 5, "category_id": 2, "bbox": [1, 2, 3, 4], "iscrowd": 1},
                             {"image_id": 6, "category_id": 2, "bbox": [1, 2, 3, 4], "track_id": 9}],
             "categories": [{"id": 2, "name": "car"}]}
            """)
        #expect(truth.frames[12] == [.init(label: "car", box: Box(x: 1, y: 2, width: 3, height: 4), isIgnored: true)])
        #expect(truth.frames[3] == [.init(label: "car", box: Box(x: 1, y: 2, width: 3, height: 4), id: 9)])
        #expect(truth.labels == ["car"])
        #expect(truth.hasTracks)
    }

    @Test func cocoOfSeveralVideosGoesByName() throws {
        let text = """
            {"images": [{"id": 1, "video_id": 1, "frame_id": 0}, {"id": 2, "video_id": 2, "frame_id": 0}],
             "annotations": [{"image_id": 2, "category_id": 1, "bbox": [0, 0, 1, 1]}], "categories": [{"id": 1, "name": "cat"}],
             "videos": [{"id": 1, "name": "yard.mp4"}, {"id": 2, "name": "gate"}]}
            """
        #expect(try coco(text, input: "clips/gate.mkv").count == 1)
        #expect(try coco(text, input: "yard.mp4").count == 0)
        #expect(throws: DeepVidError.self) { try coco(text, input: "roof.mp4") }
    }

    @Test(arguments: [
        #"{"images": []}"#, #"{"images": [], "annotations": [], "categories": []}"#,
        #"{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": []}"#,
        #"{"images": [{"id": 1, "frame_id": 1}, {"id": 2, "frame_id": 1}], "annotations": [], "categories": []}"#,
        #"{"images": [{"id": 1, "frame_id": 1}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1]}], "categories": []}"#,
    ])
    func cocoRefusals(text: String) { #expect(throws: DeepVidError.self) { try coco(text) } }

    @Test func missingFile() { #expect(throws: DeepVidError.self) { try Truth(file: "/nonexistent/gt.txt", of: "a") } }
}
