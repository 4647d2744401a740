// Parses TOML by toml++ and gives out what it found, node by node. A C header, because Swift's import of C++ would reach every target
// that imports this one.
#ifndef CTOML_H
#define CTOML_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    // `text` is the number as Swift's `Double` and `Int` read it.
    CTOML_NUMBER,
    // `text` is `true` or `false`.
    CTOML_BOOLEAN,
    // A date, a time or both.
    CTOML_TIME,
    // The text is no TOML: `text` is the reason. Nothing else is given then.
    CTOML_ERROR,
} ctoml_kind;

typedef struct {
    ctoml_kind kind;
    // 0 at the root. The nodes in a table or an array follow it, one deeper.
    int depth;
    // Not ended by 0; length 0 in arrays.
    const char *key;
    size_t key_length;
    // Not ended by 0; length 0 of tables and arrays.
    const char *text;
    size_t length;
    // Of the key, in arrays of the value, from 1. Columns count characters.
    uint32_t line;
    uint32_t column;
} ctoml_node;

// Calls `visit` for every node of `length` bytes of `text`, depth first, tables in the order of their keys' letters. What a node points to
// is valid until `visit` returns.
void ctoml_parse(const char *text, size_t length, void *context, void (*visit)(void *context, const ctoml_node *node));

#ifdef __cplusplus
}
#endif

#endif
