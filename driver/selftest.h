/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ethtool -t: does the device answer, interrupt and carry frames?
 */
#ifndef _VIONIC_SELFTEST_H
#define _VIONIC_SELFTEST_H

#include <linux/ethtool.h>
#include "queues.h"

/**
 * vionic_selftest_count() - how many tests there are
 *
 * Return: their number.
 */
int vionic_selftest_count(void);

/**
 * vionic_selftest_strings() - what they are called
 * @data: vionic_selftest_count() times ETH_GSTRING_LEN bytes, filled in
 */
void vionic_selftest_strings(u8 *data);

/**
 * vionic_selftest_run() - test an interface
 * @vn:		netdev
 * @test:	what is wanted; ETH_TEST_FL_FAILED is set if one fails
 * @data:	by test: 0 if it passed or can't be made, else what is wrong
 *
 * Off-line tests reset the device, which comes back with all that was set, and
 * send a frame to nobody from each queue. Under vionic_lock(), takes seconds at most.
 */
void vionic_selftest_run(struct vionic_net *vn, struct ethtool_test *test,
			 u64 *data);

#endif /* _VIONIC_SELFTEST_H */
