// swift-tools-version: 6.1
import PackageDescription

// A package outside of deepvid's own: a program that imports the library. Yours names a URL and a version instead of a path.
let package = Package(
    name: "ClipContents",
    dependencies: [.package(name: "deepvid", path: "../..")],
    targets: [.executableTarget(name: "ClipContents", dependencies: [.product(name: "DeepVid", package: "deepvid")])]
)
