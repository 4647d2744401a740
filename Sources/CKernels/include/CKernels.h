// The SIMD micro-kernels, with run-time ISA dispatch; nothing else in deepvid is C.
#pragma once
#include "resample.h"
