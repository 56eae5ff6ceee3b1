// SPDX-License-Identifier: GPL-2.0
/*
 * A flow of numbered UDP datagrams at a steady rate, and who counts what is
 * missing of it.
 *
 *	flow send ADDRESS PORT RATE [FROM]	from the address that is bound by route,
 *						and a port of that number
 *	flow recv ADDRESS PORT
 *
 * Both end at SIGTERM. The sender prints what it sent and in which time. The receiver first
 * reads all that its socket holds; then it prints what came, what of it twice or out of
 * order, and the longest time between two datagrams beyond that between their sending, in
 * microseconds. At SIGUSR1 the receiver prints "now=COUNT", the datagrams that it has read.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLOT_NS		1000000L	/* between two bursts */
#define BATCH		64
#define ROOM		(8 << 20)	/* bytes of a socket's buffer */
#define SIGNAL_US	100000		/* between two checks for signals */
#define DRAIN_NS	2000000000L	/* at the end, if frames keep coming */

struct datagram {
	uint64_t number;
	uint64_t sent_ns;
	char fill[44];
};

static volatile sig_atomic_t over, report;

static void end(int sig)
{
	over = 1;
}

static void want_report(int sig)
{
	report = 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = {
		.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* As many as go through the kernel at once */
static struct datagram d[BATCH];
static struct mmsghdr msg[BATCH];

static void prepare(void)
{
	static struct iovec iov[BATCH];
	int i;

	for (i = 0; i < BATCH; i++) {
		iov[i].iov_base = &d[i];
		iov[i].iov_len = sizeof(d[i]);
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Without a wait for a place in the queue: that would change the rate */
static int send_all(int fd, long rate)
{
	uint64_t start = now_ns(), next = start, sent = 0;
	double due = 0;
	int i, n;

	prepare();
	while (!over) {
		/* what a late wake-up missed is not made up for */
		due += rate * (SLOT_NS / 1e9);
		n = due > BATCH ? BATCH : due;
		due -= n;
		for (i = 0; i < n; i++) {
			d[i].number = sent + i;
			d[i].sent_ns = now_ns();
		}
		n = sendmmsg(fd, msg, n, 0);
		if (n < 0 && errno != EINTR) {
			perror("sendmmsg");
			return 1;
		}
		if (n > 0)
			sent += n;
		next += SLOT_NS;
		if (next < now_ns())
			next = now_ns();
		else
			sleep_until(next);
	}
	printf("sent=%llu ms=%llu\n", (unsigned long long)sent,
	       (unsigned long long)(now_ns() - start) / 1000000);
	return 0;
}

static int receive_all(int fd)
{
	uint64_t got = 0, late = 0, next = 0, last_ns = 0, last_sent = 0;
	uint64_t at, gap = 0, ending = 0;
	int i, n;

	prepare();
	for (;;) {
		if (report) {
			report = 0;
			printf("now=%llu\n", (unsigned long long)got);
			fflush(stdout);
		}
		if (over && !ending)
			ending = now_ns();
		if (ending && now_ns() - ending > DRAIN_NS)
			break;
		n = recvmmsg(fd, msg, BATCH, ending ? MSG_DONTWAIT : MSG_WAITFORONE, NULL);
		if (n < 0 && ending && errno == EAGAIN)
			break;
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0) {
			perror("recvmmsg");
			return 1;
		}
		at = now_ns();
		for (i = 0; i < n; i++) {
			uint64_t pause = d[i].sent_ns - last_sent;

			if (got && at - last_ns > pause &&
			    at - last_ns - pause > gap)
				gap = at - last_ns - pause;
			last_ns = at;
			last_sent = d[i].sent_ns;
			got++;
			if (d[i].number < next)
				late++;
			else
				next = d[i].number + 1;
		}
	}
	printf("got=%llu late=%llu gap_us=%llu\n", (unsigned long long)got,
	       (unsigned long long)late, (unsigned long long)gap / 1000);
	return 0;
}

static int bind_port(int fd, const char *port)
{
	struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_port = htons(atoi(port)),
	};

	return bind(fd, (struct sockaddr *)&from, sizeof(from));
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int room = ROOM, fd = socket(AF_INET, SOCK_DGRAM, 0);
	int sending = argc >= 5 && argc <= 6 && !strcmp(argv[1], "send");

	if (!sending && (argc != 4 || strcmp(argv[1], "recv"))) {
		fprintf(stderr, "flow send ADDRESS PORT RATE [FROM] | recv ADDRESS PORT\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &(struct sigaction) { .sa_handler = want_report }, NULL);
	to.sin_port = htons(atoi(argv[3]));
	if (fd < 0 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		perror(argv[2]);
		return 2;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval) { .tv_usec = SIGNAL_US },
		   sizeof(struct timeval));
	if (argc == 6 && bind_port(fd, argv[5])) {
		perror(argv[5]);
		return 2;
	}
	if ((sending ? connect : bind)(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror(argv[2]);
		return 2;
	}
	puts("ready");
	fflush(stdout);
	return sending ? send_all(fd, atol(argv[4])) : receive_all(fd);
}
