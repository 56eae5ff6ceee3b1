// SPDX-License-Identifier: GPL-2.0
/*
 * UDP datagrams by the window, so that each run sends the same, and the marks
 * between which instructions are counted (scripts/bench/tcg-count.c).
 *
 *	pour send|feed ADDRESS PORT SIZE COUNT WINDOW FILE [FLOWS]
 *	pour recv ADDRESS PORT WINDOW FILE
 *	pour answer tcp|udp ADDRESS PORT
 *	pour ask tcp|udp ADDRESS PORT SECONDS
 *	pour on|off|write
 *
 * The sender waits after each window until the number in FILE has grown by as
 * much: that of a receiver, or a counter of the kernel's. It ends with status 1 if
 * that takes longer than ten seconds. Flows (1) are as many sockets, which take turns.
 * "feed" turns counting on while it waits, so
 * that what was counted is what became of the window, and not its sending.
 *
 * "ask" sends a byte and waits for one that "answer" sends back, for so long, and
 * prints how often in a second, and how many microseconds one in two and 99 in a
 * hundred took at most.
 *
 * "spare" is somebody whom all others come before, and prints how far it came.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SIZE_MAX_BYTES	65536
#define ROOM		(4 << 20)	/* bytes of a socket's buffer */
#define FLOWS_MAX	10000
#define PATIENCE	10		/* seconds */
#define TRIPS_MAX	(1 << 20)
#define NAP_NS		5000000		/* between two looks at the number */

#ifdef __x86_64__
#define MARK(n)	__asm__ volatile(".byte 0x0f, 0x1f, 0x80, " n ", 'o', 'i', 'v'")
#else
#define MARK(n)	((void)(n))
#endif

static char data[SIZE_MAX_BYTES];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int udp(const char *address, const char *port, struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int room = ROOM;

	memset(to, 0, sizeof(*to));
	to->sin_family = AF_INET;
	to->sin_port = htons(atoi(port));
	if (fd < 0 || inet_pton(AF_INET, address, &to->sin_addr) != 1)
		fail(address);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return fd;
}

static long number(int fd)
{
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		fail("reading the number");
	return atol(text);
}

static void await(int told, long wanted)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	time_t end = time(NULL) + PATIENCE;

	while (number(told) < wanted) {
		if (time(NULL) > end) {
			fprintf(stderr, "%ld are missing\n",
				wanted - number(told));
			exit(1);
		}
		nanosleep(&nap, NULL);
	}
}

static int send_windows(char **argv, bool feed)
{
	long size = atol(argv[2]), count = atol(argv[3]);
	long flows = argv[6] ? atol(argv[6]) : 1;
	long window = atol(argv[4]), sent = 0;
	int told = open(argv[5], O_RDONLY);
	static int fd[FLOWS_MAX];
	struct sockaddr_in to;
	long before, i;

	if (told < 0)
		fail(argv[5]);
	if (size < 0 || size > SIZE_MAX_BYTES || flows < 1 || flows > FLOWS_MAX)
		fail(argv[0]);
	for (i = 0; i < flows; i++) {
		fd[i] = udp(argv[0], argv[1], &to);
		if (connect(fd[i], (struct sockaddr *)&to, sizeof(to)))
			fail(argv[0]);
	}
	before = number(told);
	while (sent < count) {
		if (send(fd[sent % flows], data, size, 0) != size)
			fail("send");
		if (++sent % window)
			continue;
		if (feed)
			MARK("1");
		await(told, before + sent);
		if (feed)
			MARK("0");
	}
	return 0;
}

static int receive_windows(char **argv)
{
	long window = atol(argv[2]), got = 0;
	struct sockaddr_in to;
	int fd = udp(argv[0], argv[1], &to);
	int tell = open(argv[3], O_RDWR | O_CREAT | O_TRUNC, 0600);
	char text[32];

	if (tell < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(argv[0]);
	do {
		if (got % window)
			continue;
		snprintf(text, sizeof(text), "%ld\n", got);
		if (pwrite(tell, text, strlen(text), 0) < 0)
			fail(argv[3]);
	} while (recv(fd, data, sizeof(data), 0) >= 0 && ++got);
	return 1;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int talk(bool tcp, const char *address, const char *port,
		struct sockaddr_in *to)
{
	int one = 1, fd = socket(AF_INET, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

	*to = (struct sockaddr_in) {
		.sin_family = AF_INET, .sin_port = htons(atoi(port)),
	};
	if (fd < 0 || inet_pton(AF_INET, address, &to->sin_addr) != 1)
		fail(address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static int answer(char **argv)
{
	bool tcp = !strcmp(argv[0], "tcp");
	struct sockaddr_in to, from;
	int fd = talk(tcp, argv[1], argv[2], &to);
	socklen_t len = sizeof(from);
	char byte;

	if (bind(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(argv[1]);
	if (tcp) {
		if (listen(fd, 1))
			fail("listen");
		fd = accept(fd, NULL, NULL);
	}
	while (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &len) == 1)
		if (sendto(fd, &byte, 1, 0,
			   tcp ? NULL : (struct sockaddr *)&from, len) != 1)
			fail("answer");
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int ask(char **argv)
{
	static uint32_t took[TRIPS_MAX];
	bool tcp = !strcmp(argv[0], "tcp");
	struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_in to;
	int fd = talk(tcp, argv[1], argv[2], &to);
	uint64_t begin, end, before;
	long n = 0, tries = 0;
	char byte = 0;

	/* the other side may not listen yet */
	while (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		if (++tries == 100)
			fail(argv[1]);
		usleep(20000);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	begin = now_ns();
	end = begin + atol(argv[3]) * 1000000000ull;
	do {
		before = now_ns();
		if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
			continue;
		took[n++] = now_ns() - before;
	} while (now_ns() < end && n < TRIPS_MAX);
	end = now_ns();
	if (!n)
		fail("no answer");
	qsort(took, n, sizeof(took[0]), by_size);
	printf("%.0f %.1f %.1f\n", n / ((end - begin) / 1e9),
	       took[n / 2] / 1e3, took[n - 1 - n / 100] / 1e3);
	return 0;
}

/* What is left of a CPU for somebody whom all others come before */
static int spare(char **argv)
{
	struct sched_param none = { 0 };
	uint64_t end = now_ns() + atol(argv[0]) * 1000000000ull;
	unsigned long n = 0;
	int i;

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		fail("SCHED_IDLE");
	while (now_ns() < end) {
		for (i = 0; i < 1000; i++)
			asm volatile("");
		n++;
	}
	printf("%lu\n", n);
	return 0;
}

int main(int argc, char **argv)
{
	if ((argc == 8 || argc == 9) && !strcmp(argv[1], "send"))
		return send_windows(argv + 2, false);
	if ((argc == 8 || argc == 9) && !strcmp(argv[1], "feed"))
		return send_windows(argv + 2, true);
	if (argc == 6 && !strcmp(argv[1], "recv"))
		return receive_windows(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "answer"))
		return answer(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "ask"))
		return ask(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "spare"))
		return spare(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "on")) {
		MARK("1");
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "off")) {
		MARK("0");
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "write")) {
		MARK("2");
		return 0;
	}
	fprintf(stderr, "pour send | feed | recv | answer | ask | spare | on | off | write\n");
	return 2;
}
