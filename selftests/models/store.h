/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a CPU has stored is seen by others some time later: a value waits in the CPU's
 * buffer, a buffer for each place written, so that stores pass each other too, unless
 * the CPU waits for them.
 */
#define EMPTY 255

/* PLACE in memory, and what of it one writer's buffer holds */
#define PLACE(name, value)	byte name = value; byte name##_buffer = EMPTY

#define STORE(name, value)	name##_buffer = (value)

/* What the writer itself reads */
#define OWN(name) (name##_buffer == EMPTY -> name : name##_buffer)

/* Buffers empty themselves in any order, or because somebody waits for it */
#define DRAIN(name) \
	d_step { name##_buffer != EMPTY -> name = name##_buffer; name##_buffer = EMPTY }
#define WAIT(name) \
	d_step { if :: name##_buffer != EMPTY -> name = name##_buffer; \
		       name##_buffer = EMPTY :: else fi }
