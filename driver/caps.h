/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device says of itself in its configuration (virtio 1.3, 5.1.4): the one
 * place where that is checked.
 */
#ifndef _VIONIC_CAPS_H
#define _VIONIC_CAPS_H

#include <linux/if_ether.h>
#include "features.h"
#include "transport.h"
#include "virtqueue.h"

#define VIONIC_HASH_KEY_MAX	40	/* bytes: IPv6 addresses and ports take all */
#define VIONIC_RSS_TABLE_MAX	256	/* entries of which use is made */

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
};

/**
 * vionic_caps_read() - find out what a device can do
 * @caps:	filled in, if all of it makes sense
 * @tp:		device whose features have been accepted
 * @features:	these
 *
 * Reads no field that comes with a feature which was not accepted (5.1.4.2). May
 * sleep.
 *
 * Return: 0; -ENODEV if the device is gone; -EAGAIN if it never says the same
 * twice; -EINVAL if it makes no sense.
 */
int vionic_caps_read(struct vionic_caps *caps, struct vionic_transport *tp,
		     const struct vionic_features *features);

#endif /* _VIONIC_CAPS_H */
