import FoundationEssentials
import ONNXProto

/// Makes of a file's graph that of one of its capacities: initializers are cut or replaced, nodes stay as they are, but for the number of
/// groups of depthwise convolutions, which is their number of channels.
struct CapacityCut {
    private let capacity: Capacities.Capacity

    init(_ capacity: Capacities.Capacity) { self.capacity = capacity }

    /// O(bytes of the initializers).
    /// - Throws: `ImportError` where the capacity names what is not there, or does not fit it. That the smaller graph is a network is found
    ///   by whoever plans it.
    func apply(to graph: inout ONNX_GraphProto) throws(ImportError) {
        var places: [String: Int] = [:]
        for (index, weight) in graph.initializer.enumerated() { places[weight.name] = index }
        let before = graph.initializer.map(\.dims)
        for (name, other) in capacity.own.sorted(by: { $0.key < $1.key }) {
            guard let place = places[name] else { throw error("has an own '\(name)', and the graph has no such weight") }
            guard let source = places[other] else { throw error("lacks its own '\(name)': there is no weight '\(other)'") }
            guard graph.initializer[source].dataType == graph.initializer[place].dataType, before[source].count == before[place].count,
                zip(before[source], before[place]).allSatisfy({ $0 <= $1 })
            else { throw error("has an own '\(name)' that is larger than the graph's, or of another type") }
            graph.initializer[place] = graph.initializer[source]
            graph.initializer[place].name = name
        }
        for (name, shape) in capacity.shapes.sorted(by: { $0.key < $1.key }) {
            guard let place = places[name] else { throw error("takes a slice of '\(name)', and the graph has no such weight") }
            guard capacity.own[name] == nil else { throw error("takes a slice of '\(name)' and has one of its own as well") }
            try cut(&graph.initializer[place], to: shape)
        }
        try fitGroups(&graph, places, before)
    }

    private func error(_ message: String) -> ImportError { Capacities.error("capacity '\(capacity.name)' \(message)") }

    private func cut(_ weight: inout ONNX_TensorProto, to axes: [Capacities.Axis]) throws(ImportError) {
        let name = weight.name, dims = weight.dims.map { Int($0) }
        let ranges = zip(axes, dims).compactMap { $0.ranges(of: $1) }
        guard axes.count == dims.count, ranges.count == dims.count else { throw error("takes \(axes) of '\(name)', which is \(dims)") }
        guard weight.hasRawData, weight.dataLocation != .external, let size = DataType(weight.dataType).byteCount,
            let whole = Self.bytes(weight.dims, size), whole == weight.rawData.count
        else { throw error("takes a slice of '\(name)', whose values are not in the file as they are: write them as raw data") }
        weight.rawData = Self.slice(weight.rawData, dims, ranges, size: size)
        weight.dims = ranges.map { Int64($0.extent) }
    }

    private static func bytes(_ dims: [Int64], _ size: Int) -> Int? {
        dims.reduce(Optional(size)) { product, dim in
            guard let product, let extent = Int(exactly: dim), extent >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            return overflow ? nil : next
        }
    }

    /// The ranges of every axis of a row-major tensor.
    private static func slice(_ bytes: Data, _ dims: [Int], _ ranges: [[Range<Int>]], size: Int) -> Data {
        // From here on inwards nothing is cut: that much lies together.
        var inner = dims.count, run = size
        while inner > 0, ranges[inner - 1].extent == dims[inner - 1] {
            inner -= 1
            run *= dims[inner]
        }
        guard inner > 0 else { return bytes }
        var result = Data(capacity: ranges.reduce(size) { $0 * $1.extent })
        /// `start` is where the axis begins, counted in its own places.
        func copy(_ axis: Int, _ start: Int) {
            for range in ranges[axis] {
                if axis == inner - 1 {
                    let place = bytes.startIndex + start * run
                    result.append(bytes[place + range.lowerBound * run..<place + range.upperBound * run])
                } else {
                    for index in range { copy(axis + 1, (start + index) * dims[axis + 1]) }
                }
            }
        }
        copy(0, 0)
        return result
    }

    /// A convolution each of whose channels is a group of its own has fewer groups.
    private func fitGroups(_ graph: inout ONNX_GraphProto, _ places: [String: Int], _ before: [[Int64]]) throws(ImportError) {
        // Weights are stored as another type and cast, perhaps.
        var origins = places
        for node in graph.node where node.opType == "Cast" {
            if let source = node.input.first.flatMap({ places[$0] }), let output = node.output.first { origins[output] = source }
        }
        for index in graph.node.indices where graph.node[index].opType == "Conv" && graph.node[index].input.count > 1 {
            guard let place = origins[graph.node[index].input[1]], graph.initializer[place].dims != before[place],
                let attribute = graph.node[index].attribute.firstIndex(where: { $0.name == "group" })
            else { continue }
            let groups = graph.node[index].attribute[attribute].i, (dims, now) = (before[place], graph.initializer[place].dims)
            guard groups > 1 else { continue }
            guard dims.count > 1, dims[1] == 1, groups == dims[0] else {
                let name = graph.initializer[place].name
                throw error("takes a slice of '\(name)', whose convolution has \(groups) groups that are no channels")
            }
            graph.node[index].attribute[attribute].i = now[0]
        }
    }
}

extension [Range<Int>] {
    /// How much they are together.
    fileprivate var extent: Int { reduce(0) { $0 + $1.count } }
}
