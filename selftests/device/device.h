/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtio-net PCI function, modern, with each feature of virtio 1.3 that can be had
 * by a switch. Written from the specification: no line of the driver's.
 */
#ifndef _DEVICE_DEVICE_H
#define _DEVICE_DEVICE_H

#include <linux/types.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include "fakedev.h"
#include "rules.h"
#include "vfio_user.h"

#define PAIRS_MAX	16
#define QUEUES_MAX	(2 * PAIRS_MAX + 1)
#define PARTS_MAX	64
#define NO_VECTOR	0xffff
#define NEVER		0xffffffff
#define ALL_PAIRS	0xffff
#define FRAME_MAX	(65535 + 14 + 4)

/* Bits that mean nothing, to see what the driver makes of them */
#define MEANINGLESS	(1ull << 4 | 1ull << 45 | 1ull << 58)

/* Features that older headers don't have */
#define DEVICE_STATS	50
#define VQ_NOTF_COAL	52
#define HOST_USO	56
#define GUEST_HDRLEN	59
#define RSC_EXT		61

/* Registers, 4.1.4.3 */
enum common {
	DEVICE_FEATURE_SELECT = 0x00,
	DEVICE_FEATURE = 0x04,
	DRIVER_FEATURE_SELECT = 0x08,
	DRIVER_FEATURE = 0x0c,
	CONFIG_VECTOR = 0x10,
	NUM_QUEUES = 0x12,
	DEVICE_STATUS = 0x14,
	CONFIG_GENERATION = 0x15,
	QUEUE_SELECT = 0x16,
	QUEUE_SIZE = 0x18,
	QUEUE_VECTOR = 0x1a,
	QUEUE_ENABLE = 0x1c,
	QUEUE_NOTIFY_OFF = 0x1e,
	QUEUE_DESC = 0x20,
	QUEUE_DRIVER = 0x28,
	QUEUE_DEVICE = 0x30,
	QUEUE_NOTIF_CONFIG_DATA = 0x38,
	QUEUE_RESET = 0x3a,
};

#define IS_WRITE	2	/* of a descriptor, 2.7.5 */

/* Device status, 2.1 */
#define ACKNOWLEDGE	1
#define DRIVER		2
#define DRIVER_OK	4
#define FEATURES_OK	8
#define NEEDS_RESET	64
#define FAILED		128

/**
 * struct queue - a virtqueue
 * @ring:	its rings, while it is enabled
 * @enabled:	it is
 * @unread:	@vector was written, and not read since
 * @resetting:	it was reset, likewise
 * @again:	it was, since the device was
 * @written:	halves of addresses that were, since it was reset
 * @kicks:	since it was enabled
 * @lied:	lies were told on it: what comes of that is not the driver's fault
 * @dead:	and it is no longer served; or the device is no bus master
 * @untold:	buffers used since the last interrupt
 * @due:	when there will be one, in microseconds; 0: none is put off
 * @keep:	the next buffer is to stay with the device (lies.h, "keep"), transmit
 *		queues only
 * @kept:	one does
 * @kept_head:	its head
 * @coal:	how it is put off, 5.1.6.5.9
 * @stats:	what is counted, virtio 1.4; of commands: @packets, @drops if refused;
 *		@special: those dropped for the reason that has a count of its own
 * @num:	entries
 * @vector:	its interrupt, or NO_VECTOR
 * @area:	guest's addresses of descriptors, driver and device area
 */
struct queue {
	struct fakedev ring;
	bool enabled;
	bool unread;
	bool resetting;
	bool again;
	u8 written;
	u32 kicks;
	bool lied;
	bool dead;
	u16 num;
	u16 vector;
	u64 area[3];
	u32 untold;
	u64 due;
	bool keep;
	bool kept;
	u16 kept_head;
	struct {
		u32 packets;
		u32 usecs;
	} coal;
	struct {
		u64 notifications, packets, bytes, interrupts, drops, special;
	} stats;
};

#define ANSWER_MAX	128	/* to a command, behind the first byte */
#define LATE_MAX	8

/* To a command, if it has to wait */
struct late_answer {
	u64 due;
	u16 head;
	u16 parts;
	u32 len;
	struct fakedev_desc part[4];
	u8 reply[1 + ANSWER_MAX];
};

#define NET_HDR_LEN	12

/* In front of each frame, 5.1.6 */
struct net_hdr {
	u8 flags;
	u8 gso_type;
	u16 hdr_len;
	u16 gso_size;
	u16 csum_start;
	u16 csum_offset;
	u16 num_buffers;
};

/* A receive buffer that the device has and has not used yet */
struct held {
	u16 head;
	u16 parts;
	u32 room;
	struct {
		u8 *at;
		u32 len;
	} part[PARTS_MAX];
};

/**
 * struct rx - a receive queue's state
 * @held:	buffers for the next frame
 * @count:	of them
 * @room:	bytes in them
 * @frame:	that waits for more, with its header
 * @len:	bytes of it; 0: none waits
 */
struct rx {
	struct held *held;
	u32 count;
	u32 room;
	u8 *frame;
	u32 len;
};

/**
 * struct rsc - TCP segments that are being joined
 * @frame:	with its header
 * @len:	bytes of it
 * @size:	bytes of data in the first segment
 * @last:	and in the last
 * @segments:	so far; 0: none waits
 */
struct rsc {
	u8 frame[NET_HDR_LEN + FRAME_MAX];
	u32 len;
	u32 size;
	u32 last;
	u16 segments;
};

/**
 * struct device - the function
 * @pci:	as the protocol sees it
 * @vu:		the protocol
 * @config:	PCI configuration space
 * @offered:	features
 * @accepted:	by the driver
 * @ring_max:	entries of a ring
 * @pairs_max:	queue pairs that there are
 * @pairs:	in use
 * @mtu:	what configuration space says of it
 * @own_mac:	address
 * @mac:	likewise, since the driver may have set another
 * @tap:	where frames go, and come from
 * @status_unread: it was reset, and @status not read since
 * @ok_unread:	FEATURES_OK was set, likewise
 * @config_unread: @config_vector was written, likewise
 * @was_reset:	by the driver, and no status was set since
 * @fresh:	the generation of configuration was read, nothing else since
 * @open:	and configuration was
 * @link_read:	the link's state was read
 * @sent:	frames since it was started
 * @announce:	an announcement is wanted
 * @pairs_told:	the driver said how many pairs are in use
 * @queried:	it asked which statistics there are
 * @lie:	that it tells, or NULL
 * @lie_queue:	on which kind of queue: r, t, c, or a for all
 * @lie_pair:	of which pair, or ALL_PAIRS
 * @lies_told:	how often
 * @gone_after:	accesses to its BAR until it is gone, or NEVER
 * @serving:	queue whose ring is looked at
 * @served:	where to go if it can't be
 * @queue:	two a pair, and that for commands
 * @rx:		by pair
 * @offloads:	of those that were accepted what the driver wants now, 5.1.6.5.8
 * @rsc:	frame in the making
 */
struct device {
	struct vu_device pci;
	struct vu vu;
	u8 config[256];
	u64 offered;
	u64 accepted;
	u16 ring_max;
	u16 pairs_max;
	u16 pairs;
	u16 mtu;
	u8 own_mac[6];
	u8 mac[6];
	int tap;
	/* registers */
	u32 offered_select;
	u32 accepted_select;
	u16 queue_select;
	u16 config_vector;
	u8 status;
	u8 isr;
	/* lies.c */
	const struct lie *lie;
	char lie_queue;
	u16 lie_pair;
	unsigned long lies_told;
	u32 gone_after;
	struct queue *serving;
	sigjmp_buf served;
	bool status_unread;
	bool ok_unread;
	bool config_unread;
	bool was_reset;
	bool fresh;
	bool open;
	bool link_read;
	u32 sent;
	bool announce;
	bool pairs_told;
	bool queried;
	struct queue queue[QUEUES_MAX];
	struct late_answer late[LATE_MAX];	/* the first comes next */
	u16 late_count;
	struct rx rx[PAIRS_MAX];
	u64 offloads;
	bool promisc;
	u8 vlans[4096 / 8];
	struct rsc rsc;
};

static inline bool has(const struct device *dev, unsigned int bit)
{
	return dev->accepted & 1ull << bit;
}

/* Its interrupts are messages */
static inline bool has_msix(const struct device *dev)
{
	return dev->vu.irq[VFIO_PCI_INTX_IRQ_INDEX][0] < 0;
}

static inline u16 queues(const struct device *dev)
{
	return 2 * dev->pairs_max + 1;
}

/* The last one, where there are no more pairs, 5.1.2 */
static inline u16 control_queue(const struct device *dev)
{
	return 2 * (has(dev, 22) || has(dev, 60) ? dev->pairs_max : 1);
}

/* pci.c */
void device_init(struct device *dev, unsigned int vectors);

/* virtio.c */

/* 2.1.2: it can't go on as it is. Return: whether there is a driver to ask */
bool ask_for_reset(struct device *dev);
void config_changed(struct device *dev);
void cut_off(struct device *dev);
void config_read(struct device *dev, u32 offset, u32 len);
void common_access(struct device *dev, u32 offset, void *data, u32 len,
		   bool write);
void device_reset(struct device *dev);
void notified(struct device *dev, u32 offset, const void *data, u32 len);
void interrupt(struct device *dev, u16 vector);
bool features_name(const char *name, u64 *bit);

/* queue.c: any of them */
bool queue_fetch(struct queue *q, struct fakedev_buf *buf);
void queue_use(struct device *dev, struct queue *q, u16 id, u32 len);
/* All that was used since the last time */
void queue_show(struct device *dev, struct queue *q);
/* Return: where a part of a buffer is, or NULL */
u8 *queue_part(struct device *dev, const struct fakedev_desc *part);
/* Interrupts that were put off. Return: milliseconds until the next, -1 for ever */
int queues_due(struct device *dev);

/* Microseconds, of a clock that goes steadily */
u64 now_us(void);

/* ctrl.c */
void ctrl_kicked(struct device *dev, struct queue *q);

/* Give answers that waited long enough. Return: when the next is due; 0: none is */
u64 ctrl_due(struct device *dev, u64 now);

/* net.c */
void net_start(struct device *dev);
void net_offloads(struct device *dev, u64 wanted);
void net_reset(struct device *dev, u16 queue);
void net_config_read(struct device *dev, u32 offset, void *data, u32 len);
void net_kicked(struct device *dev, u16 queue);
/* Use the buffer that a transmit queue has kept, if there is one */
void net_give_back(struct device *dev, u16 queue);
void net_frame_waits(struct device *dev);
int net_open_tap(const char *name);

/* rsc.c: frames with their headers. Return: false if it has to go up as it is */
bool rsc_first(struct device *dev, const u8 *frame, u32 len);
bool rsc_next(struct device *dev, const u8 *frame, u32 len);
/* Return: bytes of the frame that was joined, in @dev->rsc */
u32 rsc_end(struct device *dev);
/* The number of segments in a frame with @bytes of data */
void rsc_tell(const struct device *dev, struct net_hdr *hdr, u32 bytes);

#endif /* _DEVICE_DEVICE_H */
