/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI device for a QEMU that runs elsewhere on this machine: the server's end of
 * the vfio-user protocol (QEMU's docs/interop/vfio-user.rst), as far as a device
 * without migration needs it. One client, one socket, no threads.
 */
#ifndef _DEVICE_VFIO_USER_H
#define _DEVICE_VFIO_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VU_REGIONS	9	/* VFIO_PCI_*_REGION_INDEX */
#define VU_IRQS		5	/* VFIO_PCI_*_IRQ_INDEX */
#define VU_VECTORS	64	/* of an index, at most */
#define VU_MAPS		64

/* Memory of the guest that may be reached */
struct vu_map {
	uint64_t addr;
	uint64_t len;
	char *at;
};

struct vu;

/**
 * struct vu_device - what is behind the protocol
 * @region_len:	bytes of each region, 0: there is none
 * @irqs:	interrupts of each index
 * @access:	somebody reads or writes @count bytes of a region; all of it is inside
 * @reset:	somebody resets the function
 */
struct vu_device {
	uint64_t region_len[VU_REGIONS];
	unsigned int irqs[VU_IRQS];
	void (*access)(struct vu_device *dev, unsigned int region,
		       uint64_t offset, void *data, uint32_t count, bool write);
	void (*reset)(struct vu_device *dev);
};

struct vu {
	int sock;
	struct vu_device *dev;
	struct vu_map map[VU_MAPS];
	int irq[VU_IRQS][VU_VECTORS];
};

/* A socket for one who connects to @path. Ends the process if that can't be */
int vu_listen(const char *path);

/* Wait at @path for the client. Ends the process if that can't be */
void vu_accept(struct vu *vu, struct vu_device *dev, const char *path);

/* Answer one message. Return: false when the client has gone */
bool vu_serve(struct vu *vu);

/* Where the guest's bytes are, or NULL if it has not shared all of them */
void *vu_memory(struct vu *vu, uint64_t addr, uint64_t len);

/* Raise an interrupt; nothing where nobody listens */
void vu_interrupt(struct vu *vu, unsigned int index, unsigned int vector);

#endif /* _DEVICE_VFIO_USER_H */
