/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the formats of the fake device share.
 */
#ifndef _UNIT_FAKEDEV_PRIV_H
#define _UNIT_FAKEDEV_PRIV_H

#include "fakedev.h"
#include "../device/rules.h"

#define F_NEXT		1	/* 2.7.5, 2.8.4 */
#define F_WRITE		2
#define F_INDIRECT	4

__attribute__((format(printf, 2, 3), noreturn))
void fakedev_violation(enum rule rule, const char *fmt, ...);

/* The driver did what the rule is about, well or not */
#define fakedev_rule(rule, kept, ...) do {				\
	if (!(kept))							\
		fakedev_violation(rule, __VA_ARGS__);			\
	if (fakedev_on_kept)						\
		fakedev_on_kept(rule);					\
} while (0)

/* The device takes the chain that starts at @place */
void fakedev_take_chain(struct fakedev *dev, struct fakedev_buf *buf,
			u16 place);

static inline u64 get(const u8 *p, unsigned int size)
{
	unsigned int i;
	u64 v = 0;

	for (i = 0; i < size; i++)
		v |= (u64)p[UNIT_LE_BYTE(i, size)] << (8 * i);
	return v;
}

static inline void set(u8 *p, unsigned int size, u64 v)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		p[UNIT_LE_BYTE(i, size)] = v >> (8 * i);
}

/* Words that the other side may be writing or reading meanwhile */
static inline u16 get_shared(const u8 *p)
{
	u16 raw = __atomic_load_n((const u16 *)p, __ATOMIC_ACQUIRE);

	return get((const u8 *)&raw, 2);
}

static inline void set_shared(u8 *p, u16 v)
{
	u16 raw;

	set((u8 *)&raw, 2, v);
	__atomic_store_n((u16 *)p, raw, __ATOMIC_RELEASE);
}

static inline u32 get_shared32(const u8 *p)
{
	u32 raw = __atomic_load_n((const u32 *)p, __ATOMIC_ACQUIRE);

	return get((const u8 *)&raw, 4);
}

static inline void set_shared32(u8 *p, u32 v)
{
	u32 raw;

	set((u8 *)&raw, 4, v);
	__atomic_store_n((u32 *)p, raw, __ATOMIC_RELEASE);
}

#endif /* _UNIT_FAKEDEV_PRIV_H */
