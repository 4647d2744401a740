import TestSupport
import Testing
import Vision

@testable import Reports

@Suite struct CropTests {
    /// The object is in the picture, in the middle where the frame has room, and not smaller than it need be.
    @Test(arguments: [[300.0, 200, 20, 10], [0, 0, 200, 300], [600, 350, 40, 34], [10, 10, 620, 360], [320, 10, 5, 5]])
    func theObjectIsInThePicture(box: [Double]) throws {
        let plan = CropPlan(box: box, frameWidth: 640, frameHeight: 384)
        let mark = try #require(plan.mark)
        #expect(plan.width <= CropPlan.size.width)
        #expect(plan.height <= CropPlan.size.height)
        #expect(mark.x >= -1 && mark.y >= -1)
        #expect(mark.x + mark.width <= plan.width + 1)
        #expect(mark.y + mark.height <= plan.height + 1)
        #expect(plan.scale <= 2.001)
        // As large as may be: 60 % of a side, unless the enlargement or the frame ends before.
        let share = max(Double(mark.width) / Double(CropPlan.size.width), Double(mark.height) / Double(CropPlan.size.height))
        #expect(share > 0.55 || plan.scale > 1.99 || plan.width < CropPlan.size.width || plan.height < CropPlan.size.height, "\(share)")
    }

    @Test(arguments: [[], [1, 2], [0, 0, -5, 5], [1e300, 0, 1, 1]])
    func whatIsNoBoxIsTheWholeFrame(box: [Double]) {
        let plan = CropPlan(box: box, frameWidth: 640, frameHeight: 384)
        #expect(plan.mark == nil)
        #expect(plan.width == 208)
        #expect(plan.height == 125)
    }

    @Test(arguments: [(1, 1), (16384, 2), (2, 16384), (30000, 30000), (50, 40)])
    func framesOfAnySize(width: Int, height: Int) {
        let plan = CropPlan(box: [0, 0, 1, 1], frameWidth: width, frameHeight: height)
        #expect((1...208).contains(plan.width))
        #expect((1...208).contains(plan.height))
    }

    @Test func aCropShowsItsPlace() throws {
        // White where the object is.
        let frame = try makeFrame(0) { x, y in (200..<240).contains(x) && (100..<130).contains(y) ? 235 : 60 }
        let bytes = try CropPlan(box: [200, 100, 40, 30], frameWidth: 320, frameHeight: 240).draw(frame)
        let picture = try Canvas(try decoded(bytes))
        #expect(picture.width == 208)
        #expect(picture.height == 156)
        #expect(picture[104, 78].red > 220)
        #expect(picture[20, 20].red < 80)
    }
}
