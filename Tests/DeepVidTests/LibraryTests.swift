import DeepVid
import TestSupport
import Testing

/// What a program has that imports DeepVid and nothing beside it.
@Suite struct LibraryTests {
    private let clip = Files.clip("moving.mp4")

    /// That this compiles is the test.
    @Test func whatStandsInSignaturesCanBeNamed() {
        let names: [Any.Type] = [
            AgreeOn.self, AgreementEstimate.self, Arrival.self, AuditedFrame.self, BestView.self, Box.self, CBinferOptions.self,
            ClassMemory.self, Classification.self, ColorMatrix.self, ColorRange.self, ComparedFrame.self, DecodeMode.self,
            DecodeSummary.self, DeepCacheOptions.self, DeepMonOptions.self, DeepVidError.self, DeepVidError.Code.self, DepthMap.self,
            Detection.self, EdgeConnection.self, EdgeError.self, ExitCounts.self, Frame.self, FrameInfo.self, FrameResult.self,
            HeadResult.self, Hysteresis.self, Keypoint.self, LayerSummary.self, Mask.self, MemoryOptions.self, ModelAnswer.self,
            ModelOptions.self, ModelOutline.MissingOperator.self, ModelProfile.self, ModelReport.self, MotionHints.self,
            MotionOptions.self, MotionVector.self, NoiseFloor.self, ObjectAnswer.self, ObjectClass.self, ObjectEvent.self,
            ObjectShape.self, Orientation.self, Outage.self, OutputOptions.self, PacketRing.self, PictureKind.self,
            PixelMap<Float>.self, Rational.self, ReadingSummary.self, Recognizer.self, Recognizer.Rule.self, Reconnection.self,
            RecordingClock.self, ResumePoint.self, ReuseOptions.self, ReuseOptions.Policy.self, ReuseReason.self, RotatedBox.self,
            RouteCounts.self, RouteOptions.self, RouteOutcome.self, RunOutput.self, RunProgress.self, RunSummary.self, SeenClass.self,
            SemanticMap.self, Shape.self, StartTime.self, StreamInfo.self, VideoError.self, VideoOptions.self, Zone.self,
            ZoneEvent.self, ZonePlan.self, ZoneWatch.ZoneCount.self, (any EdgeService).self,
        ]
        #expect(names.count == 80)
    }

    @Test func whatAVideoFailsAtIsTheLibrarysError() throws {
        let missing = #expect(throws: DeepVidError.self) { try VideoReader("/no/such/clip.mp4") }
        #expect(missing?.code == .notFound)
        #expect(missing?.cause is VideoError)
        let negative = #expect(throws: DeepVidError.self) { try VideoReader(clip, options: VideoOptions(maxFrames: -1)) }
        #expect(negative?.code == .invalidOptions)
        let audio = #expect(throws: DeepVidError.self) { try VideoReader(Files.clip("audio.m4a")) }
        #expect(audio?.code == .noVideoStream)
    }

    @Test func whatIsMissingOfAClipIsSaid() throws {
        let video = try VideoReader(Files.clip("truncated.mp4"))
        #expect(video.earlyEnd == nil)
        while try video.next() != nil {}
        #expect(video.framesDelivered == 37)
        #expect(video.earlyEnd?.code == .truncated)
    }

    @Test func aReaderCanBeStopped() throws {
        let video = try VideoReader(clip)
        _ = try video.next()
        video.cancel()
        let error = #expect(throws: DeepVidError.self) { while try video.next() != nil {} }
        #expect(error?.code == .cancelled)
        #expect(error?.message == "\(clip): reading was cancelled")
        #expect(try video.next() == nil)
    }

    @Test func anotherThreadStopsAReader() throws {
        let video = try VideoReader(clip), canceller = video.canceller
        let error = #expect(throws: DeepVidError.self) {
            while try video.next() != nil { canceller() }
        }
        #expect(error?.code == .cancelled)
    }

    @Test(arguments: [
        (ModelOptions(score: 40), "`score` is 40.0: give a number from 0 to 1, such as 0.4"),
        (ModelOptions(score: .nan), "`score` is nan: give a number from 0 to 1, such as 0.4"),
        (ModelOptions(nmsIoU: -0.1), "`nmsIoU` is -0.1: give a share from 0 to 1, such as 0.6"),
        (ModelOptions(topK: -1), "`topK` is -1: give 1 or more"),
        (ModelOptions(inputSize: (0, 0)), "`inputSize` is 0x0: give sides of 1 to 16384 pixels"),
        (ModelOptions(classes: ["persn"]), "`classes`: the model has no class 'persn'; did you mean 'person'?"),
    ]) func aModelRefusesWhatCannotBe(options: ModelOptions, sentence: String) {
        let error = #expect(throws: DeepVidError.self) { try Model(options) }
        #expect(error?.code == .invalidOptions)
        #expect(error?.message == sentence)
        #expect(throws: DeepVidError.self) { try Model([options]) }
    }

    static let impossible: [(String, @Sendable (inout ReuseOptions) -> Void)] = [
        ("`targetAgreement` is 99.0: give a share from 0 to 1, such as 0.99", { $0.targetAgreement = 99 }),
        ("`targetAgreement` is nan: give a share from 0 to 1, such as 0.99", { $0.targetAgreement = .nan }),
        ("`block` is 0: give 2 to 64 pixels", { $0.block = 0 }),
        ("`deepCache.refresh` is 0: give 1 frame or more", { $0.deepCache.refresh = 0 }),
        ("`deepMon.bins` is 12: give a power of two from 2 to 64", { $0.deepMon.bins = 12 }),
        ("`motion.threshold` is -3: give 1 to 255 levels", { $0.motion.threshold = -3 }),
        ("`cbinfer.threshold` is nan: give 0 or more, such as 0.1", { $0.cbinfer.threshold = .nan }),
    ]

    @Test(arguments: impossible.indices) func reuseRefusesWhatCannotBe(index: Int) throws {
        let (sentence, change) = Self.impossible[index], model = try Model()
        var reuse = ReuseOptions()
        change(&reuse)
        let error = #expect(throws: DeepVidError.self) { try Analyzer(model, reuse: reuse) }
        #expect(error?.code == .invalidOptions)
        #expect(error?.message == sentence)
        #expect(throws: DeepVidError.self) { try Runs(RunOptions(threads: 2, reuse: reuse)) }
    }

    @Test func threadsAreOneOrMoreOrThoseOfTheMachine() throws {
        let model = try Model()
        let error = #expect(throws: DeepVidError.self) { try Analyzer(model, threads: -1) }
        #expect(error?.code == .invalidOptions)
        #expect(error?.message == "`threads` is -1: give 1 to 4096, or 0 for one for each CPU")
        #expect(RunOptions(threads: 0).threads == RunOptions.availableCPUs)
        _ = try Analyzer(model, threads: 0)
    }

    @Test func thePublishedPoliciesAreForOneModel() throws {
        let two = try Model([ModelOptions(), ModelOptions(model: Files.fixture("models/vehicles.onnx"))])
        let error = #expect(throws: DeepVidError.self) { try Analyzer(two, reuse: ReuseOptions(policy: .deepmon)) }
        #expect(error?.code == .invalidOptions)
        #expect(throws: DeepVidError.self) { try Model([]) }
    }
}
