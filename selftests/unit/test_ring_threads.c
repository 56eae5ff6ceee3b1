// SPDX-License-Identifier: GPL-2.0
/*
 * A producer, a consumer and a device on one ring at the same time, each a
 * thread. The two ends of the driver share no lock, as ring.h claims they need
 * none: no buffer may get lost, come twice or carry another one's data,
 * and nobody may sleep for ever. Built with the address sanitizer, and with the
 * thread sanitizer, which knows each access that nothing orders.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <linux/kernel.h>
#include "rig.h"
#include "rng.h"
#include "tap.h"

#define NOBODY		0xffffffffu
#define PATIENCE	30	/* seconds until a wake-up counts as lost */
#define WINDOW		4	/* buffers that the device works on at once */
#define BUDGET		64
#define SIDES		3
#ifdef UNIT_TSAN
#define SHARE		8	/* it takes its time */
#else
#define SHARE		1
#endif

struct setup {
	enum vionic_layout l;
	u32 num;
	bool event_idx;
	bool sleep;	/* else all sides poll */
	u32 total;	/* buffers */
};

/* What the threads share besides the ring. Results are read after they end. */
struct run {
	struct setup setup;
	struct rig *rig;
	u32 *owner;	/* by head: the buffer's number; what a driver keeps */
	u8 *seen;	/* by number, the consumer's */
	sem_t kick;
	sem_t irq;
	int scheduled;	/* the consumer is polling or about to, as NAPI */
	u32 errors;
	u32 kicks;
	u32 irqs;
};

static void nap(struct run *run, sem_t *sem, const char *who)
{
	struct tap_wait wait;
	struct timespec until;

	if (!run->setup.sleep) {
		sched_yield();
		return;
	}
	tap_wait_begin(&wait);
	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		if (!sem_timedwait(sem, &until))
			return;
		if (errno == EINTR ||
		    !tap_wait_hung(&wait, PATIENCE, PATIENCE))
			continue;
		printf("Bail out! Nobody woke the %s\n", who);
		fflush(stdout);
		_exit(1);
	}
}

/* The hard interrupt, which runs wherever the device is */
static void interrupt(struct run *run)
{
	if (__atomic_exchange_n(&run->scheduled, 1, __ATOMIC_ACQ_REL))
		return;
	rig_irq_off(run->rig);
	run->irqs++;
	sem_post(&run->irq);
}

static void publish(struct run *run)
{
	rig_publish(run->rig);
	if (rig_need_kick(run->rig)) {
		run->kicks++;
		sem_post(&run->kick);
	}
}

static void *producer(void *arg)
{
	struct run *run = arg;
	struct vionic_ring *r = &run->rig->ring;
	u32 seq;

	for (seq = 0; seq < run->setup.total; seq++) {
		u16 ndesc = 1 + seq % 3;

		if (vionic_ring_free_count(r) < ndesc) {
			publish(run);
			while (vionic_ring_free_count(r) < ndesc)
				sched_yield();
		}
		run->owner[rig_head(run->rig)] = seq;
		rig_add(run->rig, 1, ndesc - 1, seq);
		if (seq % 16 < 8 || seq % 16 == 15)
			publish(run);
	}
	publish(run);
	return NULL;
}

/* Use what the device holds, the last ones first if it may */
static u32 complete(struct run *run, struct fakedev_buf *bufs, u32 *n)
{
	u32 done = *n;
	u32 i;

	for (i = 0; i < done; i++) {
		u32 k = rig_in_order(run->rig) ? i : done - 1 - i;

		fakedev_use(&run->rig->dev, bufs[k].head, bufs[k].bytes);
	}
	*n = 0;
	if (fakedev_flush(&run->rig->dev))
		interrupt(run);
	return done;
}

static void *device(void *arg)
{
	struct run *run = arg;
	struct fakedev *dev = &run->rig->dev;
	struct fakedev_buf bufs[WINDOW];
	u32 done = 0, n = 0;

	while (done < run->setup.total) {
		if (n < WINDOW && fakedev_fetch(dev, &bufs[n])) {
			bufs[n].bytes = dev->chain[0].addr;
			n++;
			continue;
		}
		if (n) {
			done += complete(run, bufs, &n);
			continue;
		}
		if (!fakedev_kicks_on(dev))
			nap(run, &run->kick, "device");
		fakedev_kicks_off(dev);
	}
	return NULL;
}

static void take(struct run *run, const struct vionic_used_buf *buf)
{
	u32 seq = run->owner[buf->id];
	bool batched = rig_in_order(run->rig) && buf->len == RIG_FILL;

	if (seq >= run->setup.total || run->seen[seq] ||
	    (buf->len != seq && !batched) || buf->ndesc != 1 + seq % 3)
		run->errors++;
	else
		run->seen[seq] = 1;
	run->owner[buf->id] = NOBODY;
	rig_free_buf(run->rig, buf);
}

/* Nothing is left: ask for an interrupt, unless something came meanwhile */
static void poll_complete(struct run *run)
{
	__atomic_store_n(&run->scheduled, 0, __ATOMIC_SEQ_CST);
	if (rig_irq_on(run->rig, 0) &&
	    !__atomic_exchange_n(&run->scheduled, 1, __ATOMIC_ACQ_REL)) {
		rig_irq_off(run->rig);
		return;
	}
	nap(run, &run->irq, "consumer");
}

static void *consumer(void *arg)
{
	struct run *run = arg;
	struct vionic_used_buf buf;
	u32 taken = 0;

	while (taken < run->setup.total) {
		enum vionic_ring_state state = VIONIC_RING_OK;
		u32 budget = BUDGET;

		while (budget--) {
			state = rig_pop(run->rig, &buf);
			if (state != VIONIC_RING_OK)
				break;
			take(run, &buf);
			taken++;
		}
		if (state == VIONIC_RING_BROKEN) {
			printf("Bail out! The ring broke\n");
			fflush(stdout);
			_exit(1);
		}
		if (state == VIONIC_RING_EMPTY && taken < run->setup.total)
			poll_complete(run);
	}
	return NULL;
}

static void run_threads(struct run *run, void *(*const *mains)(void *),
			size_t n)
{
	pthread_t threads[SIDES];
	size_t i;

	sem_init(&run->kick, 0, 0);
	sem_init(&run->irq, 0, 0);
	for (i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, mains[i], run))
			abort();
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static void run_begin(struct run *run, const struct setup *setup)
{
	memset(run, 0, sizeof(*run));
	run->setup = *setup;
	run->setup.total /= SHARE;
	run->rig = rig_new(setup->l, setup->num, setup->event_idx);
	run->rig->dev.batch = WINDOW;
	run->owner = malloc(setup->num * sizeof(*run->owner));
	run->seen = calloc(run->setup.total, 1);
	if (!run->owner || !run->seen)
		abort();
	memset(run->owner, 0xff, setup->num * sizeof(*run->owner));
}

static void run_end(struct run *run)
{
	rig_free(run->rig);
	free(run->owner);
	free(run->seen);
}

static void test_setup(const struct setup *setup)
{
	static void *(*const mains[SIDES])(void *) = {
		producer, consumer, device,
	};
	struct run run;
	u32 i, lost = 0;

	run_begin(&run, setup);
	run_threads(&run, mains, SIDES);
	for (i = 0; i < run.setup.total; i++)
		lost += !run.seen[i];
	T_EQ(run.errors, 0);
	T_EQ(lost, 0);
	T_EQ(vionic_ring_inflight(&run.rig->ring), 0);
	T_EQ(vionic_ring_free_count(&run.rig->ring), setup->num);
	T_TRUE(rig_intact(run.rig, NULL, 0));
	printf("# %u kicks, %u interrupts\n", run.kicks, run.irqs);
	T_CASE("%s: %u buffers, sides %s", run.rig->name, run.setup.total,
	       setup->sleep ? "sleep" : "poll");
	run_end(&run);
}

/* The producer, but nothing is shown to the device */
static void *hasty(void *arg)
{
	struct run *run = arg;
	struct vionic_ring *r = &run->rig->ring;
	u32 seq;

	for (seq = 0; seq < run->setup.total; seq++) {
		u16 ndesc = 1 + seq % 3;

		while (vionic_ring_free_count(r) < ndesc)
			sched_yield();
		run->owner[rig_head(run->rig)] = seq;
		rig_add(run->rig, 1, ndesc - 1, seq);
	}
	return NULL;
}

/* The consumer of a device that guesses what comes next and says that it was
 * used. Where such a device writes would be a race of its own, so here begins
 * what follows once its word was read.
 */
static void *guess(void *arg)
{
	struct run *run = arg;
	struct vionic_ring *r = &run->rig->ring;
	u32 taken = 0, id = 0;

	while (taken < run->setup.total) {
		struct vionic_used_buf buf;

		id = (id + 1) % r->num;
		if (!vionic_ring_take(r, id, &buf))
			continue;
		run->errors += buf.ndesc != 1 + run->owner[buf.id] % 3;
		run->owner[buf.id] = NOBODY;
		rig_free_buf(run->rig, &buf);
		taken++;
	}
	return NULL;
}

/* Whoever gets hold of a buffer, if only by a lie, sees all of it */
static void test_liar(enum vionic_layout l)
{
	static void *(*const mains[])(void *) = { hasty, guess };
	const struct setup setup = { l, 16, true, false, 100000 };
	struct run run;

	run_begin(&run, &setup);
	run_threads(&run, mains, ARRAY_SIZE(mains));
	T_EQ(run.errors, 0);
	T_TRUE(rig_intact(run.rig, NULL, 0));
	T_CASE("%s: %u buffers, used before they were shown",
	       run.rig->name, run.setup.total);
	run_end(&run);
}

int main(void)
{
	static const struct setup setups[] = {
		{ 0, 256, true, true, 200000 },
		{ 0, 4, false, true, 20000 },
		{ 0, 16, true, false, 50000 },
	};
	struct setup setup;
	u32 l, i;

	tap_begin();
	for (l = 0; l < RIG_LAYOUTS; l++) {
		for (i = 0; i < ARRAY_SIZE(setups); i++) {
			setup = setups[i];
			setup.l = l;
			setup.num -= vionic_is_packed(l) && l & i;
			setup.event_idx ^= l & 1;
			test_setup(&setup);
		}
		if (!vionic_is_in_order(l))
			test_liar(l);
	}
	return tap_end();
}
