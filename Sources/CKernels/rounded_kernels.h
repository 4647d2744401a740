// The convolutions of one kind of rounded numbers; included once per file of such instructions.

// As in kernels.h.
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpsabi"
#include "vector.h"
#include "products.h"
#include "convolution.h"
#include "rounded.h"
#if ISA_PRODUCTS != PRODUCTS_BYTES
#include "winograd.h"
#endif

const rounded_set ISA(rounded_set) = {
    .numbers_per_word = ISA_PER_WORD,
    .convolve = ISA(convolve_rounded),
#if ISA_PRODUCTS != PRODUCTS_BYTES
    .convolve_winograd = ISA(convolve_winograd),
#endif
};
