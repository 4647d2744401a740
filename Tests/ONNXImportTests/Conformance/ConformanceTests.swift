import Testing

/// `make conformance` runs this suite.
@Suite(.enabled(if: ConformanceRunner.isAvailable, "../shared/conformance is not there"))
struct ConformanceTests {
    @Test(arguments: ConformanceEngine.all)
    func onnxNodeTests(engine: ConformanceEngine) throws {
        let report = try ConformanceRunner().run(engine)
        print(report)
        #expect(report.passed > 0)
        for failure in report.failed { Issue.record("\(failure.name): \(failure.reason)") }
        for name in report.stale { Issue.record("\(name) is listed as an exception, but passes or does not exist") }
    }
}
