// libzstd: `deepvid batch --compress`.
#include <zstd.h>
