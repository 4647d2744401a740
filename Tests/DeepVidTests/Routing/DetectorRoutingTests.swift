import Foundation
import Models
import TestSupport
import Testing
import Vision

@testable import CacheNet
@testable import DeepVid

/// A bundle of detectors: submodels that take smaller pictures than the full model, and know two of its three classes, in another order.
@Suite struct DetectorRoutingTests {
    private func start(size: Int = 1, cache: ReuseOptions.Policy = .off, classes: [String]? = nil) throws -> RoutedRun {
        var route = RouteOptions(.submodels(bundle: detectorBundle))
        (route.submodelCache, route.hysteresis) = (size, Hysteresis(votes: 2, among: 3))
        var model = ModelOptions()
        model.classes = classes
        return try RoutedRun(route, cache: cache, model: model)
    }

    /// Boxes of 8×8 pixels of the model's input cover the frame.
    private func expectGrid(_ objects: [Detection], side: Int, _ hue: Hue) {
        #expect(objects.count == side * side)
        #expect(objects.allSatisfy { $0.label == "\(hue)" && $0.classID == hue.rawValue })
        let width = 32 / Float(side), height = 24 / Float(side)
        #expect(objects.allSatisfy { abs($0.box.width - width) < 0.01 && abs($0.box.height - height) < 0.01 })
        #expect(Set(objects.map { "\(Int($0.box.x.rounded())) \(Int($0.box.y.rounded()))" }).count == side * side)
    }

    @Test(arguments: [ReuseOptions.Policy.off, .adaptive])
    func whatASubmodelIsNotSureOfTheFullModelSeesInItsOwnPicture(cache: ReuseOptions.Policy) throws {
        let run = try start(cache: cache)
        var servers: [Int?] = []
        for hue: Hue in [.red, .red, .green, .green, .red, .green] {
            let result = try run.show(hue), route = try #require(result.route)
            servers.append(route.submodel)
            // The full model's input has four by four cells, the submodels' two by two.
            expectGrid(result.detections, side: route.submodel == nil ? 4 : 2, hue)
            if let entropy = route.entropy { #expect((entropy < 0.55) == route.hit) }
        }
        #expect(servers == [1, 1, nil, 2, nil, 2])
    }

    /// A submodel that was away goes on from its own last frame, and the full model from its own.
    @Test func reuseChangesNothingWhereSubmodelsTakeTurns() throws {
        let (dense, reusing) = (try start(size: 2), try start(size: 2, cache: .adaptive))
        for hue: Hue in [.red, .red, .green, .green, .green, .red, .green, .red, .red, .gray, .blue, .red, .green, .gray, .green] {
            let (a, b) = (try dense.show(hue), try reusing.show(hue))
            #expect(a.answer == b.answer)
            #expect(a.route == b.route)
        }
    }

    @Test func classesThatAreLeftOutAreLeftOutOfAllModels() throws {
        let run = try start(classes: ["green", "blue"])
        #expect(try run.show(.red).detections.isEmpty)
        let unsure = try run.show(.green)
        #expect(unsure.route?.submodel == nil)
        expectGrid(unsure.detections, side: 4, .green)
        expectGrid(try run.show(.green).detections, side: 2, .green)
    }

    @Test func theFullModelAloneKnowsAllClasses() throws {
        let run = try RoutedRun(RouteOptions(.deviceOnly(bundle: detectorBundle)))
        for hue: Hue in [.red, .blue, .green] { expectGrid(try run.show(hue).detections, side: 4, hue) }
    }

    @Test func theEdgeIsSentTheFullModelsPicture() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        var route = RouteOptions(.edge(try FakeEdge(.good, detectorBundle), folder: place.path + "/cache"))
        route.deadline = .seconds(5)
        let run = try RoutedRun(route)
        let first = try run.show(.red)
        #expect(first.route?.servedBy == .edge)
        expectGrid(first.detections, side: 4, .red)
        #expect(try run.show(.red) { $0.hit }.submodel == 1)
        expectGrid(try run.show(.red).detections, side: 2, .red)
    }
}
