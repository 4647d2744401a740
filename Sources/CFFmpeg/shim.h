// What Swift needs of FFmpeg. Everything below the includes is here because the Swift importer
// cannot see it; each item says why.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/motion_vector.h>
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// Function-like macros (FFERRTAG, AVERROR) are not imported.
static const int dv_averror_eof = AVERROR_EOF;
static const int dv_averror_exit = AVERROR_EXIT;
static const int dv_averror_invalid_data = AVERROR_INVALIDDATA;
static const int dv_averror_decoder_not_found = AVERROR_DECODER_NOT_FOUND;
static const int dv_averror_protocol_not_found = AVERROR_PROTOCOL_NOT_FOUND;
static const int dv_averror_stream_not_found = AVERROR_STREAM_NOT_FOUND;
static const int dv_averror_unauthorized = AVERROR_HTTP_UNAUTHORIZED;
static const int dv_averror_forbidden = AVERROR_HTTP_FORBIDDEN;
static const int dv_averror_demuxer_not_found = AVERROR_DEMUXER_NOT_FOUND;

// A cast inside a macro is not imported.
static const int64_t dv_nopts = AV_NOPTS_VALUE;
