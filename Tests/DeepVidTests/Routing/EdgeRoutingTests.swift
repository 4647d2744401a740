import Models
import CacheNet
import Foundation
import Testing

@testable import DeepVid

/// A device with an edge that is good, slow, gone or lying.
@Suite struct EdgeRoutingTests {
    private func start(_ edge: FakeEdge, _ folder: String, size: Int = 1, deadline: Duration = .milliseconds(50)) throws -> RoutedRun {
        var route = RouteOptions(.edge, bundle: folder)
        (route.edge, route.submodelCache, route.deadline) = (edge, size, deadline)
        return try RoutedRun(route)
    }

    @Test func theEdgeAnswersUntilTheSubmodelIsThere() throws {
        try withFolder { folder in
            let edge = try FakeEdge()
            let run = try start(edge, folder + "/cache")
            let first = try run.show(.red)
            #expect(first.label == "red" && first.route?.servedBy == "edge" && first.route?.selected == 1 && first.route?.miss == true)
            #expect(first.route?.submodel == nil && (first.route?.edgeMs ?? 0) > 0)
            let hit = try run.show(.red) { $0.hit }
            #expect(hit.hit && hit.submodel == 1 && hit.servedBy == "device" && hit.edgeMs == nil && hit.reason == nil)
            // Green is not what submodel 1 is sure of: the edge answers, until submodel 2 has come.
            let green = try run.show(.green)
            #expect(green.label == "green" && green.route?.servedBy == "edge" && green.route?.selected == 2)
            #expect(try run.show(.green) { $0.hit }.submodel == 2)
            #expect(run.analyzer.router.resident == [2])
            let end = run.end
            #expect(end.fetched >= 2 && end.edgeFailures == 0 && end.edgeAnswers >= 3 && end.switches == 2 && end.edgeS > 0)
            #expect(FileManager.default.fileExists(atPath: folder + "/cache/submodel-2.onnx"))
        }
    }

    @Test func withTwoSubmodelsTheDeviceChooses() throws {
        try withFolder { folder in
            let edge = try FakeEdge()
            let run = try start(edge, folder, size: 2)
            for hue: Hue in [.red, .green] { #expect(try run.show(hue) { $0.hit }.hit) }
            try run.waitForSelector(.green)
            let asked = edge.state.withLock { $0.asked }
            // Red is resident, and consulted without the edge.
            let red = try run.route(.red)
            #expect(red.hit && red.submodel == 1 && red.selected == 1 && !red.miss)
            #expect(edge.state.withLock { $0.asked } == asked)
        }
    }

    @Test func whatIsOnDiskIsNotFetchedAgain() throws {
        try withFolder { folder in
            let edge = try FakeEdge()
            _ = try start(edge, folder).show(.red) { $0.hit }
            let fetched = edge.state.withLock { $0.fetched.filter { $0 == "submodel-1.onnx" } }
            let again = try start(edge, folder)
            #expect(try again.show(.red) { $0.hit }.hit)
            #expect(edge.state.withLock { $0.fetched.filter { $0 == "submodel-1.onnx" } } == fetched)
            #expect(again.end.edgeFailures == 0)
        }
    }

    @Test(arguments: [
        (FakeEdge.Behaviour.slow, "edge_timeout"), (.gone, "edge_unreachable"), (.busy, "edge_busy"), (.wrongClass, "edge_invalid_answer"),
        (.wrongShape, "edge_invalid_answer"), (.wrongSelection, "edge_invalid_answer"),
    ])
    func aBadEdgeIsDoneWithout(_ behaviour: FakeEdge.Behaviour, reason: String) throws {
        try withFolder { folder in
            let edge = try FakeEdge()
            let run = try start(edge, folder)
            #expect(try run.show(.red) { $0.hit }.hit)
            try run.waitForSelector(.red)
            edge.become(behaviour)
            let began = ContinuousClock.now
            let alone = try run.show(.green)
            #expect(began.duration(to: .now) < .seconds(5))
            #expect(alone.route?.reason == reason && alone.route?.servedBy == "device" && alone.route?.hit == false)
            #expect(alone.route?.submodel == 1 && alone.label != nil)
            // It is not asked again at once.
            let asked = edge.state.withLock { $0.asked }
            let next = try run.route(.green)
            #expect(next.reason == "edge_backoff" && next.edgeMs == nil && edge.state.withLock { $0.asked } == asked)
            #expect(run.analyzer.counts.edgeFailures == 1)
            // What the submodel is sure of needs no edge, and says nothing of it.
            #expect(try run.route(.red).reason == nil)
            edge.become(.good)
            guard behaviour != .busy else { return }
            let back = try run.show(.green) { $0.servedBy == "edge" || $0.hit }
            #expect(back.reason == nil)
        }
    }

    @Test func withoutAnythingThereIsARecordAllTheSame() throws {
        try withFolder { folder in
            let edge = try FakeEdge()
            let run = try start(edge, folder)
            edge.become(.gone)
            let analysis = try run.show(.red)
            #expect(analysis.route?.servedBy == "none" && analysis.route?.reason == "edge_unreachable" && analysis.result == .classes([]))
            #expect(run.end.hits == 0)
        }
    }

    @Test func anEarlierRunsFolderServesWithoutTheEdge() throws {
        try withFolder { folder in
            try FileManager.default.removeItem(atPath: folder)
            try FileManager.default.copyItem(atPath: tinyBundle, toPath: folder)
            let run = try start(try FakeEdge(.gone), folder)
            // With selector and submodels on disk, the device chooses and switches by itself.
            for hue: Hue in [.blue, .green] {
                let hit = try run.show(hue) { $0.hit }
                #expect(hit.hit && hit.submodel == hue.rawValue + 1, "\(hue)")
            }
        }
    }

    @Test func anEdgeThatIsAwayFromTheStartIsAnError() throws {
        try withFolder { folder in
            let error = #expect(throws: DeepVidError.self) { try start(try FakeEdge(.gone), folder) }
            #expect(error?.code == "edge_unreachable" && error?.message.contains(folder) == true)
        }
    }

    @Test func noWrongModelBecomesActive() throws {
        try withFolder { folder in
            let edge = try FakeEdge(.wrongFiles)
            let run = try start(edge, folder)
            for _ in 0..<200 {
                let route = try run.route(.red)
                #expect(route.servedBy == "edge" && !route.hit)
                Thread.sleep(forTimeInterval: 0.001)
            }
            #expect(run.analyzer.router.resident.isEmpty && run.analyzer.counts.edgeFailures > 0 && run.analyzer.counts.fetched == 0)
            // The wrong file under the right name is no hindrance once the right one can be had.
            edge.become(.good)
            #expect(try run.show(.red) { $0.hit }.submodel == 1)
        }
    }

    @Test func everyFrameToTheEdge() throws {
        let edge = try FakeEdge()
        var route = RouteOptions(.edgeOnly, bundle: nil)
        (route.edge, route.deadline) = (edge, .milliseconds(50))
        let run = try RoutedRun(route)
        for hue: Hue in [.red, .blue] {
            let analysis = try run.show(hue)
            #expect(analysis.label == "\(hue)" && analysis.route?.servedBy == "edge" && analysis.route?.selected == hue.rawValue + 1)
        }
        edge.become(.slow)
        let lost = try run.show(.red)
        #expect(lost.route?.servedBy == "none" && lost.route?.reason == "edge_timeout" && lost.result == .classes([]))
        #expect(try run.route(.red).reason == "edge_backoff")
        #expect(run.end.edgeAnswers == 2)
    }
}
