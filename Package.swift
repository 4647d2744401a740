// swift-tools-version: 6.1
import PackageDescription

// No target that the library needs has unsafe flags, or nobody could depend on this package by version: what the C kernels ask of the
// compiler is said in their sources. A debug build therefore compiles the kernels without optimization, tens of times slower than a release
// build; `swift build -Xcc -O2` optimizes the C code of a debug build alone.
let package = Package(
    name: "deepvid",
    products: [
        // What others import: docs/library.md.
        .library(name: "DeepVid", targets: ["DeepVid"]),
        .executable(name: "deepvid", targets: ["deepvid"]),
        .executable(name: "deepvid-bench", targets: ["deepvid-bench"]),
        // What the edge server, a package of its own in Edge, is made of: CacheNet, and what stands in its signatures.
        .library(name: "DeepVidCacheNet", targets: ["CacheNet", "Concurrency", "Hashing", "Models", "ResultCache", "Vision"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        // An HTTP server without NIO and TLS, for 'deepvid view': half a minute of a build, where Hummingbird takes three.
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libswscale libavutil",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev", "libavutil-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .target(name: "CKernels"),
        .target(name: "CMemory"),
        // Debian's toml++ has headers only.
        .target(name: "CTOML"),
        .target(name: "CDefaultModel", exclude: ["default.onnx", "default.json"]),
        .target(name: "Tensors"),
        .target(name: "Concurrency"),
        .target(name: "FileNames"),
        .target(name: "Clocks"),
        .target(name: "Settings", dependencies: ["CTOML", "FileNames"]),
        .target(name: "Supervision", dependencies: ["Concurrency", "FileNames"]),
        .target(name: "Video", dependencies: ["CFFmpeg", "CKernels", "Concurrency", "FileNames"]),
        .target(name: "Inference", dependencies: ["CKernels", "Concurrency", "Tensors"]),
        .target(
            name: "ONNXProto", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")], exclude: ["onnx.proto"]),
        .target(
            name: "ONNXImport",
            dependencies: ["ONNXProto", "Inference", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .target(name: "Vision", dependencies: ["FileNames", "Tensors"], resources: [.embedInCode("Cards/Resources/imagenet1000.txt")]),
        .target(name: "DeepCache", dependencies: ["CKernels", "Concurrency", "Hashing", "Inference", "Models", "Tensors", "Vision"]),
        .target(name: "Models", dependencies: ["CDefaultModel", "Hashing", "Inference", "ONNXImport", "Tensors", "Vision"]),
        .target(name: "Variants", dependencies: ["FileNames", "Models", "Settings"]),
        .target(name: "SemanticMemory", dependencies: ["Inference"]),
        .target(name: "Hashing", dependencies: ["CCrypto"]),
        .target(
            name: "CacheNet",
            dependencies: [
                "CCurl", "Concurrency", "CZstd", "Hashing", "Models", "ResultCache", "Tensors", "Vision",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["Protocol/edge.proto"]),
        .target(name: "ResultCache", dependencies: ["CKernels", "FileNames", "Hashing", "Vision"]),
        .target(
            name: "Results",
            dependencies: ["CacheNet", "Clocks", "CZstd", "DeepCache", "DeepVid", "FileNames", "Models", "Tracking", "Video", "Vision"]),
        .target(name: "Tracking", dependencies: ["Hashing", "Models", "Vision"]),
        .target(name: "Evaluation", dependencies: ["Models", "Tracking", "Vision"]),
        .target(
            name: "DeepVid",
            dependencies: [
                "CMemory", "CacheNet", "Clocks", "Concurrency", "DeepCache", "FileNames", "Hashing", "Inference", "Models", "ONNXImport",
                "ResultCache", "SemanticMemory", "Tensors", "Tracking", "Variants", "Video", "Vision",
            ]),
        .target(
            name: "Tuning",
            dependencies: [
                "CKernels", "Concurrency", "DeepCache", "DeepVid", "Hashing", "Inference", "Models", "ONNXImport", "ONNXProto", "Tensors",
                "Video", "Vision", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .target(
            name: "Reports",
            dependencies: [
                "Clocks", "DeepCache", "DeepVid", "Evaluation", "FileNames", "Hashing", "Models", "Results", "Tracking", "Tuning", "Video",
                "Vision",
            ],
            resources: [.embedInCode("Page/Resources/report.css"), .embedInCode("Page/Resources/report.js")]),
        .target(
            name: "Viewer",
            dependencies: [
                "Clocks", "DeepVid", "FileNames", "Models", "Reports", "Results", .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ]),
        .target(name: "Keeping", dependencies: ["Clocks", "DeepVid", "FileNames", "Models", "Reports", "Results", "Video"]),
        .target(
            name: "Notices",
            dependencies: ["CCurl", "CMosquitto", "Clocks", "Concurrency", "DeepVid", "FileNames", "Models", "Results", "Tracking"]),
        .target(name: "Exports", dependencies: ["Clocks", "DeepVid", "FileNames", "Models", "Results", "Vision"]),
        .target(name: "Counting", dependencies: ["Clocks", "DeepVid", "Models", "Results"]),
        .target(
            name: "Batch", dependencies: ["Concurrency", "DeepVid", "FileNames", "Hashing", "Models", "Results", "Video"]),
        .target(
            name: "RunMetrics",
            dependencies: ["Concurrency", "DeepVid", "FileNames", "Models", "Results", "Supervision", "Tracking", "Video"]),
        .executableTarget(
            name: "deepvid",
            dependencies: [
                "Batch", "CacheNet", "Clocks", "Concurrency", "Counting", "DeepCache", "DeepVid", "Evaluation", "Exports", "FileNames",
                "Inference", "Keeping", "Models", "Notices", "ONNXImport", "Reports", "ResultCache", "Results", "RunMetrics",
                "SemanticMemory", "Settings", "Supervision", "Tracking", "Tuning", "Variants", "Video", "Viewer", "Vision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            // Swift exports all symbols of a program that has its libraries inside: two megabytes of names that nobody looks up.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(platforms: [.linux]))]),
        .executableTarget(
            name: "deepvid-bench",
            dependencies: [
                "DeepCache", "Inference", "Models", "ONNXImport", "ResultCache", "Tensors", "Tracking", "Vision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // What several of the targets below need: deterministic numbers, random networks, folders.
        .target(name: "TestSupport", dependencies: ["Inference", "Tensors"], path: "Tests/Support"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(name: "ConcurrencyTests", dependencies: ["Concurrency"]),
        .testTarget(name: "ClocksTests", dependencies: ["Clocks"]),
        .testTarget(name: "FileNamesTests", dependencies: ["FileNames", "TestSupport"]),
        .testTarget(name: "SettingsTests", dependencies: ["Settings", "TestSupport"]),
        .testTarget(name: "KernelsTests", dependencies: ["CKernels", "TestSupport"]),
        .testTarget(name: "VideoTests", dependencies: ["Video", "TestSupport"]),
        .testTarget(
            name: "ReportsTests",
            dependencies: ["Reports", "Clocks", "DeepCache", "DeepVid", "Models", "Results", "Tracking", "Video", "Vision", "TestSupport"]),
        .testTarget(name: "KeepingTests", dependencies: ["Keeping", "DeepVid", "Models", "Results", "Video", "Vision", "TestSupport"]),
        .testTarget(name: "NoticesTests", dependencies: ["Clocks", "Notices", "DeepVid", "Results", "TestSupport"]),
        .testTarget(name: "ExportsTests", dependencies: ["Clocks", "Exports", "DeepVid", "Models", "Results", "TestSupport"]),
        .testTarget(name: "CountingTests", dependencies: ["Clocks", "Counting", "DeepVid", "Models", "Results", "TestSupport"]),
        .testTarget(name: "BatchTests", dependencies: ["Batch", "DeepVid", "Models", "Results", "Video", "TestSupport"]),
        .testTarget(name: "RunMetricsTests", dependencies: ["RunMetrics", "TestSupport"]),
        .testTarget(
            name: "DeepCacheTests",
            dependencies: ["CKernels", "DeepCache", "Inference", "Models", "ONNXImport", "Tensors", "Vision", "TestSupport"]),
        .testTarget(name: "InferenceTests", dependencies: ["Inference", "Tensors", "TestSupport"]),
        .testTarget(name: "SemanticMemoryTests", dependencies: ["SemanticMemory", "Inference", "TestSupport"]),
        .testTarget(
            name: "ONNXImportTests", dependencies: ["ONNXImport", "ONNXProto", "Inference", "TestSupport"],
            exclude: ["conformance-exceptions.txt"]),
        .testTarget(name: "VisionTests", dependencies: ["Vision", "Tensors", "TestSupport"]),
        .testTarget(name: "ModelsTests", dependencies: ["Models", "Inference", "ONNXProto", "Tensors", "Vision", "TestSupport"]),
        .testTarget(
            name: "TuningTests",
            dependencies: ["CKernels", "Inference", "Models", "ONNXImport", "ONNXProto", "Tensors", "TestSupport", "Tuning", "Vision"]),
        .testTarget(name: "VariantsTests", dependencies: ["Variants", "Models", "TestSupport"]),
        .testTarget(name: "TrackingTests", dependencies: ["Tracking", "Models", "Vision", "TestSupport"]),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "Models", "Vision"]),
        .testTarget(name: "HashingTests", dependencies: ["Hashing"]),
        .testTarget(name: "CacheNetTests", dependencies: ["CacheNet", "Hashing", "Models", "ResultCache", "Vision", "TestSupport"]),
        .testTarget(name: "ResultCacheTests", dependencies: ["Hashing", "ResultCache", "Vision"]),
        .testTarget(
            name: "ResultsTests",
            dependencies: [
                "Results", "CacheNet", "Clocks", "DeepCache", "DeepVid", "FileNames", "Models", "Video", "Vision", "TestSupport",
            ]),
        .testTarget(
            name: "DeepVidTests",
            dependencies: [
                "DeepVid", "CacheNet", "Clocks", "DeepCache", "Hashing", "Models", "ResultCache", "Results", "SemanticMemory",
                "Tracking", "Video", "Vision", "TestSupport",
            ]),
        .testTarget(name: "deepvidTests", dependencies: ["Inference", "Results", "Video", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzer has a main of its own and is built with other flags: Tests/Fuzzing/fuzz sets this.
if Context.environment["DEEPVID_FUZZ"] != nil {
    package.products.append(.executable(name: "deepvid-fuzz", targets: ["deepvid-fuzz"]))
    package.targets.append(
        .executableTarget(
            name: "deepvid-fuzz",
            dependencies: [
                "CacheNet", "Inference", "Models", "ONNXImport", "DeepVid", "Results", "SemanticMemory", "Tensors", "Tracking", "Vision",
            ],
            path: "Tests/Fuzzing/Sources",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])],
            // gold, the default, fails on the sanitizer's debug information.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}
