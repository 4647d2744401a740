import Models
import Foundation
import TestSupport
import Testing

@testable import CacheNet
@testable import DeepVid

/// A device with an edge that is good, slow, gone or lying.
@Suite struct EdgeRoutingTests {
    private func start(_ edge: FakeEdge, _ folder: String, size: Int = 1, deadline: Duration = .milliseconds(50)) throws -> RoutedRun {
        var route = RouteOptions(.edge(edge, folder: folder))
        (route.submodelCache, route.deadline) = (size, deadline)
        return try RoutedRun(route)
    }

    @Test func theEdgeAnswersUntilTheSubmodelIsThere() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let edge = try FakeEdge()
        let run = try start(edge, folder + "/cache")
        let first = try run.show(.red)
        #expect(first.label == "red")
        #expect(first.route?.servedBy == .edge)
        #expect(first.route?.selected == 1)
        #expect(first.route?.miss == true)
        #expect(first.route?.submodel == nil)
        #expect((first.route?.edgeMs ?? 0) > 0)
        let hit = try run.show(.red) { $0.hit }
        #expect(hit.hit)
        #expect(hit.submodel == 1)
        #expect(hit.servedBy == .device)
        #expect(hit.edgeMs == nil)
        #expect(hit.reason == nil)
        // Green is not what submodel 1 is sure of: the edge answers, until submodel 2 has come.
        let green = try run.show(.green)
        #expect(green.label == "green")
        #expect(green.route?.servedBy == .edge)
        #expect(green.route?.selected == 2)
        #expect(try run.show(.green) { $0.hit }.submodel == 2)
        #expect(run.analyzer.plan.router.resident == [2])
        let end = run.end
        #expect(end.fetched >= 2)
        #expect(end.edgeFailures == 0)
        #expect(end.edgeAnswers >= 3)
        #expect(end.switches == 2)
        #expect(end.edgeSeconds > 0)
        #expect(FileManager.default.fileExists(atPath: folder + "/cache/submodel-2.onnx"))
    }

    @Test func withTwoSubmodelsTheDeviceChooses() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let edge = try FakeEdge()
        let run = try start(edge, folder, size: 2)
        for hue: Hue in [.red, .green] { #expect(try run.show(hue) { $0.hit }.hit) }
        try run.waitForSelector(.green)
        let asked = edge.state.withLock { $0.asked }
        // Red is resident, and consulted without the edge.
        let red = try run.route(.red)
        #expect(red.hit)
        #expect(red.submodel == 1)
        #expect(red.selected == 1)
        #expect(!red.miss)
        #expect(edge.state.withLock { $0.asked } == asked)
    }

    @Test func whatIsOnDiskIsNotFetchedAgain() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let edge = try FakeEdge()
        _ = try start(edge, folder).show(.red) { $0.hit }
        let fetched = edge.state.withLock { $0.fetched.filter { $0 == "submodel-1.onnx" } }
        let again = try start(edge, folder)
        #expect(try again.show(.red) { $0.hit }.hit)
        #expect(edge.state.withLock { $0.fetched.filter { $0 == "submodel-1.onnx" } } == fetched)
        #expect(again.end.edgeFailures == 0)
    }

    @Test(arguments: [
        (FakeEdge.Behaviour.slow, "edge_timeout"), (.gone, "edge_unreachable"), (.busy, "edge_busy"), (.wrongClass, "edge_invalid_answer"),
        (.wrongShape, "edge_invalid_answer"), (.wrongSelection, "edge_invalid_answer"),
    ])
    func aBadEdgeIsDoneWithout(_ behaviour: FakeEdge.Behaviour, reason: String) throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let edge = try FakeEdge()
        let run = try start(edge, folder)
        #expect(try run.show(.red) { $0.hit }.hit)
        try run.waitForSelector(.red)
        edge.become(behaviour)
        let alone = try run.show(.green)
        #expect(alone.route?.reason == reason)
        #expect(alone.route?.servedBy == .device)
        #expect(alone.route?.hit == false)
        #expect(alone.route?.submodel == 1)
        #expect(alone.label != nil)
        // It is not asked again at once.
        let asked = edge.state.withLock { $0.asked }
        let next = try run.route(.green)
        #expect(next.reason == "edge_backoff")
        #expect(next.edgeMs == nil)
        #expect(edge.state.withLock { $0.asked } == asked)
        #expect(run.analyzer.counts.edgeFailures == 1)
        // What the submodel is sure of needs no edge, and says nothing of it.
        #expect(try run.route(.red).reason == nil)
        edge.become(.good)
        guard behaviour != .busy else { return }
        let back = try run.show(.green) { $0.servedBy == .edge || $0.hit }
        #expect(back.reason == nil)
    }

    @Test func withoutAnythingThereIsARecordAllTheSame() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let edge = try FakeEdge()
        let run = try start(edge, folder)
        edge.become(.gone)
        let analysis = try run.show(.red)
        #expect(analysis.route?.servedBy == RouteOutcome.Server.none)
        #expect(analysis.route?.reason == "edge_unreachable")
        #expect(analysis.answer == .classes([]))
        #expect(run.end.hits == 0)
    }

    @Test func anEarlierRunsFolderServesWithoutTheEdge() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.copyItem(atPath: tinyBundle, toPath: folder)
        let run = try start(try FakeEdge(.gone), folder)
        // With selector and submodels on disk, the device chooses and switches by itself.
        for hue: Hue in [.blue, .green] {
            let hit = try run.show(hue) { $0.hit }
            #expect(hit.hit, "\(hue)")
            #expect(hit.submodel == hue.rawValue + 1, "\(hue)")
        }
    }

    @Test func anEdgeThatIsAwayFromTheStartIsAnError() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let error = #expect(throws: DeepVidError.self) { try start(try FakeEdge(.gone), folder) }
        #expect(error?.code == .edgeUnreachable)
        #expect(error?.message.contains(folder) == true)
    }

    @Test func noWrongModelBecomesActive() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let folder = place.path
        let edge = try FakeEdge(.wrongFiles)
        let run = try start(edge, folder)
        for _ in 0..<200 {
            let route = try run.route(.red)
            #expect(route.servedBy == .edge)
            #expect(!route.hit)
            Thread.sleep(forTimeInterval: 0.001)
        }
        #expect(run.analyzer.plan.router.resident.isEmpty)
        #expect(run.analyzer.counts.edgeFailures > 0)
        #expect(run.analyzer.counts.fetched == 0)
        // The wrong file under the right name is no hindrance once the right one can be had.
        edge.become(.good)
        #expect(try run.show(.red) { $0.hit }.submodel == 1)
    }

    /// The edge's bundle gets another submodel 2 while the device runs: the device learns of it, and goes on.
    @Test func aChangedBundleIsFetchedAnew() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let edge = try FakeEdge()
        let run = try start(edge, place.path("cache"))
        #expect(try run.show(.green) { $0.hit }.submodel == 2)
        #expect(try run.show(.red) { $0.hit }.submodel == 1)
        let sha256 = try edge.change("submodel-2.onnx", in: place.path("changed"))
        // The device does not know of the submodel that the edge speaks of.
        let unknown = try run.route(.green)
        #expect(unknown.reason == "edge_invalid_answer")
        #expect(unknown.servedBy == .device)
        #expect(try run.show(.green) { $0.hit }.submodel == 2)
        #expect(edge.state.withLock { $0.described } == 2)
        let kept = try BundleFolder(reading: place.path("cache"))
        let file = try #require(kept.manifest["submodel-2.onnx"])
        #expect(file.sha256 == sha256)
        _ = try file.contents(in: kept.path!)
        #expect(try run.show(.blue) { $0.servedBy == .edge }.reason == nil)
        #expect(try run.show(.red) { $0.hit }.submodel == 1)
    }

    @Test func everyFrameToAnEdgeWhoseBundleChanges() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let edge = try FakeEdge()
        let run = try RoutedRun(RouteOptions(.edgeOnly(edge)))
        #expect(try run.route(.green).servedBy == .edge)
        try edge.change("submodel-2.onnx", in: place.path("changed"))
        #expect(try run.route(.green).reason == "edge_invalid_answer")
        #expect(try run.show(.green) { $0.servedBy == .edge }.selected == 2)
    }

    @Test func everyFrameToTheEdge() throws {
        let edge = try FakeEdge()
        var route = RouteOptions(.edgeOnly(edge))
        route.deadline = .milliseconds(50)
        let run = try RoutedRun(route)
        for hue: Hue in [.red, .blue] {
            let analysis = try run.show(hue)
            #expect(analysis.label == "\(hue)")
            #expect(analysis.route?.servedBy == .edge)
            #expect(analysis.route?.selected == hue.rawValue + 1)
        }
        edge.become(.slow)
        let lost = try run.show(.red)
        #expect(lost.route?.servedBy == RouteOutcome.Server.none)
        #expect(lost.route?.reason == "edge_timeout")
        #expect(lost.answer == .classes([]))
        #expect(try run.route(.red).reason == "edge_backoff")
        #expect(run.end.edgeAnswers == 2)
    }
}
