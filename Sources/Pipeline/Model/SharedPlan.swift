import Inference
import Synchronization

/// A plan that is made when it is first needed, and then used by all.
final class SharedPlan: Sendable {
    private let plan = Mutex<Plan?>(nil)

    func get(or make: () throws(PipelineError) -> Plan) throws(PipelineError) -> Plan {
        try plan.withLock { plan throws(PipelineError) in
            if let plan { return plan }
            let made = try make()
            plan = made
            return made
        }
    }
}
