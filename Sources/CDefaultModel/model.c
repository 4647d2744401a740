#include "CDefaultModel.h"

// #embed is C23; clang has it in every language mode, with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char model[] = {
#if __has_embed("default.onnx")
#embed "default.onnx" suffix(, )
#endif
    0};

static const unsigned char card[] = {
#if __has_embed("default.json")
#embed "default.json" suffix(, )
#endif
    0};

const unsigned char *const dv_default_model = model;
const size_t dv_default_model_size = sizeof model - 1;
const unsigned char *const dv_default_card = card;
const size_t dv_default_card_size = sizeof card - 1;
