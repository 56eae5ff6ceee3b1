/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wrap counters of a packed ring (virtio 1.3, 2.8.1, 2.8.7, 2.8.10): a descriptor is
 * available, or used, if its flags are those of the lap that the reader is in. Wishes
 * for interrupts are positions with the wrap counter in their highest bit, written at
 * once with the flags (include/vionic/ring_packed.h, vionic_packed_irq_on). Here the
 * ring has three descriptors and each side goes round it several times.
 *
 * Shown: nothing is taken for used that is not, or for available; nothing is lost; all
 * is found in the end, without anybody's looking unasked.
 * Fails: NO_WRAP NO_PUBLISH_BARRIER NO_WISH_BARRIER NO_SECOND_LOOK NO_WISH_WRAP
 */
#include "store.h"

#define SIZE	3
#define TOTAL	8	/* buffers in all */

/* of each descriptor: the lap's parity in which it was made available, and used */
bool avail[SIZE];
bool used[SIZE];

/* position times two, plus wrap counter */
PLACE(event, 1);
bool told;
byte given, taken, found;

/* The descriptor that the device used last may still be in its buffer, like a wish: its
 * place times two, plus wrap counter
 */
byte late = EMPTY;
#define USE(at)	late = at
#define USE_OUT \
	d_step { late != EMPTY -> used[late / 2] = late % 2; late = EMPTY }
#define USE_WAIT \
	d_step { if :: late != EMPTY -> used[late / 2] = late % 2; late = EMPTY :: else fi }

/* Give, look what came back, ask for an interrupt, look again */
active proctype driver()
{
	byte head = 0, tail = 0;
	bool give_wrap = 1, take_wrap = 1;

#ifdef NO_WRAP
#define IS_USED (avail[tail] == used[tail])
#else
#define IS_USED (avail[tail] == used[tail] && used[tail] == take_wrap)
#endif
	/* a fresh ring: nothing is available and nothing used, in lap 1 */
end:	do
	:: given < TOTAL && given - found < SIZE ->
		d_step {
			/* made available: that bit is the lap, the other is not */
			avail[head] = give_wrap;
			used[head] = !give_wrap;
			given++;
			head++;
			if
			:: head == SIZE -> head = 0; give_wrap = !give_wrap
			:: else
			fi
		}
	:: told ->
		told = false;
look:		do
		:: IS_USED ->
			d_step {
				found++;
				assert(found <= taken);
				tail++;
				if
				:: tail == SIZE -> tail = 0; take_wrap = !take_wrap
				:: else
				fi
			}
		:: !(IS_USED) -> break
		od
#ifndef NO_WISH_WRAP
		STORE(event, tail * 2 + take_wrap);
#else
		STORE(event, tail * 2 + 1);
#endif
#ifndef NO_WISH_BARRIER
		WAIT(event);
#endif
#ifndef NO_SECOND_LOOK
		if
		:: IS_USED -> goto look
		:: !(IS_USED)
		fi
#endif
	od
}

/* Uses in order what is available, and tells of the one that was asked for: the same
 * place a lap before or after is another
 */
active proctype device()
{
	byte pos = 0, last;
	bool wrap = 1;

end:	do
	:: avail[pos] == wrap && used[pos] != wrap && late == EMPTY ->
		taken++;
		assert(taken <= given);
		last = pos * 2 + wrap;
		USE(last);
		pos++;
		if
		:: pos == SIZE -> pos = 0; wrap = !wrap
		:: else
		fi;
#ifndef NO_PUBLISH_BARRIER
		USE_WAIT;
#endif
		if
		:: event == last -> told = true
		:: else
		fi
	od
}

active proctype memory()
{
end:	do
	:: DRAIN(event)
	:: USE_OUT
	od
}

active proctype referee()
{
end:	do
	:: timeout -> assert(found == TOTAL); break
	od
}
