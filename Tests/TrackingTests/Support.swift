import Vision

func detection(_ x: Float, _ y: Float = 100, score: Float = 0.9, classID: Int = 0, width: Float = 40, height: Float = 80) -> Detection {
    Detection(classID: classID, label: "class_\(classID)", score: score, box: Box(x: x, y: y, width: width, height: height))
}
