import CKernels

/// In which order the rows of a group's steps are computed, and by which worker.
///
/// Each worker has a part of every step's rows, namely those that need nothing of another worker's part, and goes through it band by band.
/// The rows left over between two parts (a few a window) come afterwards, step by step. Nothing is computed twice.
struct BandSchedule {
    struct Task {
        let step: Int
        let spans: [dv_span]
    }

    /// What each worker does first.
    let parts: [[Task]]
    /// What is left, in order; the tasks of one step may run at once.
    let seams: [[Task]]

    init(_ group: BandGroup, of plan: Plan, workers: Int) {
        let steps = group.steps.map { index -> SpatialStep in
            guard case .spatial(let step) = plan.steps[index] else { preconditionFailure("a group has steps with kernels only") }
            return step
        }
        let dependencies = steps.indices.map { Self.dependencies(of: $0, in: steps) }
        let owned = (0..<workers).map { Self.part($0, of: workers, steps, dependencies) }
        parts = owned.map { Self.bands(steps, dependencies, rows: $0, count: max(1, group.count / workers), first: group.steps.lowerBound) }
        seams = steps.indices.compactMap { k in
            let step = steps[k], height = step.destination.height, period = step.kernel.period
            var tasks: [Task] = [], at = 0
            for part in owned.map({ $0[k] }) + [height..<height] {
                let share = max(1, (part.lowerBound - at + workers - 1) / workers) + period - 1
                for first in stride(from: at, to: part.lowerBound, by: share / period * period) {
                    let rows = first..<min(part.lowerBound, first + share / period * period)
                    tasks.append(Task(step: group.steps.lowerBound + k, spans: step.spans(rows)))
                }
                at = max(at, part.upperBound)
            }
            return tasks.isEmpty ? nil : tasks
        }
    }

    private typealias Dependency = (writer: Int, field: ReceptiveField)

    private static func dependencies(of reader: Int, in steps: [SpatialStep]) -> [Dependency] {
        zip(steps[reader].sources, steps[reader].fields).flatMap { source, field in
            steps[..<reader].indices.filter { steps[$0].destination.overlaps(source) }.map { ($0, field) }
        }
    }

    /// By step: the rows that worker `index` can compute without another's.
    private static func part(_ index: Int, of workers: Int, _ steps: [SpatialStep], _ dependencies: [[Dependency]]) -> [Range<Int>] {
        var rows: [Range<Int>] = []
        for (step, needs) in zip(steps, dependencies) {
            let height = step.destination.height, period = step.kernel.period
            var own = height * index / workers..<height * (index + 1) / workers
            for need in needs {
                let available = rows[need.writer], source = steps[need.writer].destination.height
                func isAvailable(_ row: Int) -> Bool {
                    let read = need.field.rows(of: row..<row + 1, height: source)
                    return read.isEmpty || available.lowerBound <= read.lowerBound && read.upperBound <= available.upperBound
                }
                while !own.isEmpty, !isAvailable(own.lowerBound) { own = own.lowerBound + 1..<own.upperBound }
                while !own.isEmpty, !isAvailable(own.upperBound - 1) { own = own.lowerBound..<own.upperBound - 1 }
            }
            // Tiles are computed whole: none is to be cut in two.
            let lower = (own.lowerBound + period - 1) / period * period
            let upper = own.upperBound == height ? height : own.upperBound / period * period
            rows.append(lower < upper ? lower..<upper : own.lowerBound..<own.lowerBound)
        }
        return rows
    }

    /// The rows of a part, band by band.
    private static func bands(
        _ steps: [SpatialStep], _ dependencies: [[Dependency]], rows: [Range<Int>], count: Int, first: Int
    ) -> [Task] {
        var done = rows.map(\.lowerBound), tasks: [Task] = []
        let isRead = steps.indices.map { writer in dependencies.contains { $0.contains { $0.writer == writer } } }
        for band in 1...count {
            // Steps that nobody in the group reads advance evenly, the others as far as those need them.
            var wanted = zip(rows, isRead).map { rows, isRead in
                band < count && isRead ? rows.lowerBound : rows.lowerBound + rows.count * band / count
            }
            for k in steps.indices.reversed() {
                let period = steps[k].kernel.period
                wanted[k] = min(rows[k].upperBound, (wanted[k] + period - 1) / period * period)
                guard wanted[k] > done[k] else { continue }
                for need in dependencies[k] {
                    let read = need.field.rows(of: done[k]..<wanted[k], height: steps[need.writer].destination.height)
                    wanted[need.writer] = max(wanted[need.writer], read.upperBound)
                }
            }
            for k in steps.indices where wanted[k] > done[k] {
                tasks.append(Task(step: first + k, spans: steps[k].spans(done[k]..<wanted[k])))
                done[k] = wanted[k]
            }
        }
        return tasks
    }
}

extension SpatialStep {
    /// Whole rows of its output.
    fileprivate func spans(_ rows: Range<Int>) -> [dv_span] {
        rows.map { dv_span(row: Int32($0), begin: 0, end: Int32(destination.width)) }
    }
}
