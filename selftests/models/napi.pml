/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The poll that ends and asks for interrupts (driver/napi.c: rearm, vionic_pairs_irq),
 * while on another CPU an interrupt comes, or a timer has the same queue polled: two
 * CPUs may write the wish at a time, and either may be late.
 *
 * Shown: what the device uses is found in the end, by interrupts and not by the timer,
 * which goes off a few times only; the queue is never polled by two at once.
 * (NAPI's note of what it missed is not needed for that: the second look finds it.)
 * Fails: NO_WISH_BARRIER NO_SECOND_LOOK LATE_INDEX
 */
#define EMPTY	255
#define TURN	8
#define HALF	4
#define TOTAL	4
#define START	6
#define TIMERS	1

byte used = START;		/* the device's index */
byte seen = START;		/* the poll's */
byte event = START;
byte buffer[2] = { EMPTY, EMPTY };	/* what each CPU stored there */
bool irq;			/* an interrupt waits */
bool scheduled, missed;		/* NAPI_STATE_SCHED, NAPI_STATE_MISSED */
bool softirq[2];		/* NET_RX is raised, for our queue */
byte timers = TIMERS;
byte polling, found;

#define NEEDED(event, new, old) \
	((new - event - 1 + 2 * TURN) % TURN < (new - old + TURN) % TURN)

/* One CPU's stores to one place stay in order */
#define WISH(cpu, value)	buffer[cpu] = (value)
#define WISH_OUT(cpu) \
	d_step { if :: buffer[cpu] != EMPTY -> event = buffer[cpu]; \
		       buffer[cpu] = EMPTY :: else fi }

/* An atomic operation waits for what was stored before it */
inline schedule(cpu)
{
	d_step {
		if
		:: buffer[cpu] != EMPTY -> event = buffer[cpu]; buffer[cpu] = EMPTY
		:: else
		fi;
		if
		:: scheduled -> missed = true
		:: else -> scheduled = true; softirq[cpu] = true
		fi
	}
}

proctype cpu(byte me)
{
	byte index;

end:	do
	/* vionic_pairs_irq() */
	:: d_step { irq -> irq = false }
		WISH(me, (seen + HALF) % TURN);
		schedule(me)
	/* watch() */
	:: d_step { timers > 0 -> timers-- }
		schedule(me)
	/* poll() */
	:: d_step { softirq[me] -> softirq[me] = false }
		polling++;
		assert(polling == 1);
		do
		:: used != seen -> d_step { seen = (seen + 1) % TURN; found++ }
		:: used == seen -> break
		od
		polling--;
		/* napi_complete_done() */
		d_step {
			if
			:: buffer[me] != EMPTY -> event = buffer[me]; buffer[me] = EMPTY
			:: else
			fi;
			index = TURN;
			if
			:: missed -> missed = false; softirq[me] = true
			:: else -> scheduled = false; index = 0
			fi
		}
		/* rearm(): from here on the other CPU may poll */
		if
		:: index == TURN
		:: else ->
			index = seen;
			WISH(me, index);
#ifndef NO_WISH_BARRIER
			WISH_OUT(me);
#endif
#ifdef LATE_INDEX
			/* compared with what may be another's reading by now */
			index = seen;
#endif
#ifndef NO_SECOND_LOOK
			if
			:: used != index ->
				d_step {
					if
					:: scheduled -> index = TURN
					:: else -> scheduled = true
					fi
				}
				if
				:: index == TURN
				:: else ->
					WISH(me, (seen + HALF) % TURN);
					softirq[me] = true
				fi
			:: used == index
			fi
#endif
		fi;
		index = 0
	od
}

active proctype device()
{
	byte published, old, wish;

	do
	:: published < TOTAL ->
		published - found < 3;
		old = used;
		used = (used + 1) % TURN;
		published++;
		wish = event;
		if
		:: NEEDED(wish, (old + 1) % TURN, old) -> irq = true
		:: else
		fi
	:: else -> break
	od
}

active proctype memory()
{
end:	do
	:: d_step { buffer[0] != EMPTY -> event = buffer[0]; buffer[0] = EMPTY }
	:: d_step { buffer[1] != EMPTY -> event = buffer[1]; buffer[1] = EMPTY }
	od
}

active proctype referee()
{
end:	do
	:: timeout -> assert(found == TOTAL); break
	od
}

init {
	atomic { run cpu(0); run cpu(1) }
}
