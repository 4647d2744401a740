// What Swift needs of libmosquitto.
#pragma once
#include <mosquitto.h>
