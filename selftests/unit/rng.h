/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers that can be had again: the seed is fixed, printed, and taken
 * from UNIT_SEED in the environment if that is set.
 */
#ifndef _UNIT_RNG_H
#define _UNIT_RNG_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>

struct rng {
	u64 s;
};

static inline void rng_seed(struct rng *r, u64 fallback)
{
	const char *env = getenv("UNIT_SEED");

	r->s = env ? strtoull(env, NULL, 0) : fallback;
	printf("# UNIT_SEED=%llu\n", (unsigned long long)r->s);
	r->s = r->s * 2 + 1;	/* never 0 */
}

/* xorshift64* */
static inline u32 rng_next(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return (r->s * 0x2545f4914f6cdd1dull) >> 32;
}

/* 0 to @n - 1 */
static inline u32 rng_below(struct rng *r, u32 n)
{
	return (u64)rng_next(r) * n >> 32;
}

#endif /* _UNIT_RNG_H */
