// SPDX-License-Identifier: GPL-2.0
/*
 * vdev OPTION...: a virtio-net device for one run of a QEMU, and what it thinks of
 * the guest's driver: a line for each rule of the specification, at the end.
 *
 *	--socket PATH		where QEMU's vfio-user-pci finds it
 *	--tap NAME		where frames go, and come from
 *	--pairs N		of queues (1)
 *	--vectors N		MSI-X, 0: the pin (two a pair, and two)
 *	--ring N		entries of a ring at most (256)
 *	--features NAME=on|off,...	other than usual
 *	--control PATH		where it can be told to lie (lies.h), line by line
 */
#include "lies.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USUAL	"csum,guest_csum,ctrl_guest_offloads,mac,guest_tso4,guest_tso6," \
		"guest_ecn,host_tso4,host_tso6,host_ecn,mrg_rxbuf,status,ctrl_vq," \
		"ctrl_rx,ctrl_vlan,ctrl_mac_addr,indirect_desc,event_idx,version_1," \
		"queue_reset"

static volatile sig_atomic_t over;

static void end(int sig)
{
	(void)sig;
	over = 1;
}

static struct device dev = {
	.ring_max = 256,
	.pairs_max = 1,
	.mtu = 9000,
	.own_mac = { 0x52, 0x54, 0, 0, 0, 1 },
};

/* Rules of rings end it at once: what comes behind can't be trusted. Where lies were
 * told, that queue only
 */
static void ring_broken(unsigned int r, const char *what)
{
	if (dev.serving && dev.serving->lied) {
		dev.serving->dead = true;
		siglongjmp(dev.served, 1);
	}
	rule(r, false, "%s", what);
	rules_report();
	exit(2);
}

static void ring_kept(unsigned int r)
{
	rule(r, true, " ");
}

static void set_features(const char *list)
{
	char *words = strdup(list), *word, *save;

	for (word = strtok_r(words, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		char *val = strchr(word, '=');
		u64 bit;

		if (val)
			*val++ = '\0';
		if (!features_name(word, &bit)) {
			fprintf(stderr, "vdev: no feature is named %s\n", word);
			exit(1);
		}
		if (val && !strcmp(val, "off"))
			dev.offered &= ~bit;
		else
			dev.offered |= bit;
	}
	free(words);
}

static void alloc_rx(void)
{
	u16 i;

	for (i = 0; i < dev.pairs_max; i++) {
		dev.rx[i].held = calloc(dev.ring_max, sizeof(*dev.rx[i].held));
		dev.rx[i].frame = malloc(FRAME_MAX + 64);
		if (!dev.rx[i].held || !dev.rx[i].frame)
			exit(1);
	}
}

/* One line, one answer */
static void be_told(int control)
{
	int fd = accept(control, NULL, NULL);
	char line[100];
	ssize_t n = read(fd, line, sizeof(line) - 1);
	const char *answer;

	if (n > 0) {
		line[n] = '\0';
		answer = lies_command(&dev, line);
		if (write(fd, answer, strlen(answer)) < 0)
			perror("control");
	}
	close(fd);
}

static void serve(int control)
{
	while (!over) {
		struct pollfd fd[] = {
			{ .fd = dev.vu.sock, .events = POLLIN },
			{ .fd = dev.tap, .events = POLLIN },
			{ .fd = control, .events = POLLIN },
		};
		int due = queues_due(&dev);

		if (lie_idle(&dev))
			due = 0;
		if (poll(fd, 3, due) < 0 && errno != EINTR)
			exit(1);
		if (fd[0].revents && !vu_serve(&dev.vu))
			return;
		if (fd[1].revents & POLLIN)
			net_frame_waits(&dev);
		if (fd[2].revents & POLLIN)
			be_told(control);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", 1, NULL, 's' }, { "tap", 1, NULL, 't' },
		{ "pairs", 1, NULL, 'p' }, { "vectors", 1, NULL, 'v' },
		{ "ring", 1, NULL, 'r' }, { "features", 1, NULL, 'f' },
		{ "control", 1, NULL, 'c' }, {}
	};
	struct sigaction on_end = { .sa_handler = end };
	const char *path = NULL, *tap = NULL;
	int c, vectors = -1, control = -1;

	set_features(USUAL);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': path = optarg; break;
		case 't': tap = optarg; break;
		case 'p': dev.pairs_max = atoi(optarg); break;
		case 'v': vectors = atoi(optarg); break;
		case 'r': dev.ring_max = atoi(optarg); break;
		case 'f': set_features(optarg); break;
		case 'c': control = vu_listen(optarg); break;
		default: return 1;
		}
	}
	if (!path || !tap || !dev.pairs_max || dev.pairs_max > PAIRS_MAX) {
		fprintf(stderr, "vdev: it takes a --socket, a --tap, at most %u pairs\n",
			PAIRS_MAX);
		return 1;
	}
	if (dev.pairs_max > 1)
		set_features("mq");
	sigaction(SIGTERM, &on_end, NULL);
	fakedev_on_violation = ring_broken;
	fakedev_on_kept = ring_kept;
	dev.tap = net_open_tap(tap);
	alloc_rx();
	device_init(&dev, vectors < 0 ? 2 * dev.pairs_max + 2 : vectors);
	vu_accept(&dev.vu, &dev.pci, path);
	serve(control);
	return rules_report() ? 2 : 0;
}
