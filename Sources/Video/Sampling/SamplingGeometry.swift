import CKernels

/// The tables of one combination of picture layout, source rectangle and destination size.
///
/// Building takes time proportional to width + height of the destination; a stream needs it once.
final class SamplingGeometry {
    /// Everything the tables depend on.
    struct Key: Equatable {
        let source: SamplingLayout
        let codedWidth: Int
        let codedHeight: Int
        let orientation: Orientation
        let rectangle: PixelRectangle
        let width: Int
        let height: Int
    }

    let key: Key
    let lumaColumns: ColumnTable
    let chromaColumns: ColumnTable
    let lumaRows: UnsafeMutableBufferPointer<dv_row>
    let chromaRows: UnsafeMutableBufferPointer<dv_row>
    /// For pictures that are converted before they are interpolated.
    let rgbColumns: ColumnTable
    let rgbRows: UnsafeMutableBufferPointer<dv_row>
    let columnCount: Int
    let scratch: UnsafeMutablePointer<Int16>
    let scratchRow: Int
    let chromaWidth: Int

    init(_ key: Key) {
        self.key = key
        let r = key.rectangle
        let o = key.orientation
        // The kernel's columns are the coded picture's x axis, which a transposed picture shows as rows.
        let columns = AxisMap(
            count: o.transposed ? key.height : key.width, start: o.transposed ? r.y : r.x,
            length: o.transposed ? r.height : r.width, size: key.codedWidth, isFlipped: o.flipsX)
        let rows = AxisMap(
            count: o.transposed ? key.width : key.height, start: o.transposed ? r.x : r.y,
            length: o.transposed ? r.width : r.height, size: key.codedHeight, isFlipped: o.flipsY)
        func chroma(_ size: Int, _ shift: Int) -> Int { (size + (1 << shift) - 1) >> shift }
        let (sx, sy) = (key.source.chromaShiftX, key.source.chromaShiftY)
        chromaWidth = chroma(key.codedWidth, sx)
        lumaColumns = ColumnTable(columns, on: .init(shift: 0, size: key.codedWidth))
        chromaColumns = ColumnTable(columns, on: .init(shift: sx, size: chromaWidth))
        func table(_ plane: AxisMap.Plane) -> UnsafeMutableBufferPointer<dv_row> {
            let values = rows.rows(on: plane)
            let memory = UnsafeMutableBufferPointer<dv_row>.allocate(capacity: values.count)
            _ = memory.initialize(from: values)
            return memory
        }
        lumaRows = table(.init(shift: 0, size: key.codedHeight))
        chromaRows = table(.init(shift: sy, size: chroma(key.codedHeight, sy)))
        rgbColumns = ColumnTable(exactly: columns)
        let exactRows = rows.exactRows()
        rgbRows = .allocate(capacity: exactRows.count)
        _ = rgbRows.initialize(from: exactRows)
        columnCount = columns.count
        scratchRow = key.codedWidth + 64
        let line = (3 * columns.count + 128) / 2 + 6 * (columns.count + 64)
        scratch = .allocate(capacity: 3 * scratchRow + line)
        // Lanes of masked-out pixels read behind the row; zeros keep memory checkers content.
        scratch.initialize(repeating: 0, count: 3 * scratchRow + line)
    }

    deinit {
        lumaRows.deallocate()
        chromaRows.deallocate()
        rgbRows.deallocate()
        scratch.deallocate()
    }
}
