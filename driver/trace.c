// SPDX-License-Identifier: GPL-2.0
#include <linux/device.h>
#include <vionic/compat.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
