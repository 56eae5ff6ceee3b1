/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue sets: all rings of a configuration, built whole, exchanged whole and
 * freed whole, so that a change of rings either succeeds or leaves things as
 * they were.
 */
#ifndef _VIONIC_QUEUES_H
#define _VIONIC_QUEUES_H

#include "device.h"
#include "napi.h"

/**
 * struct vionic_cfg - what a queue set is made to. A value: holds no pointers
 * @pairs:	queue pairs
 * @rx_num:	entries of a receive ring
 * @tx_num:	entries of a transmit ring
 * @rx_chain:	pages of a receive buffer
 */
struct vionic_cfg {
	u16 pairs;
	u16 rx_num;
	u16 tx_num;
	u16 rx_chain;
};

/**
 * struct vionic_queue_set - the rings of a configuration
 * @cfg:	what they were made to
 * @slots:	room for the rings of all pairs that the device has, so that the
 *		set can take in those of any other configuration
 * @rx:		@slots receive rings, the first @cfg.pairs of them made
 * @tx:		@slots transmit rings, likewise
 */
struct vionic_queue_set {
	struct vionic_cfg cfg;
	u16 slots;
	struct vionic_rx_ring *rx;
	struct vionic_tx_ring *tx;
};

/**
 * struct vionic_rss - hash of received frames and queues by hash. A value
 * @types:	VIRTIO_NET_RSS_HASH_TYPE_* that are on
 * @key:	of the hash; as long as the device's capabilities say
 * @table:	pairs by hash; as long as the device's capabilities say
 */
struct vionic_rss {
	u32 types;
	u8 key[VIONIC_HASH_KEY_MAX];
	u16 table[VIONIC_RSS_TABLE_MAX];
};

/**
 * struct vionic_net - private part of the netdev, as far as queues go
 * @vd:		the device
 * @dev:	the netdev
 * @pair:	as many as the device has
 * @cfg:	what is wanted, and in force while @up
 * @rss:	what is wanted, and in force while @up
 * @want_restart: only a reset of the device helps
 * @up:		the device runs with the rings of @cfg. Under rtnl
 * @keep_xps:	the administrator chose CPUs for queues, that holds
 * @vlans:	VLANs that the stack wants to receive
 * @mode_work:	sends the receive mode to the device
 * @link_work:	looks after a configuration change
 * @msg_enable:	NETIF_MSG_*
 * @resizes:	changes of rings that succeeded
 * @resets:	times the whole device was reset for one
 * @tx_lost:	frames that were in a ring when the device was reset
 * @stat_types:	what the device counts, VIONIC_DEVSTATS_*
 */
struct vionic_net {
	struct vionic_dev *vd;
	struct net_device *dev;
	struct vionic_pair **pair;
	struct vionic_cfg cfg;
	struct vionic_rss rss;
	bool want_restart;
	bool up;
	bool keep_xps;
	unsigned long vlans[BITS_TO_LONGS(VLAN_N_VID)];
	struct work_struct mode_work;
	struct work_struct link_work;
	u32 msg_enable;
	u64 resizes;
	u64 resets;
	u64 tx_lost;
	u64 stat_types;
};

/**
 * vionic_queues_alloc() - build all rings of a configuration
 * @vn:		netdev
 * @cfg:	configuration, checked
 * @qs:		filled in
 *
 * May sleep. Touches nothing that is in use.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_queues_alloc(struct vionic_net *vn, const struct vionic_cfg *cfg,
			struct vionic_queue_set *qs);

/**
 * vionic_queues_free() - release a set that is not in use
 * @qs: set
 */
void vionic_queues_free(struct vionic_queue_set *qs);

/**
 * vionic_queues_exchange() - put a set's rings into the pairs
 * @vn:	netdev whose pairs are stopped
 * @qs:	set; receives the rings that were there, if any
 *
 * A pair beyond those of the set is left without a ring.
 */
void vionic_queues_exchange(struct vionic_net *vn, struct vionic_queue_set *qs);

/**
 * vionic_queues_recycle() - make used rings ready for a new start
 * @vn:		netdev whose pairs are stopped, its device in reset
 *
 * Frames that were never sent are counted and freed. Works on the rings in the
 * pairs.
 *
 * Return: 0, or -ENOMEM if a receive ring could not be filled at all.
 */
int vionic_queues_recycle(struct vionic_net *vn);

/**
 * vionic_queues_release() - free the rings in the pairs
 * @vn:		netdev whose pairs are stopped, its device in reset
 */
void vionic_queues_release(struct vionic_net *vn);

/**
 * vionic_queues_enable() - hand the rings in the pairs to the device
 * @vn:		netdev
 * @pairs:	how many
 *
 * Return: 0 or as vionic_transport_queue_enable().
 */
int vionic_queues_enable(struct vionic_net *vn, u16 pairs);

/**
 * vionic_queues_start() - let the pairs work
 * @vn:		netdev whose device runs
 * @pairs:	how many
 */
void vionic_queues_start(struct vionic_net *vn, u16 pairs);

/**
 * vionic_queues_stop() - end all work on the pairs
 * @vn:		netdev; the stack no longer sends
 * @pairs:	how many
 */
void vionic_queues_stop(struct vionic_net *vn, u16 pairs);

/**
 * vionic_pair_quiesce() - no more sending on a pair
 * @vn:	netdev
 * @i:	which pair
 *
 * Sleeps until the device has sent what it was given, for a bounded time. What
 * is in flight afterwards will be lost.
 */
void vionic_pair_quiesce(struct vionic_net *vn, u16 i);

/**
 * vionic_pair_wake() - send again on a pair
 * @vn:	netdev
 * @i:	which pair
 */
void vionic_pair_wake(struct vionic_net *vn, u16 i);

/**
 * vionic_pair_reset() - exchange the rings of one pair in a running device
 * @vn:	netdev with VIRTIO_F_RING_RESET
 * @qs:	set with the new rings; receives the old ones in any case
 * @i:	which pair; quiesced
 *
 * Return: 0. After an error the pair is stopped and only a reset of the device
 * helps.
 */
int vionic_pair_reset(struct vionic_net *vn, struct vionic_queue_set *qs,
		      u16 i);

#endif /* _VIONIC_QUEUES_H */
