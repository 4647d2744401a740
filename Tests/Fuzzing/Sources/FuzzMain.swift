import Foundation

/// Chosen by `DEEPVID_FUZZ_TARGET`, because libFuzzer owns the command line.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["DEEPVID_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        FileHandle.standardError.write(Data("DEEPVID_FUZZ_TARGET must be one of \(names)\n".utf8))
        exit(2)
    }
    return target
}()

private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<Arguments>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The package manager expects a main of this name; libFuzzer's own main then stays out of the program.
@_cdecl("deepvid_fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments) { bytes, count in
        target.feed(Data(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    }
}
