/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Debug builds can delay a CPU between two steps that another CPU must not come between:
 * "make stress" finds races by it that are too rare otherwise.
 */
#ifndef _VIONIC_WINDOW_H
#define _VIONIC_WINDOW_H

#include <linux/bug.h>

/* An assertion that only debug builds pay for */
#ifdef VIONIC_DEBUG
#define vionic_debug_warn(cond)	WARN_ON_ONCE(cond)
#else
#define vionic_debug_warn(cond)	((void)sizeof(!!(cond)))
#endif

#ifdef VIONIC_DEBUG
/**
 * vionic_window() - delay this CPU now and then
 *
 * Context: any except hard interrupts. Does not sleep, and does nothing unless this is a debug
 * build. There, one call in 32 takes up to three milliseconds, as the module parameter
 * window_seed chooses; 0 is none.
 */
void vionic_window(void);
#else
static inline void vionic_window(void)
{
}
#endif

#endif /* _VIONIC_WINDOW_H */
