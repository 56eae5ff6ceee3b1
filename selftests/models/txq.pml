/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A transmit queue that is full is stopped, and woken when there is room again
 * (driver/tx_chain.h, vionic_tx_maybe_stop; driver/tx.c, vionic_tx_clean; both by the
 * helpers of net/netdev_queues.h): the sender looks for room again after it stopped the
 * queue, the poll looks whether the queue is stopped after it made room, each after a
 * barrier. A waker may come late, when the queue is full and stopped again: then a frame
 * finds no room, and is refused.
 *
 * Meanwhile the control path gives the queue another ring (driver/queues.c: close_queue,
 * vionic_pair_stop, vionic_pair_wake). It closes and stops the queue and disables the
 * poll. A poll that saw the queue open before that may wake it after that: senders look
 * whether it is closed under the queue's lock, and stop it again (driver/netdev.c,
 * ndo_start_xmit).
 *
 * Shown: the queue is never left stopped with nobody to wake it, and never overfilled;
 * no frame goes into a ring that is being exchanged.
 * Fails: NO_STOP_BARRIER NO_SECOND_LOOK NO_CLEAN_BARRIER NO_LOOK_IF_REFUSED
 * Fails: NO_CLOSED_CHECK NO_CLOSE_LOCK NO_OPEN_LOCK
 */
#include "store.h"

#define ROOM	3	/* frames in the ring */
#define TOTAL	7

PLACE(stopped, 0);	/* written by the sender's CPU */
PLACE(cleaned, 0);	/* written by that of the poll */
byte sent, done;	/* by driver and by device */
bool locked;		/* the queue's lock */
bool closed;
bool disabled, polling;	/* NAPI */
bool exchanging;	/* the ring is not to be touched */

#define FREE (ROOM - (sent - cleaned))

/* Releasing the lock makes all stores of its holder visible */
inline lock()
{
	atomic { !locked -> locked = true }
}

inline unlock()
{
	d_step { locked = false; if :: stopped_buffer != EMPTY -> stopped = stopped_buffer;
		 stopped_buffer = EMPTY :: else fi }
}

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

inline xmit()
{
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
		assert(!exchanging);
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
}

active proctype sender()
{
end:	do
	:: sent < TOTAL && !OWN(stopped) ->
		lock();
		if
		:: OWN(stopped)
		:: else ->
			if
#ifndef NO_CLOSED_CHECK
			:: closed -> stop()
			:: !closed -> xmit()
#else
			:: xmit()
#endif
			fi
		fi;
		unlock()
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
	:: atomic { !disabled && done != OWN(cleaned) -> polling = true }
		now = done;
		STORE(cleaned, now);
#ifndef NO_CLEAN_BARRIER
		WAIT(cleaned);
#endif
		if
		:: stopped ->
			if
			:: closed
			:: !closed -> start()
			fi
		:: !stopped
		fi;
		polling = false
	od
}

/* Another ring, once. Frames in flight may be lost: they count as sent. */
active proctype control()
{
#ifndef NO_CLOSE_LOCK
	lock();
#endif
	closed = true;
	d_step { stopped_buffer = EMPTY; stopped = 1 }
#ifndef NO_CLOSE_LOCK
	unlock();
#endif
	disabled = true;
	!polling;
	d_step { exchanging = true; done = sent; cleaned = sent; cleaned_buffer = EMPTY }
	exchanging = false;
	disabled = false;
#ifndef NO_OPEN_LOCK
	lock();
#endif
	closed = false;
#ifndef NO_OPEN_LOCK
	unlock();
#endif
	start()
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
