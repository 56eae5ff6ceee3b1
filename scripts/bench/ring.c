// SPDX-License-Identifier: GPL-2.0
/*
 * What the rings alone cost on this machine's CPU: the driver's ring code,
 * unchanged, on one core, a loop that does what a device does on another. A
 * receive ring: buffers go round, each with a line of memory that the device
 * writes and the driver reads.
 *
 *	ring [ROUNDS [PACKETS]]
 *
 * Beside it, what Linux's virtio_ring makes of memory in the same loop, written
 * anew from what it is known to touch: a free list through the descriptors' extra
 * state, last in, first out, the avail index shown for each buffer, the used
 * index read for each.
 *
 * Prints for each kind of ring nanoseconds and, where the CPU counts them for us,
 * cache misses per packet: the median of the rounds, and the ratio to the other.
 */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <vionic/ring_packed.h>
#include <vionic/ring_split.h>

#define NUM	256	/* entries */
#define BUDGET	64	/* of a poll */
#define BURST	32	/* buffers that the device uses at once */
#define LEN	64	/* bytes of a packet */
#define ROUNDS	64	/* at most */

struct bench {
	const char *name;
	enum vionic_layout layout;
	bool theirs;
};

static struct vionic_ring ring;
static char buffers[NUM][2048] __attribute__((aligned(4096)));
static volatile bool over;
static long packets = 2000000;
static volatile unsigned int sink;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void use(int id)
{
	sink += *(volatile unsigned int *)buffers[id];
}

static void fill(uint64_t addr, unsigned int value)
{
	memset((void *)(uintptr_t)addr, value, LEN);
}

/* The device's side of a split ring */
static void device_split(bool in_order)
{
	struct vionic_split *s = &ring.split;
	u16 mask = NUM - 1, last = 0, used = 0;

	while (!over) {
		u16 avail = __atomic_load_n(&s->avail->idx, __ATOMIC_ACQUIRE);
		u16 id = 0;
		int n;

		for (n = 0; last != avail && n < BURST; n++, last++, used++) {
			id = s->avail->ring[last & mask];
			fill(s->desc[id].addr, used);
			if (in_order)
				continue;
			s->used->ring[used & mask].id = id;
			s->used->ring[used & mask].len = LEN;
		}
		if (!n)
			continue;
		if (in_order) {
			u16 first = used - n;

			s->used->ring[first & mask].id = id;
			s->used->ring[first & mask].len = LEN;
		}
		__atomic_store_n(&s->used->idx, used, __ATOMIC_RELEASE);
	}
}

static bool available(const struct vionic_packed_desc *d, bool wrap)
{
	u16 flags = __atomic_load_n(&d->flags, __ATOMIC_ACQUIRE);

	return !!(flags & VIONIC_PACKED_AVAIL) == wrap &&
	       !!(flags & VIONIC_PACKED_USED) != wrap;
}

static void give_back(struct vionic_packed_desc *d, u16 id, bool wrap)
{
	d->id = id;
	d->len = LEN;
	__atomic_store_n(&d->flags, wrap ? VIONIC_PACKED_AVAIL |
			 VIONIC_PACKED_USED : 0, __ATOMIC_RELEASE);
}

static void device_packed(bool in_order)
{
	struct vionic_packed_desc *desc = ring.packed.desc;
	unsigned int value = 0;
	bool wrap = true;
	u16 pos = 0;

	while (!over) {
		u16 first = pos, id = 0;
		bool first_wrap = wrap;
		int n;

		for (n = 0; n < BURST && available(&desc[pos], wrap); n++) {
			id = desc[pos].id;
			fill(desc[pos].addr, value++);
			if (!in_order)
				give_back(&desc[pos], id, wrap);
			if (++pos == NUM) {
				pos = 0;
				wrap = !wrap;
			}
		}
		if (n && in_order)
			give_back(&desc[first], id, first_wrap);
	}
}

static void *device(void *arg)
{
	const struct bench *b = arg;

	pin(1);
	if (vionic_is_packed(b->layout))
		device_packed(vionic_is_in_order(b->layout));
	else
		device_split(vionic_is_in_order(b->layout));
	return NULL;
}

/* Ours */
static __always_inline bool pop(enum vionic_layout l,
				struct vionic_used_buf *buf)
{
	return (vionic_is_packed(l) ? vionic_packed_pop(&ring, l, buf) :
		vionic_split_pop(&ring, l, buf)) == VIONIC_RING_OK;
}

static __always_inline void refill(enum vionic_layout l)
{
	u16 n;

	for (n = vionic_ring_free_count(&ring); n; n--) {
		u16 id = vionic_is_packed(l) ? vionic_packed_head(&ring, l) :
			 vionic_split_head(&ring, l);
		u64 addr = (uintptr_t)buffers[id];

		if (vionic_is_packed(l)) {
			vionic_packed_put(&ring, l, id, addr, LEN,
					  VRING_DESC_F_WRITE);
			vionic_packed_commit(&ring, id, 1);
		} else {
			vionic_split_put(&ring, l, addr, LEN,
					 VRING_DESC_F_WRITE);
			vionic_split_commit(&ring, id, 1);
		}
	}
	if (vionic_is_packed(l))
		vionic_packed_publish(&ring);
	else
		vionic_split_publish(&ring);
}

static __always_inline void ours(enum vionic_layout l)
{
	long done = 0;

	refill(l);
	while (done < packets) {
		struct vionic_used_buf buf;
		int n;

		for (n = 0; n < BUDGET && pop(l, &buf); n++) {
			use(buf.id);
			vionic_ring_free(&ring, l, &buf);
		}
		done += n;
		if (n)
			refill(l);
	}
}

/* Theirs: what virtio_ring keeps of each descriptor */
static struct {
	void *data;
	void *indirect;
	u32 total;
} state[NUM];
static struct {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
} extra[NUM];
static u16 free_head, num_free, last_used, avail_shadow;

/* What they keep of a buffer that is with the device, and of one that is back */
static void theirs_keep(u16 id, u16 flags)
{
	extra[id].addr = (uintptr_t)buffers[id];
	extra[id].len = LEN;
	extra[id].flags = flags;
	free_head = extra[id].next;
	num_free--;
	state[id].data = buffers[id];
	state[id].indirect = NULL;
}

static void theirs_let_go(u32 id)
{
	sink += !state[id].data + extra[id].flags + extra[id].len;
	state[id].data = NULL;
	extra[id].next = free_head;
	free_head = id;
	num_free++;
}

static void theirs_add_split(void)
{
	struct vionic_split *s = &ring.split;
	u16 head = free_head;

	s->desc[head].addr = (uintptr_t)buffers[head];
	s->desc[head].len = LEN;
	s->desc[head].flags = VRING_DESC_F_WRITE;
	s->desc[head].next = extra[head].next;
	theirs_keep(head, VRING_DESC_F_WRITE);
	s->avail->ring[avail_shadow & (NUM - 1)] = head;
	virt_wmb();
	WRITE_ONCE(s->avail->idx, ++avail_shadow);
}

static bool theirs_get_split(u32 *id)
{
	struct vionic_split *s = &ring.split;
	u16 at = last_used & (NUM - 1);

	if (READ_ONCE(s->used->idx) == last_used)
		return false;
	virt_rmb();
	*id = READ_ONCE(s->used->ring[at].id);
	sink += READ_ONCE(s->used->ring[at].len);
	/* the chain's end is told by what the device may write to */
	sink += READ_ONCE(s->desc[*id].flags) & VRING_DESC_F_NEXT;
	theirs_let_go(*id);
	last_used++;
	return true;
}

static u16 their_pos, their_used;
static bool their_wrap, their_used_wrap;

static void theirs_add_packed(void)
{
	struct vionic_packed_desc *d = &ring.packed.desc[their_pos];
	u16 id = free_head;
	u16 flags = VRING_DESC_F_WRITE |
		    (their_wrap ? VIONIC_PACKED_AVAIL : VIONIC_PACKED_USED);

	d->addr = (uintptr_t)buffers[id];
	d->len = LEN;
	d->id = id;
	theirs_keep(id, flags);
	state[id].total = 1;
	virt_wmb();
	WRITE_ONCE(d->flags, flags);
	if (++their_pos == NUM) {
		their_pos = 0;
		their_wrap = !their_wrap;
	}
}

static bool theirs_get_packed(u32 *id)
{
	struct vionic_packed_desc *d = &ring.packed.desc[their_used];
	u16 flags = READ_ONCE(d->flags);

	if (!!(flags & VIONIC_PACKED_AVAIL) != their_used_wrap ||
	    !!(flags & VIONIC_PACKED_USED) != their_used_wrap)
		return false;
	virt_rmb();
	*id = READ_ONCE(d->id);
	sink += READ_ONCE(d->len) + state[*id].total;
	theirs_let_go(*id);
	if (++their_used == NUM) {
		their_used = 0;
		their_used_wrap = !their_used_wrap;
	}
	return true;
}

static __always_inline void theirs(bool packed)
{
	long done = 0;

	while (done < packets) {
		u32 id;
		int n;

		while (num_free)
			packed ? theirs_add_packed() : theirs_add_split();
		for (n = 0; n < BUDGET && (packed ? theirs_get_packed(&id) :
					   theirs_get_split(&id)); n++)
			use(id);
		done += n;
	}
}

static void theirs_init(void)
{
	int i;

	memset(state, 0, sizeof(state));
	for (i = 0; i < NUM; i++)
		extra[i].next = i + 1;
	free_head = last_used = avail_shadow = their_pos = their_used = 0;
	num_free = NUM;
	their_wrap = their_used_wrap = true;
}

static void *area(size_t bytes)
{
	void *p = aligned_alloc(4096, (bytes + 4095) & ~(size_t)4095);

	if (!p)
		exit(1);
	return memset(p, 0, (bytes + 4095) & ~(size_t)4095);
}

static void init(const struct bench *b)
{
	memset(&ring, 0, sizeof(ring));
	ring.num = NUM;
	ring.mask = NUM - 1;
	ring.fill = LEN;
	ring.event_idx = true;
	ring.slot = area(NUM * sizeof(*ring.slot));
	ring.free_ids = area(NUM * sizeof(*ring.free_ids));
	if (vionic_is_packed(b->layout)) {
		ring.packed.desc = area(vionic_packed_desc_bytes(NUM));
		ring.packed.driver = area(4096);
		ring.packed.device = area(4096);
		vionic_packed_init(&ring);
	} else {
		ring.split.desc = area(vionic_split_desc_bytes(NUM));
		ring.split.avail = area(vionic_split_avail_bytes(NUM));
		ring.split.used = area(vionic_split_used_bytes(NUM));
		vionic_split_init(&ring);
	}
	theirs_init();
	memset(buffers, 0, sizeof(buffers));
}

static void drive(const struct bench *b)
{
	if (b->theirs) {
		if (vionic_is_packed(b->layout))
			theirs(true);
		else
			theirs(false);
		return;
	}
	switch (b->layout) {
	case VIONIC_SPLIT:
		return ours(VIONIC_SPLIT);
	case VIONIC_SPLIT_IN_ORDER:
		return ours(VIONIC_SPLIT_IN_ORDER);
	case VIONIC_PACKED:
		return ours(VIONIC_PACKED);
	case VIONIC_PACKED_IN_ORDER:
		return ours(VIONIC_PACKED_IN_ORDER);
	}
}

/* Of this thread; -1 where they are not to be had */
static int open_misses(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CACHE_MISSES,
		.exclude_kernel = 1,
		.disabled = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static void run(const struct bench *b, double *ns, double *misses)
{
	pthread_t thread;
	uint64_t begin, n;
	int fd;

	init(b);
	over = false;
	if (pthread_create(&thread, NULL, device, (void *)b))
		exit(1);
	pin(0);
	fd = open_misses();
	if (fd >= 0)
		ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	begin = now_ns();
	drive(b);
	*ns = (double)(now_ns() - begin) / packets;
	*misses = -1;
	if (fd >= 0) {
		if (read(fd, &n, sizeof(n)) == sizeof(n))
			*misses = (double)n / packets;
		close(fd);
	}
	over = true;
	pthread_join(thread, NULL);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, int n)
{
	qsort(v, n, sizeof(*v), by_size);
	return v[n / 2];
}

int main(int argc, char **argv)
{
	static const struct bench benches[] = {
		{ "split, as virtio_ring", VIONIC_SPLIT, true },
		{ "split", VIONIC_SPLIT, false },
		{ "split, in order", VIONIC_SPLIT_IN_ORDER, false },
		{ "packed, as virtio_ring", VIONIC_PACKED, true },
		{ "packed", VIONIC_PACKED, false },
		{ "packed, in order", VIONIC_PACKED_IN_ORDER, false },
	};
	enum { N = sizeof(benches) / sizeof(benches[0]) };
	static double ns[N][ROUNDS], misses[N][ROUNDS];
	int rounds = argc > 1 ? atoi(argv[1]) : 5;
	double base = 0;
	int i, r;

	if (argc > 2)
		packets = atol(argv[2]);
	if (rounds < 1 || rounds > ROUNDS || packets < 1) {
		fprintf(stderr, "ring [ROUNDS [PACKETS]]\n");
		return 2;
	}
	for (r = 0; r < rounds; r++)
		for (i = 0; i < N; i++)
			run(&benches[i], &ns[i][r], &misses[i][r]);
	printf("%-24s %10s %10s %8s\n", "per packet", "ns", "misses", "ratio");
	for (i = 0; i < N; i++) {
		double t = median(ns[i], rounds), m = median(misses[i], rounds);

		if (benches[i].theirs)
			base = t;
		printf("%-24s %10.1f ", benches[i].name, t);
		if (m < 0)
			printf("%10s ", "-");
		else
			printf("%10.2f ", m);
		printf("%8.3f\n", t / base);
	}
	return 0;
}
