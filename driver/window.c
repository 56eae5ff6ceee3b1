// SPDX-License-Identifier: GPL-2.0
#include "window.h"

#include <linux/atomic.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/module.h>

#define WINDOW_RARITY	32
#define WINDOW_MAX_US	3000

static unsigned int window_seed;
module_param(window_seed, uint, 0644);
MODULE_PARM_DESC(window_seed, "chooses where the driver is delayed; 0: nowhere");

static atomic_t window_count;

void vionic_window(void)
{
	u32 seed = READ_ONCE(window_seed);
	ktime_t end;
	u32 random;

	if (!seed)
		return;
	random = jhash_2words(seed, atomic_inc_return(&window_count), 0);
	if (random % WINDOW_RARITY)
		return;
	end = ktime_add_us(ktime_get(), random / WINDOW_RARITY % WINDOW_MAX_US);
	while (ktime_before(ktime_get(), end))
		cpu_relax();
}
