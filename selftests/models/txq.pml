/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A transmit queue that is full is stopped, and woken when there is room again
 * (driver/tx_chain.h, vionic_tx_maybe_stop; driver/tx.c, vionic_tx_clean; both by the
 * helpers of net/netdev_queues.h): who stops looks once more for room, who makes room
 * looks whether it is stopped, each after a barrier. A waker may come late, when the
 * queue is full and stopped again: then a frame finds no room, and is refused.
 *
 * Shown: it is never left stopped with nobody to wake it, and never overfilled.
 * Fails: NO_STOP_BARRIER NO_SECOND_LOOK NO_CLEAN_BARRIER NO_LOOK_IF_REFUSED
 */
#include "store.h"

#define ROOM	3	/* frames in the ring */
#define TOTAL	7

PLACE(stopped, 0);	/* written by the sender's CPU */
PLACE(cleaned, 0);	/* written by that of the poll */
byte sent, done;	/* by driver and by device */

#define FREE (ROOM - (sent - cleaned))

inline stop()
{
	STORE(stopped, 1);
#ifndef NO_STOP_BARRIER
	WAIT(stopped);
#endif
}

/* An atomic operation, as that of who wakes is */
inline start()
{
	d_step { stopped_buffer = EMPTY; stopped = 0 }
}

active proctype sender()
{
end:	do
	:: sent < TOTAL && !OWN(stopped) ->
		if
		:: FREE < 1 ->
			stop();
#if !defined(NO_SECOND_LOOK) && !defined(NO_LOOK_IF_REFUSED)
			if
			:: FREE >= 1 -> start()
			:: FREE < 1
			fi
#endif
		:: FREE >= 1 ->
			sent++;
			assert(sent - cleaned <= ROOM);
			if
			:: FREE < 1 ->
				stop();
#ifndef NO_SECOND_LOOK
				if
				:: FREE >= 1 -> start()
				:: FREE < 1
				fi
#endif
			:: FREE >= 1
			fi
		fi
	od
}

active proctype device()
{
end:	do
	:: done < sent -> done++
	od
}

/* A poll for each frame that the device has sent */
active proctype poll()
{
	byte now;

end:	do
	:: done != OWN(cleaned) ->
		now = done;
		STORE(cleaned, now);
#ifndef NO_CLEAN_BARRIER
		WAIT(cleaned);
#endif
		if
		:: stopped -> start()
		:: !stopped
		fi
	od
}

active proctype memory()
{
end:	do
	:: DRAIN(stopped)
	:: DRAIN(cleaned)
	od
}

active proctype referee()
{
end:	do
	:: timeout -> assert(sent == TOTAL); break
	od
}
