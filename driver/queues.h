/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queue sets: all rings of a configuration, built whole, exchanged whole and
 * freed whole, so that a change of rings either succeeds or leaves things as
 * they were.
 */
#ifndef _VIONIC_QUEUES_H
#define _VIONIC_QUEUES_H

#include <linux/rtnetlink.h>
#include <vionic/compat.h>
#include "device.h"
#include "napi.h"

/**
 * struct vionic_cfg - what a queue set is made to. A value: holds no pointers
 * @pairs:	queue pairs
 * @rx_num:	entries of a receive ring
 * @tx_num:	entries of a transmit ring
 * @rx_chain:	pieces of memory of a receive buffer
 * @rx_buf:	bytes of each, VIONIC_RX_BUF_*
 * @rx_hds:	headers and data apart, rx_hds.h
 * @rx_sends:	an XDP program may send frames from receive memory
 */
struct vionic_cfg {
	u16 pairs;
	u16 rx_num;
	u16 tx_num;
	u16 rx_chain;
	u32 rx_buf;
	bool rx_hds;
	bool rx_sends;
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
 * struct vionic_recover - how a device that misbehaves is brought back
 * @work:	finds out what is wrong and mends it
 * @last:	jiffies of the last time
 * @streak:	times in a row, one soon after the other
 */
struct vionic_recover {
	struct delayed_work work;
	unsigned long last;
	int streak;
};

/**
 * enum vionic_setting - what a device may refuse to restore after a reset
 * @VIONIC_SETTING_MAC:		MAC address
 * @VIONIC_SETTING_VLAN:	VLAN filter
 * @VIONIC_SETTING_HASH:	hash of received frames
 * @VIONIC_SETTING_DELAY:	interrupt coalescing
 * @VIONIC_SETTINGS:		number of these
 */
enum vionic_setting {
	VIONIC_SETTING_MAC,
	VIONIC_SETTING_VLAN,
	VIONIC_SETTING_HASH,
	VIONIC_SETTING_DELAY,
	VIONIC_SETTINGS,
};

/**
 * enum vionic_state - what becomes of the device, set by lifecycle.c only
 * @VIONIC_DOWN:	the interface is down: the device is in reset, the pairs have no rings
 * @VIONIC_SUSPENDED:	the device is in reset, the pairs keep their rings
 * @VIONIC_UP:		the device runs with the rings of vionic_net::cfg
 * @VIONIC_FAILED:	the interface is up, but the device did not start: it is in reset, the
 *			pairs have no rings, and recovery tries again
 * @VIONIC_GONE:	as @VIONIC_FAILED, and the device does not answer: its registers read
 *			all ones
 * @VIONIC_STATES:	number of these
 */
enum vionic_state {
	VIONIC_DOWN,
	VIONIC_SUSPENDED,
	VIONIC_UP,
	VIONIC_FAILED,
	VIONIC_GONE,
	VIONIC_STATES,
};

/**
 * enum vionic_suspend - why the driver leaves the device alone
 * @VIONIC_SUSPEND_PM:		system sleep or hibernation
 * @VIONIC_SUSPEND_RESET:	the kernel resets the PCI function
 * @VIONIC_SUSPEND_ERROR:	the kernel recovers from a PCI error
 * @VIONIC_SUSPEND_RELOAD:	devlink reload
 * @VIONIC_SUSPEND_SHUTDOWN:	reboot or kexec; never ends
 */
enum vionic_suspend {
	VIONIC_SUSPEND_PM,
	VIONIC_SUSPEND_RESET,
	VIONIC_SUSPEND_ERROR,
	VIONIC_SUSPEND_RELOAD,
	VIONIC_SUSPEND_SHUTDOWN,
};

/**
 * struct vionic_net - private part of the netdev, as far as queues go
 * @vd:		the device
 * @dev:	the netdev
 * @pair:	as many as the device has
 * @cfg:	what is wanted, and in force while the device is up
 * @rss:	what is wanted, and in force while the device is up
 * @prog:	XDP program, or NULL
 * @xsks:	pairs that work with memory of AF_XDP sockets
 * @hds:	headers and data are received apart, or about to be
 * @gro_hw_paused: a program has turned rx-gro-hw off; it comes back when the program goes
 * @state:	what becomes of the device. Under vionic_lock()
 * @suspended:	why the driver leaves the device alone, a bit for each enum
 *		vionic_suspend. Under vionic_lock()
 * @xps_hash:	hash of the XPS maps as vionic_xps_set() left them
 * @user_xps:	the administrator has set XPS: the driver leaves it alone
 * @refused:	settings that the device refused to restore, a bit for each enum
 *		vionic_setting. Under vionic_lock()
 * @mac_set:	the user has set a MAC address
 * @promisc_refused: the device refused promiscuous mode when it was last wanted
 * @vlans:	VLANs that the stack wants to receive
 * @mode_work:	sends the receive mode to the device
 * @link_work:	looks after a configuration change
 * @recover:	what is done about faults
 * @debugfs:	its directory
 * @health:	its place in devlink, or NULL
 * @failover:	what stands above a standby, or NULL
 * @msg_enable:	NETIF_MSG_*
 * @speed:	SPEED_* that the user gave a device that tells none
 * @duplex:	DUPLEX_*, likewise
 * @resizes:	changes of rings that succeeded
 * @resets:	times the whole device was reset for one, or for a fault
 * @pair_resets: times that a queue pair was reset for a fault
 * @tx_lost:	frames that were in a ring when the device was reset
 * @stat_types:	what the device counts, VIONIC_DEVSTATS_*
 */
struct vionic_net {
	struct vionic_dev *vd;
	struct net_device *dev;
	struct vionic_pair **pair;
	struct vionic_cfg cfg;
	struct vionic_rss rss;
	struct bpf_prog *prog;
	enum vionic_state state;
	u16 xsks;
	bool hds;
	bool gro_hw_paused;
	bool user_xps;
	u8 suspended;
	u8 refused;
	bool mac_set;
	bool promisc_refused;
	u32 xps_hash;
	unsigned long vlans[BITS_TO_LONGS(VLAN_N_VID)];
	struct work_struct mode_work;
	struct work_struct link_work;
	struct vionic_recover recover;
	struct dentry *debugfs;
	struct vionic_health *health;
	struct failover *failover;
	u32 msg_enable;
	u32 speed;
	u8 duplex;
	u64 resizes;
	u64 resets;
	u64 pair_resets;
	atomic64_t tx_lost;
	u64 stat_types;
};

/* Numbers of a pair's queues (virtio 1.3, 5.1.2) */
static inline u16 vionic_rx_index(u16 pair)
{
	return 2 * pair;
}

static inline u16 vionic_tx_index(u16 pair)
{
	return 2 * pair + 1;
}

/**
 * vionic_lock() - keep everybody else away from state and settings
 * @vn: netdev
 *
 * By what the stack holds when it calls: rtnl, and the netdev's own lock on
 * kernels that have it. There, ethtool calls with that one alone, but for what
 * brings the device up. Sleeps.
 */
static inline void vionic_lock(struct vionic_net *vn)
{
	rtnl_lock();
	netdev_lock_ops(vn->dev);
}

/**
 * vionic_unlock() - undo vionic_lock()
 * @vn: netdev
 */
static inline void vionic_unlock(struct vionic_net *vn)
{
	netdev_unlock_ops(vn->dev);
	rtnl_unlock();
}

/**
 * vionic_assert_locked() - warn if state and settings may change
 * @vn: netdev
 *
 * One of the locks of vionic_lock() is enough to read and to write both: the netdev's own
 * lock on kernels that have it (and debug lock use), else rtnl.
 */
static inline void vionic_assert_locked(const struct vionic_net *vn)
{
	vionic_assert_dev_locked(vn->dev);
}

/**
 * vionic_is_up() - tell whether the device runs
 * @vn: netdev
 *
 * Context: vionic_lock() is held.
 * Return: true in VIONIC_UP.
 */
static inline bool vionic_is_up(const struct vionic_net *vn)
{
	vionic_assert_locked(vn);
	return vn->state == VIONIC_UP;
}

/**
 * vionic_want_recovery() - something is wrong: have it looked after
 * @vn: netdev
 *
 * Any context. What is wrong is found out then; nothing is fine, too.
 */
static inline void vionic_want_recovery(struct vionic_net *vn)
{
	schedule_delayed_work(&vn->recover.work, 0);
}

/**
 * vionic_queues_alloc() - build rings of a configuration
 * @vn:		netdev
 * @cfg:	configuration, checked
 * @from:	first pair to get rings
 * @to:		the one behind the last
 * @qs:		filled in
 *
 * May sleep. Touches nothing that is in use.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_queues_alloc(struct vionic_net *vn, const struct vionic_cfg *cfg,
			u16 from, u16 to, struct vionic_queue_set *qs);

/**
 * vionic_rx_ring_make() - build the receive ring of a pair
 * @vn:		netdev
 * @cfg:	configuration, checked
 * @i:		which pair
 * @ring:	filled in
 *
 * May sleep. Touches nothing that is in use.
 *
 * Return: as vionic_rx_ring_alloc().
 */
int vionic_rx_ring_make(struct vionic_net *vn, const struct vionic_cfg *cfg,
			u16 i, struct vionic_rx_ring *ring);

/**
 * vionic_queues_free() - release a set that is not in use
 * @qs: set
 */
void vionic_queues_free(struct vionic_queue_set *qs);

/**
 * vionic_pair_exchange() - put a set's rings into one pair
 * @vn:	netdev
 * @qs:	set; receives the rings that were there, if any
 * @i:	which pair; stopped
 */
void vionic_pair_exchange(struct vionic_net *vn, struct vionic_queue_set *qs,
			  u16 i);

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
 * vionic_pair_quiesce() - close a transmit queue and wait until it is empty
 * @vn:	netdev
 * @i:	number of the pair
 *
 * No frame is added to the ring until vionic_pair_wake(). Waits one second at most
 * for the device to send what is in the ring: the rest will be lost.
 *
 * Context: under vionic_lock(), sleeps.
 */
void vionic_pair_quiesce(struct vionic_net *vn, u16 i);

/**
 * vionic_queues_quiesce() - no more sending on any pair
 * @vn: netdev
 *
 * As vionic_pair_quiesce(), for no longer than that takes at most.
 */
void vionic_queues_quiesce(struct vionic_net *vn);

/**
 * vionic_pair_wake() - open a transmit queue
 * @vn:	netdev
 * @i:	number of the pair
 *
 * The queue of a pair without a ring stays closed and is only woken, since the stack
 * takes a queue that is stopped for long to be stuck.
 *
 * Context: under vionic_lock(), softirqs on.
 */
void vionic_pair_wake(struct vionic_net *vn, u16 i);

/**
 * vionic_pair_drain() - receive what the device used, and let go all else
 * @vn:	netdev, counts frames that were not sent
 * @i:	which pair; stopped, and its rings not the device's
 */
void vionic_pair_drain(struct vionic_net *vn, u16 i);

/**
 * vionic_pair_reset() - start one pair anew in a running device
 * @vn:	netdev with VIRTIO_F_RING_RESET
 * @qs:	set with new rings, receives the old ones in any case; or NULL for the
 *	rings that it has
 * @i:	which pair; quiesced
 *
 * Return: 0. After an error the pair is stopped and only a reset of the device
 * helps.
 */
int vionic_pair_reset(struct vionic_net *vn, struct vionic_queue_set *qs,
		      u16 i);

/**
 * vionic_pair_stop_rx() - take a receive queue back from a running device
 * @vn:	netdev with VIRTIO_F_RING_RESET
 * @i:	which pair
 *
 * What the device has used is received; frames to be sent wait in their ring.
 *
 * Return: 0. After an error the pair is stopped and only a reset of the device
 * helps.
 */
int vionic_pair_stop_rx(struct vionic_net *vn, u16 i);

/**
 * vionic_pair_start_rx() - give it a queue again
 * @vn:	netdev with VIRTIO_F_RING_RESET
 * @i:	which pair, stopped by vionic_pair_stop_rx()
 *
 * Return: 0 or as vionic_transport_queue_enable(), with the pair stopped.
 */
int vionic_pair_start_rx(struct vionic_net *vn, u16 i);

#endif /* _VIONIC_QUEUES_H */
