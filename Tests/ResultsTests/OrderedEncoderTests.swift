import Foundation
import Testing

@testable import Results

@Suite struct OrderedEncoderTests {
    /// By two decimals, and one by four.
    private struct Numbers: Codable, Equatable {
        var box: Double
        var maybe: Double?
        var points: [[Double]]
    }

    private func text(_ key: String, _ value: Double) -> String { jsonText(of: [key: value] as JSONObject) }

    @Test(
        arguments: [
            (0.0, "0"), (-0.0, "0"), (1, "1"), (0.5, "0.5"), (12.345, "12.35"), (-12.344, "-12.34"), (-0.001, "0"), (0.05, "0.05"),
            (-0.05, "-0.05"), (99.999, "100"), (1e15, "1000000000000000"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
            (1e300, "1e+300"), (7, "7"), (2.5, "2.5"), (1234.5, "1234.5"), (100, "100"), (10.01, "10.01"),
        ] as [(Double, String)])
    func twoDecimals(value: Double, expected: String) {
        #expect(jsonText(of: Numbers(box: value, points: [])) == #"{"box":\#(expected),"points":[]}"#)
    }

    @Test func otherDecimals() {
        #expect(text("p50", 0.25) == #"{"p50":0.3}"#)
        #expect(text("infer", 0.0005) == #"{"infer":0.001}"#)
        #expect(text("any", 0.12344) == #"{"any":0.1234}"#)
        #expect(text("pts_s", 33.366667) == #"{"pts_s":33.366667}"#)
    }

    /// The decimal that is nearest, as printf has it, but for exact halves.
    @Test func manyNumbers() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let value = Double.random(in: -1e6...1e6, using: &generator)
            let written = try #require(Double(text("value", value).dropFirst(9).prefix { $0 != "}" }))
            #expect(abs(written - value) <= 0.5001e-4, "\(value)")
            #expect(String(format: "%.4f", written) == String(format: "%.4f", value), "\(value)")
        }
    }

    @Test func listsAndOptionals() throws {
        let numbers = Numbers(box: 1, maybe: 2.34567, points: [[], [0.001, .nan]])
        #expect(jsonText(of: numbers) == #"{"box":1,"maybe":2.3457,"points":[[],[0,null]]}"#)
        let object = #""label":"a","class_id":0,"score":null"#
        let read = try JSONDecoder().decode(DetectedObject.self, from: Data(#"{\#(object),"box":[0,null]}"#.utf8))
        #expect(read.score.isNaN)
        #expect(read.trackID == nil)
        #expect(read.box[1].isNaN)
        #expect(read.box[0] == 0)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(DetectedObject.self, from: Data(#"{\#(object)}"#.utf8)) }
    }

    @Test func integers() {
        #expect(jsonText(of: [0, -1, 10, Int.min, Int.max]) == "[0,-1,10,\(Int.min),\(Int.max)]")
    }

    /// Every scalar below U+0100, some beyond, and what JSON must escape, come back from Foundation's parser.
    @Test func stringsSurvive() throws {
        var all = String(String.UnicodeScalarView((0..<0x100).compactMap(Unicode.Scalar.init)))
        all += "\u{2028}\u{FFFD}🚲 \"quoted\" back\\slash /"
        let line = jsonText(of: [all])
        #expect(!line.contains("\n"))
        #expect(try JSONDecoder().decode([String].self, from: Data(line.utf8)) == [all])
    }

    @Test func objectsKeepTheirOrder() {
        let nothing: Int? = nil
        let object: JSONObject = [
            "z": 1, "empty": [:] as JSONObject, "nothing": nothing, "list": [["a": true, "b": false] as JSONObject, [:]], "none": [Int](),
            "infer": 0.12345, "last": "three",
        ]
        #expect(jsonText(of: object) == #"{"z":1,"empty":{},"list":[{"a":true,"b":false},{}],"none":[],"infer":0.123,"last":"three"}"#)
    }
}
