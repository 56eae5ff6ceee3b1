/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Polling without a clock: patience ends after so many turns.
 */
#ifndef _UNIT_LINUX_IOPOLL_H
#define _UNIT_LINUX_IOPOLL_H

#include <linux/errno.h>

#define UNIT_POLL_TURNS		16

#define read_poll_timeout(op, val, cond, sleep_us, timeout_us, before, args...)\
({									\
	unsigned int unit_turns = UNIT_POLL_TURNS;			\
									\
	(void)(sleep_us), (void)(timeout_us), (void)(before);		\
	do {								\
		(val) = op(args);					\
	} while (!(cond) && --unit_turns);				\
	(cond) ? 0 : -ETIMEDOUT;					\
})

#endif /* _UNIT_LINUX_IOPOLL_H */
