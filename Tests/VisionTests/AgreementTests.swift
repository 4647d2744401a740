import Testing
import Vision

@Suite struct AgreementTests {
    private func box(_ id: Int, _ score: Float, x: Float, width: Float = 10) -> Detection {
        Detection(classID: id, label: "c\(id)", score: score, box: Box(x: x, y: 0, width: width, height: 10))
    }

    private func agreement(_ a: [Detection], _ b: [Detection]) -> Double? {
        Agreement.between(.detections(a), .detections(b), score: 0.4)
    }

    @Test func nothingToCompareIsNoAgreement() {
        #expect(agreement([], []) == nil)
        #expect(agreement([box(0, 0.35, x: 0)], []) == nil, "below the score, a box need not be found")
    }

    @Test func partnersMayBeThreeQuartersAsSure() {
        #expect(agreement([box(0, 0.41, x: 0)], [box(0, 0.31, x: 0)]) == 1)
        #expect(agreement([box(0, 0.41, x: 0)], []) == 0)
        #expect(agreement([box(0, 0.9, x: 0), box(0, 0.8, x: 50)], [box(0, 0.9, x: 0)]) == 2.0 / 3)
    }

    @Test func rulesDifferInWhatMakesAPartner() {
        func agreement(_ rule: Agreement.Rule, _ score: Float) -> Double? {
            Agreement.between(.detections([box(0, 0.41, x: 0)]), .detections([box(0, score, x: 0)]), score: 0.4, rule: rule)
        }
        #expect(agreement(.strict, 0.39) == 0)
        #expect(agreement(.boxes, 0.39) == 1)
        #expect(agreement(.boxes, 0.29) == 0)
        #expect(agreement(.tracks, 0.29) == 1)
        #expect(agreement(.tracks, 0.09) == 0)
    }

    @Test func presenceCountsByClass() {
        func presence(_ a: [Detection], _ b: [Detection]) -> Double? {
            Agreement.between(.detections(a), .detections(b), score: 0.4, rule: .presence)
        }
        #expect(presence([], []) == nil)
        #expect(presence([box(0, 0.9, x: 0)], [box(0, 0.9, x: 70)]) == 1, "wherever they are")
        #expect(presence([box(0, 0.9, x: 0), box(0, 0.8, x: 9)], [box(0, 0.9, x: 0)]) == 0.5)
        #expect(presence([box(0, 0.9, x: 0), box(0, 0.8, x: 9)], [box(0, 0.9, x: 0), box(0, 0.35, x: 9)]) == 1, "only just misses")
        #expect(presence([box(0, 0.9, x: 0)], [box(1, 0.9, x: 0)]) == 0)
    }

    @Test func objectsOfBothSidesCountOnce() {
        func objects(_ a: [Detection], _ b: [Detection]) -> Int { Agreement.objects(.detections(a), .detections(b), score: 0.4) }
        #expect(objects([box(0, 0.9, x: 0)], [box(0, 0.9, x: 0)]) == 1)
        #expect(objects([box(0, 0.9, x: 0)], [box(1, 0.9, x: 0)]) == 2)
        #expect(objects([box(0, 0.3, x: 0)], []) == 0)
    }

    @Test func partnersShareClassAndPlace() {
        #expect(agreement([box(0, 0.9, x: 0)], [box(1, 0.9, x: 0)]) == 0)
        #expect(agreement([box(0, 0.9, x: 0)], [box(0, 0.9, x: 3)]) == 1, "7 of 13 overlap")
        #expect(agreement([box(0, 0.9, x: 0)], [box(0, 0.9, x: 4)]) == 0, "6 of 14 overlap")
    }

    @Test func everyPartnerServesOnce() {
        let pairs = Agreement.Pairing([box(0, 0.9, x: 0), box(0, 0.8, x: 1)], [box(0, 0.7, x: 0)], score: 0.4)
        #expect(pairs.first == [0, nil])
        #expect(pairs.second == [0])
        #expect(pairs.agreement == 2.0 / 3)
    }

    @Test func pairingPointsAtPartners() {
        let a = [box(1, 0.9, x: 0), box(0, 0.6, x: 100), box(0, 0.35, x: 200)]
        let b = [box(0, 0.8, x: 201), box(1, 0.5, x: 1), box(0, 0.3, x: 100)]
        let pairs = Agreement.Pairing(a, b, score: 0.4)
        #expect(pairs.first == [1, 2])
        #expect(pairs.second == [2, 0])
    }

    @Test func classesAgreeOnTheBest() {
        func classes(_ ids: Int...) -> HeadResult { .classes(ids.map { Classification(classID: $0, label: "", score: 0.5) }) }
        #expect(Agreement.between(classes(3, 1), classes(3, 2), score: 0.4) == 1)
        #expect(Agreement.between(classes(3, 1), classes(1, 3), score: 0.4) == 0)
    }

    @Test func embeddingsAgreeByTheirCosine() {
        #expect(Agreement.between(.embedding([1, 0]), .embedding([2, 0]), score: 0) == 1)
        #expect(Agreement.between(.embedding([1, 0]), .embedding([0, 2]), score: 0) == 0)
        #expect(Agreement.between(.embedding([0]), .embedding([0]), score: 0) == nil)
    }
}
