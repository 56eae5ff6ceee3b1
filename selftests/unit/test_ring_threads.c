// SPDX-License-Identifier: GPL-2.0
/*
 * A producer, a consumer and a device on one ring at the same time, each a
 * thread. The two ends of the driver share no lock, as ring_split.h claims they
 * need none: no buffer may get lost, come twice or carry another one's data,
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
#define SHARE		4	/* it takes its time */
#else
#define SHARE		1
#endif

struct setup {
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
	struct timespec until;

	if (!run->setup.sleep) {
		sched_yield();
		return;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	while (sem_timedwait(sem, &until)) {
		if (errno == EINTR)
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

/* Use what the device holds, the last ones first */
static u32 complete(struct run *run, struct fakedev_buf *bufs, u32 *n)
{
	u32 done = *n;

	while (*n) {
		struct fakedev_buf *buf = &bufs[--*n];

		fakedev_use(&run->rig->dev, buf->head, buf->bytes);
	}
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

	if (seq >= run->setup.total || run->seen[seq] || buf->len != seq ||
	    buf->ndesc != 1 + seq % 3)
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

static void run_threads(struct run *run, void *(*const mains[SIDES])(void *))
{
	pthread_t threads[SIDES];
	size_t i;

	sem_init(&run->kick, 0, 0);
	sem_init(&run->irq, 0, 0);
	for (i = 0; i < SIDES; i++)
		if (pthread_create(&threads[i], NULL, mains[i], run))
			abort();
	for (i = 0; i < SIDES; i++)
		pthread_join(threads[i], NULL);
}

static void test_setup(const struct setup *setup)
{
	static void *(*const mains[SIDES])(void *) = {
		producer, consumer, device,
	};
	struct run run = { .setup = *setup };
	u32 i, lost = 0;

	run.setup.total /= SHARE;
	run.rig = rig_new(VIONIC_SPLIT, setup->num, setup->event_idx);
	run.owner = malloc(setup->num * sizeof(*run.owner));
	run.seen = calloc(run.setup.total, 1);
	if (!run.owner || !run.seen)
		abort();
	memset(run.owner, 0xff, setup->num * sizeof(*run.owner));
	run_threads(&run, mains);
	for (i = 0; i < run.setup.total; i++)
		lost += !run.seen[i];
	T_EQ(run.errors, 0);
	T_EQ(lost, 0);
	T_EQ(vionic_ring_inflight(&run.rig->ring), 0);
	T_EQ(vionic_ring_free_count(&run.rig->ring), setup->num);
	T_TRUE(rig_intact(run.rig, NULL, 0));
	printf("# %u kicks, %u interrupts\n", run.kicks, run.irqs);
	T_CASE("%u: %u buffers, %s, sides %s", setup->num, run.setup.total,
	       setup->event_idx ? "event indices" : "flags",
	       setup->sleep ? "sleep" : "poll");
	rig_free(run.rig);
	free(run.owner);
	free(run.seen);
}

int main(void)
{
	static const struct setup setups[] = {
		{ 256, true, true, 1000000 },
		{ 4, true, true, 50000 },
		{ 4, false, true, 50000 },
		{ 64, false, true, 200000 },
		{ 16, true, false, 100000 },
		{ 1024, false, false, 300000 },
	};
	size_t i;

	tap_begin();
	for (i = 0; i < ARRAY_SIZE(setups); i++)
		test_setup(&setups[i]);
	return tap_end();
}
