/// The points that face detectors give.
enum FacePoints {
    /// Sides as the person's: the right eye is on the left of the picture.
    static let five = ["right_eye", "left_eye", "nose", "right_mouth", "left_mouth"]
    static let six = ["right_eye", "left_eye", "nose", "mouth", "right_ear", "left_ear"]

    /// Points in source pixels.
    ///
    /// - Parameter point: the place of a point in model pixels, by its number.
    static func keypoints(_ names: [String], _ placement: Placement, _ point: (Int) -> (x: Float, y: Float)) -> ObjectShape? {
        let points = names.indices.map { index -> Keypoint in
            let (x, y) = point(index), place = placement.sourcePoint(modelX: Double(x), y: Double(y))
            return Keypoint(name: names[index], x: Float(place.x), y: Float(place.y), score: nil)
        }
        return points.allSatisfy { $0.x.isFinite && $0.y.isFinite } ? .keypoints(points) : nil
    }
}
