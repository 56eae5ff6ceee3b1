/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device as a whole: what it can do, and bringing it from reset to the
 * point where queues are enabled, and back (virtio 1.3, 3.1 and 5.1).
 */
#ifndef _VIONIC_DEVICE_H
#define _VIONIC_DEVICE_H

#include <linux/if_ether.h>
#include "caps.h"
#include "ctrlq.h"
#include "irq.h"
#include "transport.h"

/* Longest frame: what the device may join, 5.1.6.3.1, or is given to cut */
#define VIONIC_FRAME_MAX	(65535 + ETH_HLEN)

/**
 * struct vionic_dev - a virtio-net device
 * @pdev:	its PCI device
 * @tp:		transport
 * @irqs:	interrupt vectors
 * @features:	accepted features
 * @caps:	what it can do
 * @physical:	memory needs no mapping: the device takes physical addresses, and
 *		this machine has no others
 * @ctrl:	control queue, if @caps says that there is one
 * @stuck:	the last reset did not finish
 */
struct vionic_dev {
	struct pci_dev *pdev;
	struct vionic_transport tp;
	struct vionic_irqs irqs;
	struct vionic_features features;
	struct vionic_caps caps;
	bool physical;
	struct vionic_ctrlq ctrl;
	bool stuck;
};

static inline bool vionic_dev_has(const struct vionic_dev *vd, unsigned int bit)
{
	return vionic_has(&vd->features, bit);
}

/**
 * vionic_dev_identify() - negotiate and find out what a device can do
 * @vd:		device with its transport mapped
 *
 * Leaves the device in reset.
 *
 * Return: 0; -ENODEV if it is gone; -EOPNOTSUPP if it lacks what the driver
 * needs; -EINVAL if it makes no sense.
 */
int vionic_dev_identify(struct vionic_dev *vd);

/**
 * vionic_dev_try_vectors() - count the vectors that the device takes
 * @vd: identified device in reset, its vectors allocated
 *
 * A device that has no resources for a vector refuses it when the vector is assigned to a
 * queue (virtio 1.3, 4.1.5.1.2). Leaves the device in reset.
 *
 * Context: the device is being bound. May sleep.
 * Return: the number of vectors if it takes each, else the first one that it refuses;
 * -ENODEV if it is gone; or the error of vionic_transport_begin() or
 * vionic_transport_accept().
 */
int vionic_dev_try_vectors(struct vionic_dev *vd);

/**
 * vionic_dev_vq_params() - how this device's rings are made
 * @vd:		device
 * @num:	entries
 *
 * Return: parameters for vionic_vq_alloc().
 */
struct vionic_vq_params vionic_dev_vq_params(struct vionic_dev *vd, u16 num);

/**
 * vionic_dev_begin() - from any state to where queues can be enabled
 * @vd: identified device, its control queue allocated
 *
 * Resets, negotiates the same features again, enables the control queue.
 *
 * Return: 0; -EOPNOTSUPP if the device does not offer a feature any more; or an error. The
 * device is then in reset.
 */
int vionic_dev_begin(struct vionic_dev *vd);

/**
 * vionic_dev_run() - let the device work
 * @vd: device after vionic_dev_begin(), its queues enabled
 *
 * Return: 0 or -ENODEV.
 */
int vionic_dev_run(struct vionic_dev *vd);

/**
 * vionic_dev_reset() - end all work of the device
 * @vd: device in any state
 *
 * On return it reaches no memory and no interrupt handler runs. If it had to be
 * stopped at the bus, @vd says that it is stuck, until another reset finishes.
 */
void vionic_dev_reset(struct vionic_dev *vd);

/**
 * vionic_dev_write_mac() - give a device without a command for it its address
 * @vd:		running device
 * @mac:	address
 *
 * Return: 0; -EOPNOTSUPP if it takes none; -ENODEV if it is gone.
 */
int vionic_dev_write_mac(struct vionic_dev *vd, const u8 *mac);

/**
 * vionic_dev_needs_reset() - did the device give up, or forget that it runs?
 * @vd: running device
 *
 * DEVICE_NEEDS_RESET, or without DRIVER_OK: somebody else has reset it (2.1.2).
 *
 * Return: true if a reset is due.
 */
bool vionic_dev_needs_reset(struct vionic_dev *vd);

/**
 * vionic_dev_link_up() - does the device see a link?
 * @vd:		running device
 * @announce:	set if it asks for an announcement (5.1.6.5.4)
 *
 * Without VIRTIO_NET_F_STATUS the link counts as up (5.1.4.2).
 *
 * Return: true if it does.
 */
bool vionic_dev_link_up(struct vionic_dev *vd, bool *announce);

/**
 * vionic_dev_speed() - speed and duplex as the device tells
 * @vd:		running device
 * @speed:	Mbit/s or SPEED_UNKNOWN
 * @duplex:	DUPLEX_*
 */
void vionic_dev_speed(struct vionic_dev *vd, u32 *speed, u8 *duplex);

#endif /* _VIONIC_DEVICE_H */
