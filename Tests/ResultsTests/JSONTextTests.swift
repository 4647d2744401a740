import Foundation
import Results
import Testing

@Suite struct JSONTextTests {
    private func text(_ body: (inout JSONText) -> Void) -> String {
        var json = JSONText()
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0.0, 2, "0"), (-0.0, 2, "0"), (1, 2, "1"), (0.5, 4, "0.5"), (12.345, 2, "12.35"), (-12.344, 2, "-12.34"), (-0.001, 2, "0"),
            (0.05, 2, "0.05"), (99.999, 2, "100"), (1e15, 2, "1000000000000000"), (33.366667, 6, "33.366667"), (.nan, 2, "null"),
            (.infinity, 2, "null"), (1e300, 2, "1e+300"), (7, 0, "7"), (2.5, 0, "3"),
        ] as [(Double, Int, String)])
    func numbers(value: Double, decimals: Int, expected: String) {
        #expect(text { $0.number(value, decimals: decimals) } == expected)
    }

    @Test func integers() {
        #expect(text { $0.array { for value in [0, -1, 10, Int.min, Int.max] { $0.number(value) } } } == "[0,-1,10,\(Int.min),\(Int.max)]")
    }

    /// Every scalar below U+0100, some beyond, and what JSON must escape, come back from Foundation's parser.
    @Test func stringsSurvive() throws {
        var all = String(String.UnicodeScalarView((0..<0x100).compactMap(Unicode.Scalar.init)))
        all += "\u{2028}\u{FFFD}🚲 \"quoted\" back\\slash /"
        let line = text { $0.array { $0.string(all) } }
        #expect(!line.contains("\n"))
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String] == [all])
    }

    @Test func commasPlaceThemselves() {
        let line = text { json in
            json.object { json in
                json.object("empty") { _ in }
                json.array("list") { json in
                    json.object { $0.member("a", 1) }
                    json.array { _ in }
                    json.number(2)
                    json.string("three")
                }
                json.member("last", true)
            }
        }
        #expect(line == #"{"empty":{},"list":[{"a":1},[],2,"three"],"last":true}"#)
    }
}
