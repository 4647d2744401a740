#pragma once
#include <stddef.h>

// The detector that `deepvid infer` uses without --model, carried inside the binary (C23 #embed), and its card.
// Both sizes are 0 in a build made without the files beside model.c.
extern const unsigned char *const dv_default_model;
extern const size_t dv_default_model_size;
extern const unsigned char *const dv_default_card;
extern const size_t dv_default_card_size;
