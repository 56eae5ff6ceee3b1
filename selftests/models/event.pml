/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event indices of a split ring (virtio 1.3, 2.7.7 and 2.7.10): one side publishes and
 * tells the other only if that asked for it, the other asks and looks once more. So it
 * is with interrupts (include/vionic/ring_split.h, vionic_split_irq_on) and, the sides
 * exchanged, with kicks (vionic_split_need_kick).
 *
 * Shown: whatever is published is found in the end, without anybody's looking unasked.
 * Fails: NO_PUBLISH_BARRIER NO_WISH_BARRIER NO_SECOND_LOOK
 */
#include "store.h"

#define TURN	8	/* indices come round */
#define TOTAL	7	/* published in all */
#define START	5

PLACE(used, START);
PLACE(event, START);
bool told;		/* an interrupt waits */
byte found = 0;		/* by the consumer */

/* vring_need_event(): was the index asked for passed on the way to the new one? */
#define NEEDED(event, new, old) \
	((new - event - 1 + 2 * TURN) % TURN < (new - old + TURN) % TURN)

active proctype publisher()
{
	byte published = 0, n, old, new = START, wish;

	do
	:: published < TOTAL ->
		/* one at a time or two */
		if
		:: n = 1
		:: published + 2 <= TOTAL -> n = 2
		fi
		/* the ring holds four: not half of the indices are ahead of the wish */
		published + n - found <= 3;
		old = new;
		new = (new + n) % TURN;
		published = published + n;
		STORE(used, new);
#ifndef NO_PUBLISH_BARRIER
		WAIT(used);
#endif
		wish = event;
		if
		:: NEEDED(wish, new, old) -> told = true
		:: else
		fi
	:: else -> break
	od
}

active proctype consumer()
{
	byte seen = START;

end:	do
	:: told ->
		told = false;
look:		do
		:: used != seen ->
			d_step { seen = (seen + 1) % TURN; found++ }
		:: used == seen -> break
		od
		STORE(event, seen);
#ifndef NO_WISH_BARRIER
		WAIT(event);
#endif
#ifndef NO_SECOND_LOOK
		if
		:: used != seen -> goto look
		:: used == seen
		fi
#endif
	od
}

active proctype memory()
{
end:	do
	:: DRAIN(used)
	:: DRAIN(event)
	od
}

active proctype referee()
{
end:	do
	:: timeout -> assert(found == TOTAL); break
	od
}
