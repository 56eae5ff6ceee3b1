// SPDX-License-Identifier: GPL-2.0
/*
 * An AF_XDP socket that gives frames back with their addresses exchanged, counts
 * them, or sends its own.
 *
 *	xsk [OPTION...] echo|count DEVICE QUEUE MAP
 *	xsk [OPTION...] send DEVICE QUEUE MAP < FRAME
 *
 * MAP is the number of an XSKMAP that a program redirects by, 0: none. It ends
 * at SIGTERM, or when all is sent; "ready" tells when the socket is bound.
 *
 *	-z, -c		without copies, or with; whatever is possible
 *	-w		need_wakeup
 *	-b		busy polling
 *	-g		frames in several pieces
 *	-u		chunks anywhere
 *	-k BYTES	of a chunk (4096)
 *	-o BYTES	of headroom
 *	-n FRAMES	in memory (4096)
 *	-N COUNT	frames to send
 *	-m START,OFFSET	have the device make a checksum
 *	-s		send at SIGUSR1, tell by "sent" when that is done, and wait
 *	-1		send a batch when the one before is sent, with one wake-up for each;
 *			"slowest" tells how long it took, in milliseconds
 *
 * The kernel's interface, not a library's: of the latter, those that there are in
 * stable releases don't know of requests with frames.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#define SO_BUSY_POLL_BUDGET 70
#endif
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#define XDP_PKT_CONTD (1 << 0)
#endif
#ifndef XDP_UMEM_TX_METADATA_LEN
#define XDP_UMEM_TX_METADATA_LEN (1 << 2)
#endif
#ifndef XDP_TX_METADATA
#define XDP_TX_METADATA (1 << 1)
#endif

#define RING		2048	/* entries of each ring */
#define BATCH		64
#define MTU_MAX		65536
#define META_CSUM	(1 << 1)

/* of newer kernels than the headers may be */
struct umem_reg {
	uint64_t addr, len;
	uint32_t chunk_size, headroom, flags, tx_metadata_len;
};

struct request {
	uint64_t flags;
	uint16_t csum_start, csum_offset;
	uint32_t reserved[3];
};

struct ring {
	uint32_t *producer, *consumer, *flags;
	void *entry;
};

static struct {
	bool zero, copy, wakeup, busy, pieces, unaligned, signals, once;
	unsigned int chunk, headroom, frames, count;
	int csum_start, csum_offset;
} opt = { .chunk = 4096, .frames = 4096, .csum_start = -1 };

static volatile sig_atomic_t over;
static char *memory;
static struct ring fill, done, in, out;
static uint64_t *spare;		/* chunks that nobody has */
static unsigned int spares;
static int sock;
static struct {
	unsigned long rx, tx, completed, disorder, slowest;
} seen;

static void end(int sig)
{
	over = 1;
}

static void fail(const char *what)
{
	fprintf(stderr, "xsk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set(int level, int name, const void *val, socklen_t len,
		const char *what)
{
	if (setsockopt(sock, level, name, val, len))
		fail(what);
}

static void set_int(int level, int name, int val, const char *what)
{
	set(level, name, &val, sizeof(val), what);
}

static void map_ring(struct ring *r, const struct xdp_ring_offset *off,
		     size_t entry, uint64_t where)
{
	char *p = mmap(NULL, off->desc + RING * entry, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, sock, where);

	if (p == MAP_FAILED)
		fail("ring");
	r->producer = (uint32_t *)(p + off->producer);
	r->consumer = (uint32_t *)(p + off->consumer);
	r->flags = (uint32_t *)(p + off->flags);
	r->entry = p + off->desc;
}

/* Entries that may be taken from a ring, or put into it */
static unsigned int filled(const struct ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - *r->consumer;
}

static unsigned int room(const struct ring *r)
{
	return RING - (*r->producer -
		       __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE));
}

static void put(const struct ring *r, unsigned int n)
{
	__atomic_store_n(r->producer, *r->producer + n, __ATOMIC_RELEASE);
}

static void take(const struct ring *r, unsigned int n)
{
	__atomic_store_n(r->consumer, *r->consumer + n, __ATOMIC_RELEASE);
}

static uint64_t *addr_at(const struct ring *r, uint32_t i)
{
	return (uint64_t *)r->entry + (i & (RING - 1));
}

static struct xdp_desc *desc_at(const struct ring *r, uint32_t i)
{
	return (struct xdp_desc *)r->entry + (i & (RING - 1));
}

static bool wanted(const struct ring *r)
{
	return __atomic_load_n(r->flags, __ATOMIC_ACQUIRE) &
	       XDP_RING_NEED_WAKEUP;
}

static void open_memory(void)
{
	struct umem_reg reg = {
		.len = (uint64_t)opt.frames * opt.chunk,
		.chunk_size = opt.chunk,
		.headroom = opt.headroom,
		.flags = opt.unaligned ? XDP_UMEM_UNALIGNED_CHUNK_FLAG : 0,
		.tx_metadata_len = opt.csum_start >= 0 ?
				   sizeof(struct request) : 0,
	};
	unsigned int i;

	if (reg.tx_metadata_len)
		reg.flags |= XDP_UMEM_TX_METADATA_LEN;
	memory = mmap(NULL, reg.len, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		fail("memory");
	reg.addr = (uintptr_t)memory;
	set(SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg), "memory of the socket");
	spare = calloc(opt.frames, sizeof(*spare));
	for (i = 0; i < opt.frames; i++)
		spare[spares++] = (uint64_t)i * opt.chunk;
}

static void open_rings(void)
{
	struct xdp_mmap_offsets off;
	socklen_t len = sizeof(off);

	set_int(SOL_XDP, XDP_UMEM_FILL_RING, RING, "fill ring");
	set_int(SOL_XDP, XDP_UMEM_COMPLETION_RING, RING, "completion ring");
	set_int(SOL_XDP, XDP_RX_RING, RING, "receive ring");
	set_int(SOL_XDP, XDP_TX_RING, RING, "transmit ring");
	if (getsockopt(sock, SOL_XDP, XDP_MMAP_OFFSETS, &off, &len))
		fail("offsets");
	map_ring(&fill, &off.fr, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING);
	map_ring(&done, &off.cr, sizeof(uint64_t),
		 XDP_UMEM_PGOFF_COMPLETION_RING);
	map_ring(&in, &off.rx, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
	map_ring(&out, &off.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
}

static uint64_t chunk_of(uint64_t addr)
{
	return (addr & XSK_UNALIGNED_BUF_ADDR_MASK) / opt.chunk * opt.chunk;
}

static void refill(void)
{
	unsigned int n, free = room(&fill);

	for (n = 0; n < free && spares; n++)
		*addr_at(&fill, *fill.producer + n) = spare[--spares];
	put(&fill, n);
}

/* Frames that are in flight, in the order in which they were given away */
static uint64_t *sent;
static uint32_t sent_put, sent_taken;

static void reap(void)
{
	unsigned int i, n = filled(&done);

	for (i = 0; i < n; i++) {
		uint64_t addr = *addr_at(&done, *done.consumer + i);

		if (sent[sent_taken++ % opt.frames] != addr)
			seen.disorder++;
		spare[spares++] = chunk_of(addr);
	}
	take(&done, n);
	seen.completed += n;
}

static void put_out(uint64_t addr, uint32_t len, uint32_t options)
{
	*desc_at(&out, *out.producer) = (struct xdp_desc) {
		.addr = addr, .len = len, .options = options,
	};
	sent[sent_put++ % opt.frames] = addr;
	put(&out, 1);
}

static void kick(void)
{
	if (opt.wakeup && !opt.busy && !wanted(&out))
		return;
	if (sendto(sock, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
	    errno != EAGAIN && errno != EBUSY && errno != ENOBUFS &&
	    errno != ENETDOWN)
		fail("send");
}

static char *data_of(uint64_t addr)
{
	return memory + (addr & XSK_UNALIGNED_BUF_ADDR_MASK) +
	       (addr >> XSK_UNALIGNED_BUF_OFFSET_SHIFT);
}

static void turn_round(char *frame)
{
	char to[ETH_ALEN];

	memcpy(to, frame, ETH_ALEN);
	memcpy(frame, frame + ETH_ALEN, ETH_ALEN);
	memcpy(frame + ETH_ALEN, to, ETH_ALEN);
}

/* Return: descriptors that came */
static unsigned int receive(bool echo)
{
	static bool inside;
	unsigned int i, n = filled(&in);

	if (n > BATCH)
		n = BATCH;
	if (echo && n > room(&out))
		n = room(&out);
	for (i = 0; i < n; i++) {
		struct xdp_desc d = *desc_at(&in, *in.consumer + i);

		if (!inside)
			seen.rx++;
		if (echo && !inside)
			turn_round(data_of(d.addr));
		inside = d.options & XDP_PKT_CONTD;
		if (echo) {
			seen.tx += !inside;
			put_out(d.addr, d.len, d.options & XDP_PKT_CONTD);
		} else {
			spare[spares++] = chunk_of(d.addr);
		}
	}
	take(&in, n);
	return n;
}

/* In a chunk of its own, behind what is asked for */
static void send_frame(const char *frame, unsigned int len)
{
	bool ask = opt.csum_start >= 0;
	uint64_t addr = spare[--spares] + (ask ? sizeof(struct request) : 0);

	memcpy(memory + addr, frame, len);
	if (ask) {
		struct request *rq = (struct request *)(memory + addr) - 1;

		*rq = (struct request) {
			.flags = META_CSUM,
			.csum_start = opt.csum_start,
			.csum_offset = opt.csum_offset,
		};
	}
	put_out(addr, len, ask ? XDP_TX_METADATA : 0);
	seen.tx++;
}

static unsigned long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Is the batch before sent? */
static bool batch_sent(void)
{
	static unsigned long start;
	unsigned long now = now_ms();

	if (start && now - start > seen.slowest)
		seen.slowest = now - start;
	if (sent_put != sent_taken)
		return false;
	start = now;
	return true;
}

static unsigned int send_some(const char *frame, unsigned int len)
{
	unsigned int n;

	if (opt.once && !batch_sent())
		return 0;
	for (n = 0; n < BATCH && seen.tx < opt.count && room(&out) && spares;
	     n++)
		send_frame(frame, len);
	if (seen.tx == opt.count && sent_taken == sent_put)
		over = 1;
	return n;
}

static void bind_to(const char *device, unsigned int queue)
{
	struct sockaddr_xdp to = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = if_nametoindex(device),
		.sxdp_queue_id = queue,
		.sxdp_flags = (opt.zero ? XDP_ZEROCOPY : 0) |
			      (opt.copy ? XDP_COPY : 0) |
			      (opt.wakeup ? XDP_USE_NEED_WAKEUP : 0) |
			      (opt.pieces ? XDP_USE_SG : 0),
	};
	int tries = 200;

	/* the kernel takes a socket that was closed off its queue later */
	while (bind(sock, (struct sockaddr *)&to, sizeof(to))) {
		if (errno != EBUSY || !tries--)
			fail("bind");
		usleep(50000);
	}
	if (!opt.busy)
		return;
	set_int(SOL_SOCKET, SO_PREFER_BUSY_POLL, 1, "busy polling");
	set_int(SOL_SOCKET, SO_BUSY_POLL, 20, "busy polling");
	set_int(SOL_SOCKET, SO_BUSY_POLL_BUDGET, BATCH, "budget");
}

static void enter_map(unsigned int id, unsigned int queue)
{
	union bpf_attr attr = { .map_id = id };
	int map = syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));

	if (map < 0)
		fail("map");
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uintptr_t)&queue;
	attr.value = (uintptr_t)&sock;
	if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
		fail("entry of the map");
	close(map);
}

static bool is_zero_copy(void)
{
	struct xdp_options o = {};
	socklen_t len = sizeof(o);

	if (getsockopt(sock, SOL_XDP, XDP_OPTIONS, &o, &len))
		fail("options");
	return o.flags & XDP_OPTIONS_ZEROCOPY;
}

static void report(void)
{
	struct xdp_statistics s = {};
	socklen_t len = sizeof(s);

	getsockopt(sock, SOL_XDP, XDP_STATISTICS, &s, &len);
	printf("rx=%lu\ntx=%lu\ncompleted=%lu\ndisorder=%lu\nslowest=%lu\n",
	       seen.rx, seen.tx, seen.completed, seen.disorder, seen.slowest);
	printf("rx_dropped=%llu\nrx_full=%llu\ninvalid=%llu\n", s.rx_dropped,
	       s.rx_ring_full, s.tx_invalid_descs + s.rx_invalid_descs);
}

static void wait_some(void)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	if (opt.once)
		usleep(1000);	/* poll() would be a wake-up */
	else if (opt.busy)
		recvfrom(sock, NULL, 0, MSG_DONTWAIT, NULL, NULL);
	else if (poll(&p, 1, 20) < 0 && errno != EINTR)
		fail("poll");
}

/* Both are blocked, so that they can't come too early */
static void await(int what)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, what);
	if (opt.signals)
		sigwait(&set, &sig);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	if (opt.signals)
		sigprocmask(SIG_BLOCK, &set, NULL);
}

static void say(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "zcwbgus1k:o:n:N:m:")) != -1) {
		switch (c) {
		case 'z': opt.zero = true; break;
		case 'c': opt.copy = true; break;
		case 'w': opt.wakeup = true; break;
		case 'b': opt.busy = opt.wakeup = true; break;
		case 'g': opt.pieces = true; break;
		case 'u': opt.unaligned = true; break;
		case 's': opt.signals = true; break;
		case '1': opt.once = true; break;
		case 'k': opt.chunk = atoi(optarg); break;
		case 'o': opt.headroom = atoi(optarg); break;
		case 'n': opt.frames = atoi(optarg); break;
		case 'N': opt.count = atoi(optarg); break;
		case 'm':
			if (sscanf(optarg, "%d,%d", &opt.csum_start,
				   &opt.csum_offset) != 2)
				exit(2);
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind != 4)
		exit(2);
}

int main(int argc, char **argv)
{
	static char frame[MTU_MAX];
	struct sigaction on_end = { .sa_handler = end };
	unsigned int queue, len = 0;
	const char *verb;

	parse(argc, argv);
	verb = argv[optind];
	queue = atoi(argv[optind + 2]);
	block_signals();
	sigaction(SIGTERM, &on_end, NULL);
	sigaction(SIGINT, &on_end, NULL);
	sock = socket(AF_XDP, SOCK_RAW, 0);
	if (sock < 0)
		fail("socket");
	if (!strcmp(verb, "send"))
		len = fread(frame, 1, sizeof(frame), stdin);
	open_memory();
	open_rings();
	sent = calloc(opt.frames, sizeof(*sent));
	if (!len)
		refill();
	bind_to(argv[optind + 1], queue);
	if (atoi(argv[optind + 3]))
		enter_map(atoi(argv[optind + 3]), queue);
	say(is_zero_copy() ? "ready zerocopy=1" : "ready zerocopy=0");
	await(SIGUSR1);
	while (!over) {
		unsigned int n;

		reap();
		if (len) {
			n = send_some(frame, len);
		} else {
			refill();
			n = receive(!strcmp(verb, "echo"));
		}
		if (opt.once ? n : sent_put != sent_taken)
			kick();
		if (!n)
			wait_some();
	}
	if (opt.signals)
		say("sent");
	await(SIGTERM);
	report();
	return 0;
}
