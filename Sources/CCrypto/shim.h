// OpenSSL's libcrypto: the SHA-256 of models and downloads.
#include <openssl/evp.h>
