// SPDX-License-Identifier: GPL-2.0
#include "vfio_user.h"

#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum command {
	VERSION = 1,
	DMA_MAP,
	DMA_UNMAP,
	GET_INFO,
	GET_REGION_INFO,
	GET_REGION_IO_FDS,
	GET_IRQ_INFO,
	SET_IRQS,
	REGION_READ,
	REGION_WRITE,
	DEVICE_RESET = 13,
	REGION_WRITE_MULTI = 15,
};

#define REPLY		0x1
#define NO_REPLY	0x10
#define ERROR		0x20
#define PAYLOAD_MAX	(1 << 16)
#define TRANSFER_MAX	4096	/* bytes of an access that the client may ask for */

struct header {
	uint16_t id;
	uint16_t command;
	uint32_t size;
	uint32_t flags;
	uint32_t error;
};

struct version {
	uint16_t major;
	uint16_t minor;
	char data[];
};

struct dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;
	uint64_t addr;
	uint64_t len;
};

struct dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t addr;
	uint64_t len;
};

struct access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	char data[];
};

struct write_multi {
	uint64_t count;
	struct {
		uint64_t offset;
		uint32_t region;
		uint32_t count;
		char data[8];
	} write[];
};

/* A message, and what came with it */
struct message {
	struct header h;
	union {
		char payload[PAYLOAD_MAX];
		struct version version;
		struct dma_map map;
		struct dma_unmap unmap;
		struct access access;
		struct write_multi multi;
		struct vfio_device_info info;
		struct vfio_region_info region;
		struct vfio_irq_info irq;
		struct vfio_irq_set set;
	};
	int fd[VU_VECTORS];
	unsigned int fds;
	uint32_t len;		/* of the payload */
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int vu_listen(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	unlink(path);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(listener, 1))
		fail(path);
	return listener;
}

void vu_accept(struct vu *vu, struct vu_device *dev, const char *path)
{
	int listener = vu_listen(path);

	memset(vu->irq, -1, sizeof(vu->irq));
	vu->dev = dev;
	vu->sock = accept(listener, NULL, NULL);
	if (vu->sock < 0)
		fail("client");
	close(listener);
}

static void take_fds(struct message *m, struct msghdr *msg)
{
	struct cmsghdr *c;

	m->fds = 0;
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		m->fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(m->fd, CMSG_DATA(c), m->fds * sizeof(int));
	}
}

static bool receive_all(int sock, char *to, size_t len)
{
	while (len) {
		ssize_t n = recv(sock, to, len, 0);

		if (n <= 0)
			return false;
		to += n;
		len -= n;
	}
	return true;
}

/* Descriptors come with the header */
static bool receive(int sock, struct message *m)
{
	char control[CMSG_SPACE(sizeof(m->fd))];
	struct iovec part = { &m->h, sizeof(m->h) };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(sock, &msg, MSG_WAITALL) != sizeof(m->h))
		return false;
	take_fds(m, &msg);
	m->len = m->h.size - sizeof(m->h);
	if (m->h.size < sizeof(m->h) || m->len > sizeof(m->payload)) {
		fprintf(stderr, "vfio-user: a message of %u bytes\n", m->h.size);
		exit(1);
	}
	return receive_all(sock, m->payload, m->len);
}

static void reply(int sock, struct message *m, int err, uint32_t len)
{
	if (m->h.flags & NO_REPLY)
		return;
	m->h.flags = REPLY | (err ? ERROR : 0);
	m->h.error = err;
	m->h.size = sizeof(m->h) + (err ? 0 : len);
	if (send(sock, &m->h, m->h.size, MSG_NOSIGNAL) != m->h.size)
		fail("reply");
}

static int answer_version(struct message *m, uint32_t *len)
{
	static const char data[] =
		"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":4096}}";

	if (m->version.major)
		return EINVAL;
	m->version.minor = 0;
	memcpy(m->version.data, data, sizeof(data));
	*len = sizeof(m->version) + sizeof(data);
	return 0;
}

static int add_map(struct vu *vu, const struct message *m)
{
	struct vu_map *map = vu->map;

	/* what is not shared, as a ROM, is not reached */
	if (!m->fds)
		return 0;
	while (map->len)
		if (++map == vu->map + VU_MAPS)
			return ENOSPC;
	map->at = mmap(NULL, m->map.len, PROT_READ | PROT_WRITE, MAP_SHARED,
		       m->fd[0], m->map.offset);
	close(m->fd[0]);
	if (map->at == MAP_FAILED)
		return errno;
	map->addr = m->map.addr;
	map->len = m->map.len;
	return 0;
}

static int remove_map(struct vu *vu, const struct message *m)
{
	struct vu_map *map;

	for (map = vu->map; map < vu->map + VU_MAPS; map++)
		if (map->len && map->addr == m->unmap.addr) {
			munmap(map->at, map->len);
			*map = (struct vu_map) {};
		}
	return 0;
}

static int region_info(const struct vu_device *dev, struct message *m,
		       uint32_t *len)
{
	struct vfio_region_info *info = &m->region;

	if (info->index >= VU_REGIONS)
		return EINVAL;
	info->argsz = sizeof(*info);
	info->size = dev->region_len[info->index];
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE : 0;
	info->cap_offset = 0;
	info->offset = 0;
	*len = sizeof(*info);
	return 0;
}

static int irq_info(const struct vu_device *dev, struct message *m,
		    uint32_t *len)
{
	struct vfio_irq_info *info = &m->irq;

	if (info->index >= VU_IRQS)
		return EINVAL;
	info->argsz = sizeof(*info);
	info->count = dev->irqs[info->index];
	info->flags = VFIO_IRQ_INFO_EVENTFD |
		      (info->index == VFIO_PCI_INTX_IRQ_INDEX ?
		       VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED :
		       VFIO_IRQ_INFO_NORESIZE);
	*len = sizeof(*info);
	return 0;
}

static void set_irq(int *irq, int fd)
{
	if (*irq >= 0)
		close(*irq);
	*irq = fd;
}

/* Interrupts go where the client wants to hear of them. Masks are its own affair */
static int set_irqs(struct vu *vu, const struct message *m)
{
	const struct vfio_irq_set *set = &m->set;
	uint32_t i;

	if (set->index >= VU_IRQS || set->start > VU_VECTORS ||
	    set->count > VU_VECTORS - set->start)
		return EINVAL;
	if (!(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return 0;
	if (set->flags & VFIO_IRQ_SET_DATA_NONE && !set->count) {
		for (i = 0; i < VU_VECTORS; i++)
			set_irq(&vu->irq[set->index][i], -1);
		return 0;
	}
	if (!(set->flags & VFIO_IRQ_SET_DATA_EVENTFD))
		return 0;
	for (i = 0; i < set->count; i++)
		set_irq(&vu->irq[set->index][set->start + i],
			i < m->fds ? m->fd[i] : -1);
	return 0;
}

static int access_region(struct vu_device *dev, uint64_t offset,
			 uint32_t region, uint32_t count, void *data, bool write)
{
	if (region >= VU_REGIONS || count > TRANSFER_MAX ||
	    offset > dev->region_len[region] ||
	    count > dev->region_len[region] - offset)
		return EINVAL;
	dev->access(dev, region, offset, data, count, write);
	return 0;
}

static int write_multi(struct vu_device *dev, struct message *m, uint32_t *len)
{
	uint64_t i;
	int err;

	for (i = 0; i < m->multi.count; i++) {
		if (m->len < sizeof(m->multi) +
			     (i + 1) * sizeof(m->multi.write[0]) ||
		    m->multi.write[i].count > 8)
			return EINVAL;
		err = access_region(dev, m->multi.write[i].offset,
				    m->multi.write[i].region,
				    m->multi.write[i].count,
				    m->multi.write[i].data, true);
		if (err)
			return err;
	}
	*len = sizeof(m->multi);
	return 0;
}

static int handle(struct vu *vu, struct message *m, uint32_t *len)
{
	struct vu_device *dev = vu->dev;
	struct access *a = &m->access;
	int err;

	switch (m->h.command) {
	case VERSION:
		return answer_version(m, len);
	case DMA_MAP:
		return add_map(vu, m);
	case DMA_UNMAP:
		*len = sizeof(m->unmap);
		return remove_map(vu, m);
	case GET_INFO:
		m->info = (struct vfio_device_info) {
			.argsz = 16,
			.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
			.num_regions = VU_REGIONS,
			.num_irqs = VU_IRQS,
		};
		*len = 16;
		return 0;
	case GET_REGION_INFO:
		return region_info(dev, m, len);
	case GET_IRQ_INFO:
		return irq_info(dev, m, len);
	case SET_IRQS:
		return set_irqs(vu, m);
	case REGION_READ:
		err = access_region(dev, a->offset, a->region, a->count, a->data,
				    false);
		*len = sizeof(*a) + a->count;
		return err;
	case REGION_WRITE:
		*len = sizeof(*a);
		if (m->len < sizeof(*a) || a->count > m->len - sizeof(*a))
			return EINVAL;
		return access_region(dev, a->offset, a->region, a->count,
				     a->data, true);
	case REGION_WRITE_MULTI:
		return write_multi(dev, m, len);
	case DEVICE_RESET:
		dev->reset(dev);
		return 0;
	default:
		return ENOTSUP;
	}
}

bool vu_serve(struct vu *vu)
{
	static struct message m;
	uint32_t len = 0;
	int err;

	if (!receive(vu->sock, &m))
		return false;
	err = handle(vu, &m, &len);
	reply(vu->sock, &m, err, len);
	return true;
}

void *vu_memory(struct vu *vu, uint64_t addr, uint64_t len)
{
	const struct vu_map *map;

	for (map = vu->map; map < vu->map + VU_MAPS; map++)
		if (map->len && addr >= map->addr && len <= map->len &&
		    addr - map->addr <= map->len - len)
			return map->at + (addr - map->addr);
	return NULL;
}

void vu_interrupt(struct vu *vu, unsigned int index, unsigned int vector)
{
	uint64_t one = 1;

	if (vector >= VU_VECTORS || vu->irq[index][vector] < 0)
		return;
	if (write(vu->irq[index][vector], &one, sizeof(one)) != sizeof(one))
		perror("interrupt");
}
