import Glibc

/// What some detectors say of an object besides its box.
public enum ObjectShape: Sendable, Hashable {
    case keypoints([Keypoint])
    case mask(Mask)
    case rotated(RotatedBox)
}

/// A named point of an object, in source pixels; of faces it may lie outside of the frame, as their detectors' makers have it.
public struct Keypoint: Sendable, Hashable {
    public let name: String
    public let x, y: Float
    /// 0…1: how surely it is seen; nil where the model does not say.
    public let score: Float?

    public init(name: String, x: Float, y: Float, score: Float?) { (self.name, self.x, self.y, self.score) = (name, x, y, score) }
}

/// The pixels of an object.
public struct Mask: Sendable, Hashable {
    /// Of the frame.
    public let width, height: Int
    /// Run lengths of pixels outside and inside in turns, column by column from the top left; the first are outside. COCO's uncompressed
    /// counts.
    public let counts: [Int]

    public init(width: Int, height: Int, counts: [Int]) { (self.width, self.height, self.counts) = (width, height, counts) }

    /// A mask that is empty outside of some columns and rows. O(their pixels).
    init(width: Int, height: Int, columns: Range<Int>, rows: Range<Int>, contains: (_ x: Int, _ y: Int) -> Bool) {
        var counts: [Int] = []
        var (isInside, run) = (false, columns.lowerBound * height)
        func add(_ pixels: Int, _ inside: Bool) {
            if inside != isInside {
                counts.append(run)
                (isInside, run) = (inside, 0)
            }
            run += pixels
        }
        for x in columns {
            add(rows.lowerBound, false)
            for y in rows { add(1, contains(x, y)) }
            add(height - rows.upperBound, false)
        }
        add((width - columns.upperBound) * height, false)
        if run > 0 { counts.append(run) }
        self.init(width: width, height: height, counts: counts)
    }

    /// Pixels inside.
    public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }
}

/// A box that is turned, in source pixels.
public struct RotatedBox: Sendable, Hashable {
    public let centerX, centerY, width, height: Float
    /// From the x axis to the side `width`, clockwise as seen; radians, 0 up to π/2.
    public let angle: Float

    /// Width and height change places where that brings the angle below π/2.
    public init(centerX: Float, centerY: Float, width: Float, height: Float, angle: Float) {
        let half = Float.pi / 2
        let turned = angle - (angle / .pi).rounded(.down) * .pi
        (self.centerX, self.centerY) = (centerX, centerY)
        (self.width, self.height) = turned >= half ? (height, width) : (width, height)
        self.angle = turned >= half ? turned - half : turned
    }

    /// In order around the box, from the one at the far end of both sides.
    public var corners: [(x: Float, y: Float)] {
        let (c, s) = (cosf(angle), sinf(angle))
        return [(1, 1), (1, -1), (-1, -1), (-1, 1)].map { (u: Float, v: Float) in
            (centerX + (u * width * c - v * height * s) / 2, centerY + (u * width * s + v * height * c) / 2)
        }
    }

    static func angle(_ direction: SIMD2<Float>) -> Float { atan2f(direction.y, direction.x) }

    /// The box in source pixels of one in model pixels.
    func placed(_ placement: Placement) -> RotatedBox {
        let center = placement.sourcePoint(modelX: Double(centerX), y: Double(centerY))
        return RotatedBox(
            centerX: Float(center.x), centerY: Float(center.y), width: width * Float(placement.horizontalScale),
            height: height * Float(placement.verticalScale), angle: angle)
    }

    /// The least upright box around it.
    var bounds: Corners {
        let (c, s) = (abs(cosf(angle)), abs(sinf(angle)))
        return Corners(centerX: centerX, y: centerY, width: width * c + height * s, height: width * s + height * c)
    }

    /// How much two boxes are one, 0…1, each seen as a normal distribution: 1 less their Hellinger distance ("Gaussian Bounding Boxes and
    /// Probabilistic Intersection-over-Union for Object Detection", Llerena et al. 2021, section 3).
    func probabilisticIoU(_ other: RotatedBox) -> Float {
        let (a1, b1, c1) = covariance, (a2, b2, c2) = other.covariance
        let (a, b, c) = (a1 + a2, b1 + b2, c1 + c2), small: Float = 1e-7
        let (dx, dy) = (other.centerX - centerX, other.centerY - centerY)
        let determinant = a * b - c * c
        let near = (0.25 * (a * dy * dy + b * dx * dx) - 0.5 * c * dx * dy) / (determinant + small)
        let product = max(a1 * b1 - c1 * c1, 0) * max(a2 * b2 - c2 * c2, 0)
        let alike = 0.5 * logf(determinant / (4 * product.squareRoot() + small) + small)
        let distance = min(max(near + alike, small), 100)
        return 1 - (1 - expf(-distance) + small).squareRoot()
    }

    private var covariance: (a: Float, b: Float, c: Float) {
        let (u, v) = (width * width / 12, height * height / 12), (c, s) = (cosf(angle), sinf(angle))
        return (u * c * c + v * s * s, u * s * s + v * c * c, (u - v) * c * s)
    }
}
