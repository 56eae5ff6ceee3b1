/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash of received frames and what is done with it: reported beside the frame
 * (VIRTIO_NET_F_HASH_REPORT), or used to choose a queue by a table
 * (VIRTIO_NET_F_RSS; virtio 1.3, 5.1.6.4.3 and 5.1.6.5.7).
 *
 * All under vionic_lock().
 */
#ifndef _VIONIC_RSS_H
#define _VIONIC_RSS_H

#include <linux/netlink.h>
#include "queues.h"

/**
 * vionic_rss_init() - what a hash and a table are at first
 * @vn: netdev with its configuration chosen
 */
void vionic_rss_init(struct vionic_net *vn);

/**
 * vionic_rss_fit() - spread the table over the queues that there are now
 * @vn: netdev
 *
 * Unless the user has set it; then it is for the stack not to let the number
 * of queues fall below what it needs.
 */
void vionic_rss_fit(struct vionic_net *vn);

/**
 * vionic_rss_send() - tell the device what is wanted
 * @vn:		netdev whose device runs, with VIRTIO_NET_F_RSS or
 *		VIRTIO_NET_F_HASH_REPORT
 * @rss:	what
 * @report:	is the hash to be reported? Without RSS nothing else needs it
 *
 * Return: 0, -ENOMEM, or as vionic_ctrlq_exec().
 */
int vionic_rss_send(struct vionic_net *vn, const struct vionic_rss *rss,
		    bool report);

/**
 * vionic_rss_apply() - go over to another table, key or choice of fields
 * @vn:		netdev, up or down
 * @rss:	what is wanted from now on
 * @extack:	gets a sentence if the device refuses
 *
 * Return: 0, or as vionic_rss_send() with nothing changed.
 */
int vionic_rss_apply(struct vionic_net *vn, const struct vionic_rss *rss,
		     struct netlink_ext_ack *extack);

/**
 * vionic_rss_fields() - what the hash of a type of flow covers
 * @types:	VIRTIO_NET_RSS_HASH_TYPE_*
 * @flow:	TCP_V4_FLOW and the like
 * @fields:	filled in: RXH_*
 *
 * Return: 0 or -EINVAL if no hash covers such flows.
 */
int vionic_rss_fields(u32 types, u32 flow, u32 *fields);

/**
 * vionic_rss_choose() - have the hash of a type of flow cover something
 * @types:	VIRTIO_NET_RSS_HASH_TYPE_*, in and out
 * @able:	those that the device has
 * @flow:	TCP_V4_FLOW and the like
 * @fields:	RXH_*
 * @extack:	gets a sentence if that can't be
 *
 * Return: 0; -EINVAL if there is no such hash or if other flows would get
 * another hash as well; -EOPNOTSUPP if the device lacks it.
 */
int vionic_rss_choose(u32 *types, u32 able, u32 flow, u32 fields,
		      struct netlink_ext_ack *extack);

#endif /* _VIONIC_RSS_H */
