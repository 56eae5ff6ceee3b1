// SPDX-License-Identifier: GPL-2.0
/*
 * zcrx INTERFACE QUEUE PORT PAGES: a TCP server that lends a receive queue memory of
 * its own, by io_uring. What one client sends goes to standard output. To standard
 * error: "ready" when clients may come; in the end what came, how much of it came in
 * pages that the kernel had to copy into that memory, and how much in pieces of a
 * frame's beginning, which it always copies.
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <linux/io_uring/zcrx.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE	4096UL
#define ENTRIES	1024	/* of the completion ring */
#define LEAD	(128 - 66)	/* data in a beginning; after that of the driver */

/* What is shared with the kernel */
static struct {
	int fd;
	char *ring;
	struct io_uring_params params;
	struct io_uring_sqe *sqe;
} uring;

static struct {
	char *area;
	char *ring;
	struct zcrx_stats *stats;
	struct io_uring_zcrx_ifq_reg reg;
	unsigned int entries;
	unsigned long long token;
} lent;

static unsigned long long bytes, leads;

static void fail(const char *what)
{
	fprintf(stderr, "zcrx: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *map(size_t len)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1, 0);

	if (at == MAP_FAILED)
		fail("memory");
	return at;
}

static void *share(size_t len, off_t what)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, uring.fd, what);

	if (at == MAP_FAILED)
		fail("a ring");
	return at;
}

static unsigned int *field(unsigned int offset)
{
	return (unsigned int *)(uring.ring + offset);
}

static void start_uring(void)
{
	struct io_uring_params *p = &uring.params;

	p->flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
		   IORING_SETUP_CQE32 | IORING_SETUP_CQSIZE |
		   IORING_SETUP_NO_SQARRAY;
	p->cq_entries = ENTRIES;
	uring.fd = syscall(__NR_io_uring_setup, 1, p);
	if (uring.fd < 0)
		fail("io_uring");
	uring.ring = share(p->cq_off.cqes +
			   p->cq_entries * 2 * sizeof(struct io_uring_cqe),
			   IORING_OFF_SQ_RING);
	uring.sqe = share(p->sq_entries * sizeof(*uring.sqe),
			  IORING_OFF_SQES);
}

static void lend(const char *interface, unsigned int queue, unsigned long pages)
{
	struct io_uring_zcrx_area_reg area = { .len = pages * PAGE };
	struct io_uring_region_desc region = {
		.flags = IORING_MEM_REGION_TYPE_USER,
	};
	struct zcrx_event_desc event = {
		.flags = ZCRX_EVENT_DESC_FLAG_STATS,
	};

	for (lent.entries = 1; lent.entries < pages;)
		lent.entries *= 2;
	region.size = (lent.entries * sizeof(struct io_uring_zcrx_rqe) +
		       3 * PAGE - 1) & ~(PAGE - 1);
	event.stats_offset = region.size - PAGE;
	lent.ring = map(region.size);
	lent.area = map(area.len);
	lent.stats = (void *)(lent.ring + event.stats_offset);
	region.user_addr = (unsigned long)lent.ring;
	area.addr = (unsigned long)lent.area;
	lent.reg = (struct io_uring_zcrx_ifq_reg) {
		.if_idx = if_nametoindex(interface),
		.if_rxq = queue,
		.rq_entries = lent.entries,
		.area_ptr = (unsigned long)&area,
		.region_ptr = (unsigned long)&region,
		.event_desc = (unsigned long)&event,
	};
	if (syscall(__NR_io_uring_register, uring.fd, IORING_REGISTER_ZCRX_IFQ,
		    &lent.reg, 1))
		fail("lending");
	lent.token = area.rq_area_token;
}

static int accept_one(unsigned short port)
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int on = 1, listener = socket(AF_INET6, SOCK_STREAM, 0), sock;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 1))
		fail("port");
	fprintf(stderr, "ready\n");
	sock = accept(listener, NULL, NULL);
	if (sock < 0)
		fail("accept");
	close(listener);
	return sock;
}

/* Whatever comes, until nothing more does */
static void ask(int sock)
{
	*uring.sqe = (struct io_uring_sqe) {
		.opcode = IORING_OP_RECV_ZC,
		.ioprio = IORING_RECV_MULTISHOT,
		.fd = sock,
		.zcrx_ifq_idx = lent.reg.zcrx_id,
	};
	__atomic_fetch_add(field(uring.params.sq_off.tail), 1, __ATOMIC_RELEASE);
}

/* Memory that was read goes back to the queue */
static void give_back(unsigned long long off, unsigned int len)
{
	struct io_uring_zcrx_rqe *rqes = (void *)(lent.ring +
						  lent.reg.offsets.rqes);
	unsigned int *tail = (void *)(lent.ring + lent.reg.offsets.tail);

	rqes[*tail & (lent.entries - 1)] = (struct io_uring_zcrx_rqe) {
		.off = (off & ~IORING_ZCRX_AREA_MASK) | lent.token,
		.len = len,
	};
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

/* The kernel needs some of it for copies, and looks there only if it is told to */
static void flush(void)
{
	struct zcrx_ctrl ctrl = {
		.zcrx_id = lent.reg.zcrx_id,
		.op = ZCRX_CTRL_FLUSH_RQ,
	};

	if (syscall(__NR_io_uring_register, uring.fd,
		    IORING_REGISTER_ZCRX_CTRL, &ctrl, 0))
		fail("flush");
}

static void out(const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(1, data, len);

		if (n <= 0)
			fail("output");
		data += n;
		len -= n;
	}
}

/* The socket's data, in pieces; false after the last */
static int take(int sock)
{
	unsigned int *head = field(uring.params.cq_off.head);
	unsigned int *tail = field(uring.params.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)field(uring.params.cq_off.cqes);

	while (*head != __atomic_load_n(tail, __ATOMIC_ACQUIRE)) {
		struct io_uring_cqe *cqe =
			&cqes[2 * (*head & (uring.params.cq_entries - 1))];
		struct io_uring_zcrx_cqe *where = (void *)(cqe + 1);
		int res = cqe->res, more = cqe->flags & IORING_CQE_F_MORE;

		/* no memory for copies, or no completions: until there are again */
		if (res < 0 && res != -ENOMEM && res != -ENOSPC) {
			errno = -res;
			fail("receive");
		}
		if (res == -ENOMEM)
			flush();
		if (res > 0) {
			out(lent.area + (where->off & ~IORING_ZCRX_AREA_MASK),
			    res);
			give_back(where->off, res);
			bytes += res;
			leads += res <= LEAD ? res : 0;
		}
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
		if (!res)
			return 0;
		if (!more)
			ask(sock);
	}
	return 1;
}

int main(int argc, char **argv)
{
	int sock;

	if (argc != 5) {
		fprintf(stderr, "usage: zcrx INTERFACE QUEUE PORT PAGES\n");
		return 2;
	}
	start_uring();
	lend(argv[1], atoi(argv[2]), atoi(argv[4]));
	sock = accept_one(atoi(argv[3]));
	ask(sock);
	while (take(sock)) {
		unsigned int todo = *field(uring.params.sq_off.tail) -
			__atomic_load_n(field(uring.params.sq_off.head),
					__ATOMIC_ACQUIRE);

		if (syscall(__NR_io_uring_enter, uring.fd, todo, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0 &&
		    errno != EINTR)
			fail("wait");
	}
	fprintf(stderr, "copied=%llu\nbytes=%llu\nleads=%llu\n",
		(unsigned long long)lent.stats->copy_bytes, bytes, leads);
	return 0;
}
