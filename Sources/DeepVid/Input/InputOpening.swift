import Concurrency
import Video

/// An input that is opened on a thread of its own: a stop need not wait for a server that does not answer, and models are loaded meanwhile.
package final class InputOpening: Sendable {
    package let input: String
    private let opened = Channel<FrameQueue, VideoError>(capacity: 1)

    /// - Returns: nil where the system has no thread left.
    init?(_ input: String, options: VideoOptions, decider: ActiveDecoding? = nil, ring: PacketRing? = nil) {
        self.input = input
        // The thread keeps the channel; after a stop it ends when FFmpeg does, with nobody waiting.
        let isStarted = startThread(named: "deepvid open") { [opened] in
            do throws(VideoError) {
                _ = opened.send(try FrameQueue(input, options: options, decider: decider, ring: ring))
                opened.finish()
            } catch { opened.finish(.failure(error)) }
        }
        if !isStarted { return nil }
    }

    /// Begins to open a file before there is a run for it. `end()` has to be called, whatever becomes of that.
    ///
    /// - Parameter run: as it will be run with.
    /// - Returns: nil for what is no file, and where opening has to wait for the run: active decoding decides packet by packet.
    package convenience init?(ahead input: String, for run: RunOptions) {
        guard run.decode == .all, InputName(input).isRegularFile else { return nil }
        self.init(input, options: run.video)
    }

    /// Waits for it, once.
    /// - Returns: nil after `cancel()`.
    func queue() throws(VideoError) -> FrameQueue? { try opened.receive()?.element }

    func cancel() { opened.cancel() }

    /// Waits until the file is open or is not, and closes it where nobody took it: a process that ends while FFmpeg opens a file may crash.
    package func end() { try? opened.receive()?.element.cancel() }
}
