import CKernels

/// Copies pixels, mapping channels and stepping over source rows and columns.
struct CopyKernel: SpatialKernel {
    var map: [Int32]?
    let channels: Int
    var start: (y: Int, x: Int) = (0, 0)
    var step: (y: Int, x: Int) = (1, 1)

    var changesValues: Bool { false }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        let source = sources[0]
        let stepped = Image(
            base: source.base + start.y * Int(source.row) + start.x * Int(source.pixel), row: source.row * Int64(step.y),
            pixel: source.pixel * Int64(step.x))
        dv_copy(map, Int32(channels), stepped, destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        guard let map else { return [importance.map { $0 * min(1, layer.density) }] }
        var result = [Float](repeating: 0, count: layer.sources[0].channels)
        for (c, from) in map.enumerated() { result[Int(from)] += importance[c] }
        return [result]
    }
}
