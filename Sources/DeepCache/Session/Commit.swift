import CKernels
import Inference

/// Decides which freshly computed pixels replace the stored ones.
enum Commit {
    /// Those with a channel that moved by more than this; 0: by a bit.
    case largest(Float)
    /// Those whose change is worth more than a limit at the outputs.
    case weighted(dv_truncation)

    /// Writes them into `stored`, and one flag a pixel.
    func run(
        _ fresh: Image, _ channels: Int, _ stored: Image, _ spans: UnsafeBufferPointer<dv_span>, _ flags: UnsafeMutablePointer<UInt8>
    ) {
        switch self {
        case .largest(let tolerance):
            _ = dv_commit(fresh.base, fresh.pixel, Int32(channels), tolerance, stored, spans.baseAddress, spans.count, flags)
        case .weighted(var rule):
            _ = dv_commit_weighted(&rule, fresh.base, fresh.pixel, Int32(channels), stored, spans.baseAddress, spans.count, flags)
        }
    }
}
