import Foundation
import Models
import Synchronization
import TestSupport
import Testing

@testable import CacheNet

/// What a device knows of its edge's bundle.
@Suite struct RoutedModelsTests {
    /// Describes bundles, and answers nothing.
    private final class Describer: EdgeService {
        let current: Mutex<BundleManifest?>
        let asked = Mutex(0)

        init(_ manifest: BundleManifest?) { current = Mutex(manifest) }

        func manifest(deadline: Duration) throws(EdgeError) -> BundleManifest {
            asked.withLock { $0 += 1 }
            guard let manifest = current.withLock({ $0 }) else { throw EdgeError(.unreachable, "no connection") }
            return manifest
        }

        func infer(_ request: EdgeRequest, deadline: Duration) throws(EdgeError) -> EdgeAnswer { throw EdgeError(.busy, "no") }
        func fetch(_ file: BundleFile, into folder: String) throws(EdgeError) { throw EdgeError(.busy, "no") }
    }

    private func tiny() throws -> BundleManifest { try BundleFolder(reading: tinyBundle).manifest }

    @Test func anotherBundleIsTakenOnce() throws {
        let edge = Describer(try tiny())
        let models = try RoutedModels(RouteOptions(.edgeOnly(edge)), model: ModelOptions())
        let old = models.bundle
        edge.current.withLock { $0?.threshold = 0.125 }
        #expect(try models.refresh(old)?.manifest.threshold == 0.125)
        #expect(models.bundle.manifest.threshold == 0.125)
        #expect(models.makePlan(models.bundle).threshold == 0.125)
        // Another input, which still has the old one, need not ask for it.
        #expect(try models.refresh(old)?.manifest.threshold == 0.125)
        #expect(edge.asked.withLock { $0 } == 2)
    }

    @Test func theEdgeIsNotAskedAgainAtOnce() throws {
        let edge = Describer(try tiny())
        let models = try RoutedModels(RouteOptions(.edgeOnly(edge)), model: ModelOptions())
        for _ in 0..<50 { #expect(try models.refresh(models.bundle) == nil) }
        #expect(edge.asked.withLock { $0 } == 2)
    }

    @Test func aGivenThresholdStays() throws {
        let edge = Describer(try tiny())
        var options = RouteOptions(.edgeOnly(edge))
        options.threshold = 0.75
        let models = try RoutedModels(options, model: ModelOptions())
        edge.current.withLock { $0?.threshold = 0.125 }
        let new = try #require(try models.refresh(models.bundle))
        #expect(models.makePlan(new).threshold == 0.75)
    }

    /// Frames are prepared, and results read, by the card: with another one the run cannot go on.
    @Test func anotherCardIsRefused() throws {
        let edge = Describer(try tiny())
        let models = try RoutedModels(RouteOptions(.edgeOnly(edge)), model: ModelOptions())
        edge.current.withLock { $0?.card.input.width = 32 }
        let error = #expect(throws: DeepVidError.self) { try models.refresh(models.bundle) }
        #expect(error?.code == .edgeInvalidAnswer)
        #expect(models.bundle.manifest == (try tiny()))
    }

    @Test func aFolderOfAnEarlierRunDoesWithoutTheEdge() throws {
        let place = try TemporaryFolder()
        defer { withExtendedLifetime(place) {} }
        let error = #expect(throws: DeepVidError.self) {
            try RoutedModels(RouteOptions(.edge(Describer(nil), folder: place.path)), model: ModelOptions())
        }
        #expect(error?.code == .edgeUnreachable)
        #expect(error?.message.contains(place.path) == true)
        _ = try BundleFolder(keeping: try tiny(), in: place.path)
        let models = try RoutedModels(RouteOptions(.edge(Describer(nil), folder: place.path)), model: ModelOptions())
        #expect(models.profile.name == "tiny")
        #expect(!models.bundle.has(BundleFile.selector))
        #expect(!(1...3).contains { models.bundle.has(BundleFile.submodel($0)) })
        let lost = #expect(throws: DeepVidError.self) { try models.obtain(BundleFile.selector, of: models.bundle) }
        #expect(lost?.code == .edgeBusy)
    }
}
