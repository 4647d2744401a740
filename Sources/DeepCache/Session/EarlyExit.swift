import Inference

// Runs that end early. The steps they leave out keep what they computed before; that stays of use, because what changed
// in their sources since then is remembered where it is to be computed. A run that goes to the end, however much later,
// so gives what it would have given had all before gone to the end: at tolerance 0, the bits of a dense one.

extension IncrementalSession {
    /// Shows the step to the probe, with the rows that changed.
    func ends(_ probe: TapProbe, after index: Int) -> Bool {
        guard case .spatial(let spatial) = plan.steps[index] else { return false }
        let buffer = spatial.destination.buffer
        return probe.visit(step: index, memory) { row in
            // A concatenation has several writers. What moved was moved everywhere.
            self.writers[buffer]!.contains { $0.rows[row] || $0.motion != .none }
        }
    }

    /// Leaves what changed to the steps after `index`.
    func leave(after index: Int) {
        // Of an earlier run, which left them to nobody else.
        for later in steps[(index + 1)...] {
            later.changed?.clear()
            later.changed?.motion = .none
        }
        for later in steps[(index + 1)...] {
            if let touched = later.touched {
                let sees = later.sources.contains { !$0.mask.isEmpty || $0.mask.motion != .none }
                guard sees || isRefreshing else { continue }
                if !later.isBehind { touched.clear() }
                later.isBehind = true
                if isRefreshing || later.sources.contains(where: { $0.mask.motion != .none }) {
                    touched.fill()
                } else {
                    for source in later.sources { touched.add(touchedBy: source.mask, reach: source.reach) }
                }
            } else if isRefreshing || later.sources.contains(where: { !$0.mask.isEmpty }) {
                later.isBehind = true
            }
        }
        markHostsBehind(after: index)
    }
}
