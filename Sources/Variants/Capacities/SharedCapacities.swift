/// The capacities of several live streams of one process, which share its processors: what each frame cost is told, and once a second the
/// capacities are chosen anew (`CapacityAllocation`).
///
/// A value that knows no clock and no thread. How many processors are left is not asked of the system, which counts what waits for disks as
/// well, but seen by the streams themselves: of the time that a frame took, the share in which its thread had a processor. Where that is
/// less than all, others wanted them too.
package struct SharedCapacities: Sendable {
    fileprivate struct Stream: Sendable {
        /// Milliseconds of processor time a frame, by capacity.
        var costs: [CostHistory]
        var active: Int
        var frame = 0
        /// Seconds from frame to frame of the input, dropped ones counted; nil before two have come.
        var interval: Double?
        var lastTime: Double?
        /// Since capacities were chosen last.
        var busy = 0.0, waited = 0.0, dropped = 0
    }

    private let accuracies: [Double]
    private let work: [Double]
    private let rule: CapacityAllocation.Rule
    private let processors: Double
    private let threads: Double
    private var streams: [Stream]
    private var begin: Double?
    /// Share of what is left that is given away: less where frames are dropped in spite of all.
    private(set) var trust = 1.0
    /// How often in a row a better choice was possible.
    private var patience = 0

    /// Seconds from one choice to the next: a dozen frames of each stream, and short enough for a load that begins.
    private static let period = 1.0
    /// Periods in a row in which a better choice has to be possible: what comes and goes within them is no room.
    private static let patience = 3
    /// Share of what is left that a better choice has to do with.
    private static let headroom = 0.85
    /// What trust is multiplied by at least where frames are dropped, and in a period without; and its least.
    private static let (cut, gain, leastTrust) = (0.9, 1.05, 0.05)
    /// Share of the time with a processor from which nobody else is taken to want one: threads are moved now and then.
    private static let undisturbed = 0.95
    /// Weight of the latest interval between frames.
    private static let recent = 0.1
    /// Parts that the processors are divided into, a stream; twice the number of capacities that anybody is likely to train.
    private static let parts = 16

    /// - Parameters:
    ///   - capacities: with what each promises, and its multiply-accumulates.
    ///   - streams: their number.
    ///   - processors: that the process may use.
    ///   - threads: of each stream.
    package init(
        _ capacities: [(accuracy: Double, work: Double)], streams: Int, processors: Int, threads: Int, rule: CapacityAllocation.Rule
    ) {
        accuracies = capacities.map(\.accuracy)
        work = capacities.map { max($0.work, 1) }
        (self.rule, self.processors, self.threads) = (rule, Double(processors), Double(threads))
        let first = capacities.indices.max { capacities[$0].accuracy < capacities[$1].accuracy } ?? 0
        self.streams = Array(repeating: Stream(costs: capacities.map { _ in CostHistory() }, active: first), count: streams)
    }

    /// That the next frame of a stream is to run at.
    package func capacity(of stream: Int) -> Int { streams[stream].active }

    /// Takes what a frame came to.
    ///
    /// - Parameters:
    ///   - busy, waited: milliseconds of processor time, and of time in all.
    ///   - time: at which the frame came, in seconds.
    ///   - now: by any clock, in seconds.
    ///   - dropped: frames of the stream since the one before.
    package mutating func observe(_ stream: Int, busy: Double, waited: Double, at time: Double, now: Double, dropped: Int) {
        streams[stream].note(busy: busy, waited: waited, at: time, dropped: dropped, recent: Self.recent)
        let since = begin ?? now
        begin = since
        guard now - since >= Self.period else { return }
        reconsider(seconds: now - since)
        begin = now
        for index in streams.indices { (streams[index].busy, streams[index].waited, streams[index].dropped) = (0, 0, 0) }
    }

    /// A stream has ended, or breaks off: it needs nothing.
    package mutating func rest(_ stream: Int) { (streams[stream].interval, streams[stream].lastTime) = (nil, nil) }

    private mutating func reconsider(seconds: Double) {
        let running = streams.indices.filter { streams[$0].interval != nil && frameTime(of: streams[$0].active, streams[$0]) != nil }
        guard !running.isEmpty else { return }
        let isLate = running.contains { streams[$0].dropped > 0 }
        let most = processorsLeft(seconds: seconds)
        // Who drops frames computes all of the time: what the streams had is all that there is. The rest went to decoding and records, which are
        // not counted, and to others.
        let used = streams.reduce(0) { $0 + $1.busy } / 1e3 / seconds * threads
        trust = isLate ? max(Self.leastTrust, min(trust * Self.cut, used / most)) : min(1, trust * Self.gain)
        let left = trust * most
        let choice = allocation(running, left)
        let now = running.map { streams[$0].active }
        guard choice.capacities != now else { return patience = 0 }
        // What does not fit is changed at once, what fits for something better later.
        if need(now, running) > left || isLate { return take(choice.capacities, running) }
        let better = allocation(running, Self.headroom * left)
        guard accuracy(better.capacities) > accuracy(now) else { return patience = 0 }
        patience += 1
        if patience >= Self.patience { take(better.capacities, running) }
    }

    /// Processors that the streams would have if all of them wanted them all of the time.
    private func processorsLeft(seconds: Double) -> Double {
        let busy = streams.reduce(0) { $0 + $1.busy } / 1e3, waited = streams.reduce(0) { $0 + $1.waited } / 1e3
        let threads = Double(streams.count) * self.threads, most = min(processors, threads)
        guard waited > 0, busy < Self.undisturbed * waited else { return most }
        // So many threads wanted a processor at a time, the streams' own among them.
        let all = processors * waited / busy, own = waited / seconds * self.threads
        return min(most, processors * threads / (threads + max(0, all - own)))
    }

    private func allocation(_ running: [Int], _ processors: Double) -> CapacityAllocation {
        CapacityAllocation(
            running.map { index in
                let own = streams[index]
                return CapacityAllocation.Stream(
                    accuracies.indices.map { (accuracies[$0], frameTime(of: $0, own) ?? 0) }, interval: own.interval ?? 1,
                    mostShare: threads)
            }, processors: processors, rule: rule, parts: Self.parts * running.count)
    }

    /// Processors that capacities keep busy.
    private func need(_ capacities: [Int], _ running: [Int]) -> Double {
        zip(capacities, running).reduce(0) { $0 + (frameTime(of: $1.0, streams[$1.1]) ?? 0) / (streams[$1.1].interval ?? 1) }
    }

    private func accuracy(_ capacities: [Int]) -> Double { capacities.reduce(0) { $0 + accuracies[$1] } }

    /// Processor time of a frame: as measured, else as the capacity that runs, by the work of both. Nil while nothing is known.
    private func frameTime(of capacity: Int, _ stream: Stream) -> Double? {
        if let own = stream.costs[capacity].median { return own / 1e3 }
        return stream.costs[stream.active].median.map { $0 / 1e3 * work[capacity] / work[stream.active] }
    }

    private mutating func take(_ capacities: [Int], _ running: [Int]) {
        for (capacity, index) in zip(capacities, running) where streams[index].active != capacity {
            // Measured anew: the scene may be another one than when it ran last. What ran is what the new one is guessed by until then.
            let known = frameTime(of: capacity, streams[index])
            streams[index].costs[capacity].restart(from: known.map { $0 * 1e3 })
            streams[index].active = capacity
        }
        patience = 0
    }
}

extension SharedCapacities.Stream {
    fileprivate mutating func note(busy: Double, waited: Double, at time: Double, dropped: Int, recent: Double) {
        costs[active].add(busy, frame: frame)
        frame += 1
        if let lastTime, time > lastTime {
            let latest = (time - lastTime) / Double(1 + dropped)
            interval = interval.map { $0 + recent * (latest - $0) } ?? latest
        }
        lastTime = time
        self.busy += busy
        self.waited += waited
        self.dropped += dropped
    }
}
