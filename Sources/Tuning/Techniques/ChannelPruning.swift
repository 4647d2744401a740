import CKernels
import Models

/// Channels between convolutions that the user's frames can do without: which they are, and what it costs.
///
/// The channels that a convolution reads are taken away one by one, each time the one whose loss changes the convolution's outputs least once
/// its other weights are fitted anew (backward elimination). The squared error of that is known from the second moments of what it reads,
/// without running anything (LeCun et al., Optimal Brain Damage, 1989; Hassibi and Stork, 1993; as reconstruction, He et al., 2017).
struct ChannelPruning {
    private let sites: [Site]

    /// A value that only convolutions of one pixel read, and the groups of channels that it is made of.
    fileprivate struct Site {
        let readers: [Convolution]
        let groups: [ChannelGroup]
        let moments: Moments
        /// The readers' weights, one below the other, with their biases as the last column.
        let map: Matrix
        /// Columns as they go, and what each adds to the error, as a share of what the outputs vary by.
        let order: [Int]
        let errors: [Double]
        /// What each column's loss saves, as a share of the model's time.
        let savings: [Double]
    }

    /// Kept channels are a multiple of this where there are more: kernels compute so many at once.
    fileprivate static let granularity = 8
    /// At least this share of a group's channels stays.
    fileprivate static let leastKept = 0.2

    /// - Parameter costs: what each node takes, as a share of the model's time.
    init(_ network: Network, _ calibration: Calibration, _ costs: LayerCosts) {
        let all = network.nodes.indices.compactMap { Convolution(network, $0) }
        let byInput = Dictionary(grouping: all.filter { $0.group == 1 }, by: \.input)
        let groups = Dictionary(grouping: all.compactMap { ChannelGroup(network, from: $0) }, by: \.read)
        sites = groups.keys.sorted().compactMap { value in
            guard !network.isOutput(value), let readers = byInput[value], readers.allSatisfy(\.isPointwise),
                let moments = calibration.of(readers[0]),
                readers.allSatisfy({ calibration.of($0)?.count == moments.count }),
                // Other nodes that read the value would miss its channels.
                Set(network.consumers[value] ?? []) == Set(readers.map(\.node))
            else { return nil }
            return Self.site(readers, groups[value]!, moments, costs)
        }
    }

    private static func site(
        _ readers: [Convolution], _ groups: [ChannelGroup], _ moments: Moments, _ costs: LayerCosts
    ) -> Site? {
        let inputs = moments.count - 1, rows = readers.reduce(0) { $0 + $1.outputs }
        guard readers.allSatisfy({ $0.inputs == inputs }), var inverse = moments.matrix.ridgeInverse() else { return nil }
        var map = Matrix(rows, inputs + 1)
        var row = 0
        for reader in readers {
            for output in 0..<reader.outputs {
                for (column, weight) in reader.row(output).enumerated() { map[row, column] = Double(weight) }
                map[row, inputs] = Double(reader.bias?[output] ?? 0)
                row += 1
            }
        }
        let variation = moments.variation(map)
        guard variation > 0, variation.isFinite else { return nil }
        var (eligible, savings) = ([UInt8](repeating: 0, count: inputs + 1), [Double](repeating: 0, count: inputs))
        let reading = readers.reduce(0) { $0 + costs[$1.node] } / Double(inputs)
        for group in groups {
            let making =
                (costs[group.producer.node] + group.depthwise.reduce(0) { $0 + costs[$1.node] }) / Double(group.channels)
            for channel in group.offset..<group.offset + group.channels { (eligible[channel], savings[channel]) = (1, making + reading) }
        }
        let count = Int((1 - leastKept) * Double(eligible.count { $0 != 0 }))
        var (weights, order, cost) = (map.values, [Int32](repeating: 0, count: count), [Double](repeating: 0, count: count))
        let done = dv_eliminate_columns(
            &inverse.values, &weights, Int32(rows), Int32(inputs + 1), eligible, Int32(count), &order, &cost)
        return Site(
            readers: readers, groups: groups, moments: moments, map: map, order: order.prefix(Int(done)).map { Int($0) },
            errors: cost.prefix(Int(done)).map { $0 / variation }, savings: savings)
    }

    /// What was taken away.
    struct Losses {
        /// Nodes that were changed.
        var nodes: Set<Int> = []
        /// Channels that are left of what convolutions make and read, where some went, by the output's name.
        var outputs: [String: [Int]] = [:]
        var inputs: [String: [Int]] = [:]
    }

    /// Takes channels away while the error that one adds is worth what it saves.
    ///
    /// - Parameter price: what error may be paid for all of the model's time, `Combination.pruning`.
    func apply(_ price: Double, to network: inout Network) -> Losses {
        var losses = Losses()
        // Kept channels of a convolution's outputs, and of its inputs with new weights, by node: a convolution may lose both.
        var fits: [Int: (kept: [Int], map: Matrix)] = [:]
        var keptOutputs: [Int: [Int]] = [:]
        for site in sites {
            let kept = site.kept(price)
            guard kept.count < site.moments.count - 1, let fitted = site.fitted(kept) else { continue }
            var row = 0
            for reader in site.readers {
                fits[reader.node] = (kept, fitted.selecting(rows: Array(row..<row + reader.outputs)))
                row += reader.outputs
                losses.inputs[reader.output] = kept
                losses.nodes.insert(reader.node)
            }
            for group in site.groups {
                let own = kept.filter { (group.offset..<group.offset + group.channels).contains($0) }.map { $0 - group.offset }
                guard own.count < group.channels else { continue }
                keptOutputs[group.producer.node] = own
                losses.outputs[group.producer.output] = own
                losses.nodes.insert(group.producer.node)
                for filter in group.depthwise {
                    network.keep(own, ofDepthwise: filter)
                    losses.nodes.insert(filter.node)
                }
                for (node, input) in group.parameters { network.keep(own, ofParameter: input, of: node) }
            }
        }
        for node in losses.nodes.sorted() {
            guard fits[node] != nil || keptOutputs[node] != nil, let convolution = Convolution(network, node) else { continue }
            network.rewrite(convolution, fit: fits[node], outputs: keptOutputs[node])
        }
        return losses
    }

    /// The whole model's time that a price saves, as a share. An estimate: kernels do not get faster by exactly what they need not compute.
    func saving(_ price: Double) -> Double {
        sites.reduce(0) { sum, site in
            let kept = Set(site.kept(price))
            return sum + site.savings.indices.reduce(0) { kept.contains($1) ? $0 : $0 + site.savings[$1] }
        }
    }
}

extension ChannelPruning.Site {
    /// The columns that stay at a price, in order.
    fileprivate func kept(_ price: Double) -> [Int] {
        // Up to where the errors added so far are furthest below what was saved: later columns may be cheap again.
        var (best, sum, most) = (0, 0.0, 0.0)
        for (index, column) in order.enumerated() {
            sum += savings[column] * price - errors[index]
            if sum > most { (best, most) = (index + 1, sum) }
        }
        var gone = Set(order.prefix(best))
        for group in groups {
            let own = group.offset..<group.offset + group.channels
            let least = max(ChannelPruning.granularity, Int(Double(group.channels) * ChannelPruning.leastKept))
            let wanted = max(group.channels - gone.count { own.contains($0) }, least)
            let kept = (wanted + ChannelPruning.granularity - 1) / ChannelPruning.granularity * ChannelPruning.granularity
            // Those that went last come back.
            var surplus = gone.count { own.contains($0) } - max(group.channels - kept, 0)
            for column in order.prefix(best).reversed() where surplus > 0 && own.contains(column) {
                gone.remove(column)
                surplus -= 1
            }
        }
        return (0..<moments.count - 1).filter { !gone.contains($0) }
    }

    /// The map on the columns that stay, and the bias, with the least squared error.
    fileprivate func fitted(_ kept: [Int]) -> Matrix? {
        let columns = kept + [moments.count - 1]
        guard let inverse = moments.matrix.selecting(columns: columns).selecting(rows: columns).ridgeInverse() else { return nil }
        return map.times(transposed: moments.matrix.selecting(rows: columns)).times(transposed: inverse)
    }
}

extension Network {
    /// - Parameters:
    ///   - fit: the inputs that stay, and weights for them, with the bias as the last column.
    ///   - outputs: that stay.
    fileprivate mutating func rewrite(_ convolution: Convolution, fit: (kept: [Int], map: Matrix)?, outputs: [Int]?) {
        let outputs = outputs ?? Array(0..<convolution.outputs)
        if let fit {
            let columns = fit.kept.count
            let weights = outputs.flatMap { output in (0..<columns).map { Float(fit.map[output, $0]) } }
            setInput(1, of: convolution.node, dims: [outputs.count, columns, 1, 1], floats: weights)
            setInput(2, of: convolution.node, dims: [outputs.count], floats: outputs.map { Float(fit.map[$0, columns]) })
        } else {
            setInput(
                1, of: convolution.node, dims: [outputs.count] + convolution.dims.dropFirst(),
                floats: outputs.flatMap { convolution.row($0) })
            if let bias = convolution.bias { setInput(2, of: convolution.node, dims: [outputs.count], floats: outputs.map { bias[$0] }) }
        }
    }

    fileprivate mutating func keep(_ channels: [Int], ofDepthwise filter: Convolution) {
        setInput(
            1, of: filter.node, dims: [channels.count] + filter.dims.dropFirst(), floats: channels.flatMap { filter.row($0) })
        if let bias = filter.bias { setInput(2, of: filter.node, dims: [channels.count], floats: channels.map { bias[$0] }) }
        setGroup(of: filter.node, channels.count)
    }

    fileprivate mutating func keep(_ channels: [Int], ofParameter input: Int, of node: Int) {
        guard let (dims, values) = floats(nodes[node].input[input]) else { return }
        setInput(input, of: node, dims: [channels.count] + dims.dropFirst(), floats: channels.map { values[$0] })
    }
}
