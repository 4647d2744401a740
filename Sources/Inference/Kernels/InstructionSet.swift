import CKernels

/// The instructions that the kernels use, as `DEEPVID_ISA` names them: sums are in another order with others.
package var instructionSetName: String { String(cString: dv_isa_name()) }
