// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that who builds, tests or depends on deepvid compiles no NIO and no TLS.
let package = Package(
    name: "deepvid-edge",
    products: [.executable(name: "deepvid-edge", targets: ["deepvid-edge"])],
    dependencies: [
        .package(name: "deepvid", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "EdgeServer",
            dependencies: [
                .product(name: "DeepVidCacheNet", package: "deepvid"), .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "deepvid-edge",
            dependencies: [
                "EdgeServer", .product(name: "DeepVidCacheNet", package: "deepvid"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "EdgeTests",
            dependencies: [
                "EdgeServer", .product(name: "DeepVidCacheNet", package: "deepvid"), .product(name: "Logging", package: "swift-log"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
