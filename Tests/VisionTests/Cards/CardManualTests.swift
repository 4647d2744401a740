import Foundation
import TestSupport
import Testing

@testable import Vision

/// `man/deepvid-card.5` names the keys and heads that there are, and no others.
@Suite struct CardManualTests {
    private func names(_ section: String) throws -> Set<String> {
        let page = try Files.text("man/deepvid-card.5")
        let text = page.components(separatedBy: ".Sh \(section)\n").last!.components(separatedBy: "\n.Sh ").first!
        return Set(
            text.split(separator: "\n").filter { $0.hasPrefix(".It Li ") }.flatMap { line in
                line.dropFirst(".It Li ".count).components(separatedBy: " Pq ")[0].components(separatedBy: " , ")
            })
    }

    @Test func keys() throws {
        let all = ModelCard.CodingKeys.allCases.map(\.rawValue) + InputCard.CodingKeys.allCases.map(\.rawValue)
        #expect(try names("KEYS") == Set(all))
    }

    @Test func heads() throws {
        #expect(try names("HEADS") == Set(HeadKind.allCases.map(\.rawValue)))
    }

    @Test func listsOfLabels() throws {
        let page = try Files.text("man/deepvid-card.5")
        for list in CarriedLabels.allCases { #expect(page.contains(list.rawValue)) }
    }
}
