/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's static_assert(), whose message may be left out.
 */
#ifndef _UNIT_LINUX_BUILD_BUG_H
#define _UNIT_LINUX_BUILD_BUG_H

#undef static_assert
#define static_assert(expr, ...) UNIT_ASSERT(expr, ##__VA_ARGS__, #expr)
#define UNIT_ASSERT(expr, msg, ...) _Static_assert(expr, msg)

#endif /* _UNIT_LINUX_BUILD_BUG_H */
