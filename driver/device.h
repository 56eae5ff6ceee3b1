/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device as a whole: what it can do, and bringing it from reset to the
 * point where queues are enabled, and back (virtio 1.3, 3.1 and 5.1).
 */
#ifndef _VIONIC_DEVICE_H
#define _VIONIC_DEVICE_H

#include <linux/if_ether.h>
#include "ctrlq.h"
#include "irq.h"
#include "transport.h"

#define VIONIC_HASH_KEY_MAX	40	/* bytes: IPv6 addresses and ports take all */
#define VIONIC_RSS_TABLE_MAX	256	/* entries of which use is made */

/* Longest frame: what the device may join, 5.1.6.3.1, or is given to cut */
#define VIONIC_FRAME_MAX	(65535 + ETH_HLEN)

/**
 * struct vionic_caps - what a device can do, checked
 * @mac:	its address, or zeroes
 * @mtu_max:	largest MTU
 * @mtu_fixed:	the device gave @mtu_max (VIRTIO_NET_F_MTU)
 * @pairs:	queue pairs, 1 at least
 * @layout:	of all rings
 * @rx_max:	entries that every receive queue takes, valid for @layout
 * @tx_max:	entries that every transmit queue takes, valid for @layout
 * @ctrl_index:	number of the control queue
 * @ctrl_num:	entries of the control queue; 0: there is none
 * @hash_types:	VIRTIO_NET_RSS_HASH_TYPE_* that it can calculate
 * @hash_key:	bytes of the hash key; 0: there is no hash
 * @rss_table:	entries of the table of queues, a power of two; 0: there is none
 * @hdr_len:	bytes of the header in front of a frame
 * @any_layout:	header and frame may share a descriptor; only some legacy devices
 *		don't want it
 * @hdr_apart:	nor in receive buffers, which are no mergeable ones
 * @ring_fixed:	rings have as many entries as the device says, @rx_max, @tx_max
 *		and @ctrl_num: a legacy device can't be told otherwise
 * @mac_write:	the address can be changed
 * @physical:	memory needs no mapping: the device takes physical addresses, and
 *		this machine has no others
 */
struct vionic_caps {
	u8 mac[ETH_ALEN];
	u16 mtu_max;
	bool mtu_fixed;
	u16 pairs;
	enum vionic_layout layout;
	u16 rx_max;
	u16 tx_max;
	u16 ctrl_index;
	u16 ctrl_num;
	u32 hash_types;
	u8 hash_key;
	u16 rss_table;
	u8 hdr_len;
	bool any_layout;
	bool hdr_apart;
	bool ring_fixed;
	bool mac_write;
	bool physical;
};

/**
 * struct vionic_dev - a virtio-net device
 * @pdev:	its PCI device
 * @tp:		transport
 * @irqs:	interrupt vectors
 * @features:	accepted features
 * @caps:	what it can do
 * @ctrl:	control queue, if @caps says that there is one
 * @stuck:	the last reset did not finish: the device may own memory still
 */
struct vionic_dev {
	struct pci_dev *pdev;
	struct vionic_transport tp;
	struct vionic_irqs irqs;
	struct vionic_features features;
	struct vionic_caps caps;
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
 * The one place where what configuration space says is checked. Leaves the
 * device in reset.
 *
 * Return: 0; -ENODEV if it is gone; -EOPNOTSUPP if it lacks what the driver
 * needs; -EINVAL if it makes no sense.
 */
int vionic_dev_identify(struct vionic_dev *vd);

/**
 * vionic_dev_vq_params() - how this device's rings are made
 * @vd:		device
 * @num:	entries
 */
struct vionic_vq_params vionic_dev_vq_params(struct vionic_dev *vd, u16 num);

/**
 * vionic_dev_begin() - from any state to where queues can be enabled
 * @vd: identified device, its control queue allocated
 *
 * Resets, negotiates the same features again, enables the control queue.
 *
 * Return: 0 or an error; the device is then in reset.
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
 * On return it owns no memory and no interrupt handler runs.
 *
 * If it can't be stopped, @vd says that it is stuck: what it owns must not be
 * freed. A device that is gone owns nothing.
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
 */
bool vionic_dev_needs_reset(struct vionic_dev *vd);

/**
 * vionic_dev_link_up() - does the device see a link?
 * @vd:		running device
 * @announce:	set if it asks for an announcement (5.1.6.5.4)
 *
 * Without VIRTIO_NET_F_STATUS the link counts as up (5.1.4.2).
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
