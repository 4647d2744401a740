import Models
import Video

/// The frames of one input, decoded ahead on a thread of their own, until they end or a stop comes.
package final class FrameFeed {
    private var queue: FrameQueue
    private let control: RunControl
    private let input: String
    private let options: VideoOptions

    /// - Returns: nil when the run was stopped while the input was opened.
    package init?(_ input: String, options: VideoOptions, control: RunControl) throws(DeepVidError) {
        let opening = Opening(input, options: options)
        control.watch { opening.cancel() }
        do throws(VideoError) {
            guard let queue = try opening.wait() else { return nil }
            self.queue = queue
        } catch {
            control.watch(nil)
            throw DeepVidError(error)
        }
        (self.control, self.input, self.options) = (control, input, options)
        control.watch { [queue] in queue.cancel() }
    }

    package var info: StreamInfo { queue.info }
    var summary: FrameQueue.Summary { queue.summary }

    /// Nil at the end and after a stop.
    /// - Throws: when the input breaks, or ends before it should.
    package func next() throws(DeepVidError) -> Frame? {
        guard !control.isStopped else { return nil }
        do throws(VideoError) {
            if let frame = try queue.next() { return frame }
            if !control.isStopped, let early = queue.summary.earlyEnd { throw early }
            return nil
        } catch {
            throw DeepVidError(error)
        }
    }

    /// Opens the input again at `frame`, which was read last, as another process would to go on from there.
    ///
    /// - Returns: the frame as it is read then. Nil if it cannot be, or is another picture; then reading goes on as before.
    func reopen(at frame: Frame) -> Frame? {
        var options = options
        options.resume = frame.resumePoint
        guard let fresh = try? FrameQueue(input, options: options), let again = try? fresh.next(), again.index == frame.index,
            let (now, then) = try? (again.fingerprint(), frame.fingerprint()), now == then
        else { return nil }
        queue.cancel()
        queue = fresh
        control.watch { [queue] in queue.cancel() }
        return again
    }

    /// Ends reading: a `next()` that waits gives nil.
    func cancel() { queue.cancel() }

    deinit {
        control.watch(nil)
        cancel()
    }
}
