import CKernels

/// The tables of one combination of picture layout and destination size.
///
/// Building takes time proportional to width + height of the destination; a stream needs it once.
final class SamplingGeometry {
    /// What the tables depend on, besides the destination.
    private let (format, codedWidth, codedHeight, orientation): (Int32, Int, Int, Orientation)
    private let part: PicturePart?
    /// Of luma; of RGB for pictures that are converted before they are interpolated.
    let columns: ColumnTable
    let rows: UnsafeMutablePointer<dv_row>
    let chromaColumns: ColumnTable
    let chromaRows: UnsafeMutablePointer<dv_row>
    let columnCount: Int
    let scratch: UnsafeMutablePointer<Int16>
    let scratchRow: Int
    let chromaWidth: Int

    /// - Parameter part: of the displayed picture; nil for all of it.
    init(_ picture: FrameStorage, _ part: PicturePart?, width: Int, height: Int) {
        let o = picture.orientation, format = picture.format
        self.part = part
        (self.format, codedWidth, codedHeight, orientation) = (format.raw, picture.codedWidth, picture.codedHeight, o)
        // The kernel's columns are the coded picture's x axis, which a transposed picture shows as rows.
        func x(_ shift: Int?) -> AxisMap {
            AxisMap(
                count: o.transposed ? height : width, size: picture.codedWidth,
                part: (o.transposed ? part?.rows : part?.columns) ?? 0..<picture.codedWidth, isFlipped: o.flipsX, shift: shift)
        }
        func rows(_ shift: Int?) -> UnsafeMutablePointer<dv_row> {
            let y = AxisMap(
                count: o.transposed ? width : height, size: picture.codedHeight,
                part: (o.transposed ? part?.columns : part?.rows) ?? 0..<picture.codedHeight, isFlipped: o.flipsY, shift: shift)
            let memory = UnsafeMutableBufferPointer<dv_row>.allocate(capacity: y.count)
            _ = memory.initialize(from: y.rows())
            return memory.baseAddress!
        }
        let luma = format.sampling!.isConverted ? nil : 0
        (columns, self.rows) = (ColumnTable(x(luma)), rows(luma))
        let chroma = x(format.chromaShiftX)
        (chromaColumns, chromaRows) = (ColumnTable(chroma), rows(format.chromaShiftY))
        (columnCount, chromaWidth, scratchRow) = (chroma.count, chroma.samples, picture.codedWidth + 64)
        let length = 3 * scratchRow + (3 * columnCount + 128) / 2 + 6 * (columnCount + 64)
        scratch = .allocate(capacity: length)
        // Lanes of masked-out pixels read behind the row; zeros keep memory checkers content.
        scratch.initialize(repeating: 0, count: length)
    }

    deinit {
        rows.deallocate()
        chromaRows.deallocate()
        scratch.deallocate()
    }

    /// Whether these are the tables of this part of `picture` too.
    func suits(_ picture: FrameStorage, _ part: PicturePart?) -> Bool {
        part == self.part && (picture.format.raw, picture.codedWidth, picture.codedHeight) == (format, codedWidth, codedHeight)
            && picture.orientation == orientation
    }
}
