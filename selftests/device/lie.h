/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a lie changes.
 */
#ifndef _DEVICE_LIE_H
#define _DEVICE_LIE_H

#include "device.h"

struct virtio_net_config;

/**
 * struct lie - what the device can be told to say, in place of the truth
 * @name:	its name
 * @used:	a used entry, just written and not shown yet
 * @shown:	a ring, just shown
 * @header:	of a frame, about to be written
 * @behind:	such a header in the driver's buffer, which has it back
 * @interrupt:	in place of one; false: none
 * @answer:	to a command; false: none
 * @refuses:	commands of this class are refused
 * @nag:	an interrupt that comes again and again
 * @late:	milliseconds that each answer takes
 * @data:	behind the answer, if there is any
 * @deaf:	a reset by the driver is not taken
 * @reset:	the driver has just reset the device
 * @reg:	what a register reads as
 * @config:	the network device's configuration, about to be read
 * @cap:	a capability of this type, about to be read
 */
struct lie {
	const char *name;
	void (*used)(struct queue *q, u16 at, u32 id, u32 len);
	void (*shown)(struct queue *q);
	void (*header)(u8 *hdr);
	void (*behind)(u8 *hdr);
	bool (*interrupt)(struct device *dev, struct queue *q);
	bool (*answer)(u8 *answer);
	u8 refuses;
	void (*nag)(struct device *dev);
	u32 late;
	void (*data)(u8 *data, u32 *len);
	bool deaf;
	void (*reset)(struct device *dev);
	u32 (*reg)(struct device *dev, u32 at, u32 val);
	void (*config)(struct virtio_net_config *config);
	void (*cap)(u8 type, u8 *cap);
};

/* Return: a number below, different each time and the same with the same seed */
u32 lie_any(u32 below);

/* Those about what is looked at when a driver is bound; the last has no name */
extern const struct lie lies_bind[];

#endif /* _DEVICE_LIE_H */
