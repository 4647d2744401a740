// swift-tools-version: 6.1
import PackageDescription

// No target that the library needs has unsafe flags, or nobody could depend on this package by version: what the C kernels ask of the
// compiler is said in their sources. A debug build therefore compiles the kernels without optimization, tens of times slower than a release
// build; `swift build -Xcc -O2` optimizes the C code of a debug build alone.
let package = Package(
    name: "deepvid",
    products: [
        .executable(name: "deepvid", targets: ["deepvid"]),
        .executable(name: "deepvid-bench", targets: ["deepvid-bench"]),
        .executable(name: "deepvid-edge", targets: ["deepvid-edge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        // For the edge server only: `swift build --product deepvid` compiles none of these.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat libavcodec libswscale libavutil",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev", "libavutil-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CKernels"),
        .target(name: "CDefaultModel", exclude: ["default.onnx", "default.json"]),
        .target(name: "Tensors"),
        .target(name: "Concurrency"),
        .target(name: "Video", dependencies: ["CFFmpeg", "CKernels", "Concurrency"]),
        .target(name: "Pictures", dependencies: ["Video"]),
        .target(name: "Inference", dependencies: ["Tensors", "CKernels"]),
        .target(
            name: "ONNXProto", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")], exclude: ["onnx.proto"]),
        .target(name: "ONNXImport", dependencies: ["ONNXProto", "Inference", "Tensors"]),
        .target(name: "Vision", dependencies: ["Tensors"]),
        .target(name: "DeepCache", dependencies: ["Inference", "Tensors", "CKernels"]),
        .target(name: "Models", dependencies: ["CDefaultModel", "Hashing", "Inference", "ONNXImport", "Tensors", "Vision"]),
        .target(name: "SemanticMemory", dependencies: ["Inference"]),
        .target(name: "Hashing"),
        .target(name: "CacheNet", dependencies: ["Hashing", "Vision"]),
        .target(name: "Results", dependencies: ["CZstd"]),
        .target(name: "Tracking"),
        .target(
            name: "DeepVid",
            dependencies: [
                "Concurrency", "Models", "Video", "Vision", "Inference", "DeepCache", "Results", "Tensors", "Pictures", "Tracking",
                "SemanticMemory", "CacheNet", "Hashing", "CZstd",
            ]),
        .executableTarget(
            name: "deepvid",
            dependencies: [
                "DeepVid", "CacheNet", "EdgeClient", "Video", "Vision", "Inference", "SemanticMemory", "ONNXImport", "Results",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "deepvid-bench",
            dependencies: [
                "DeepVid", "Video", "Vision", "Inference", "ONNXImport", "Results",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .target(
            name: "EdgeProtocol",
            dependencies: ["CacheNet", "Vision", "CZstd", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["edge.proto"]),
        .target(
            name: "EdgeClient",
            dependencies: [
                "CacheNet", "EdgeProtocol", "Hashing", "CCurl", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .target(
            name: "EdgeServer",
            dependencies: [
                "CacheNet", "EdgeProtocol", "Hashing", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "deepvid-edge",
            dependencies: [
                "EdgeServer", "DeepVid", "CacheNet", "Vision", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // What several of the targets below need: deterministic numbers, random networks, folders.
        .target(name: "TestSupport", dependencies: ["Inference", "Tensors"], path: "Tests/Support"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(name: "KernelsTests", dependencies: ["CKernels", "TestSupport"]),
        .testTarget(name: "VideoTests", dependencies: ["Video"]),
        .testTarget(name: "PicturesTests", dependencies: ["Pictures", "Video"]),
        .testTarget(name: "DeepCacheTests", dependencies: ["DeepCache", "Inference", "ONNXImport", "Tensors", "CKernels", "TestSupport"]),
        .testTarget(name: "InferenceTests", dependencies: ["Inference", "Tensors", "TestSupport"]),
        .testTarget(
            name: "SemanticMemoryTests", dependencies: ["SemanticMemory", "DeepCache", "Inference", "ONNXImport", "Tensors", "TestSupport"]),
        .testTarget(
            name: "ONNXImportTests", dependencies: ["ONNXImport", "ONNXProto", "Inference", "TestSupport"],
            exclude: ["conformance-exceptions.txt"]),
        .testTarget(name: "VisionTests", dependencies: ["Vision"]),
        .testTarget(name: "TrackingTests", dependencies: ["Tracking"]),
        .testTarget(name: "HashingTests", dependencies: ["Hashing"]),
        .testTarget(name: "CacheNetTests", dependencies: ["CacheNet", "Hashing", "Vision", "TestSupport"]),
        .testTarget(
            name: "EdgeTests",
            dependencies: [
                "EdgeServer", "EdgeClient", "EdgeProtocol", "CacheNet", "Hashing", "Vision",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "ResultsTests", dependencies: ["Results"]),
        .testTarget(
            name: "DeepVidTests",
            dependencies: [
                "DeepVid", "CacheNet", "DeepCache", "Hashing", "Models", "ONNXProto", "Pictures", "Results", "Tracking", "Video", "Vision",
                "TestSupport",
            ]),
        .testTarget(name: "deepvidTests", dependencies: ["Results", "Video"]),
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
                "CacheNet", "EdgeProtocol", "Inference", "ONNXImport", "DeepVid", "Results", "SemanticMemory", "Tensors", "Vision",
            ],
            path: "Tests/Fuzzing/Sources",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])],
            // gold, the default, fails on the sanitizer's debug information.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}
