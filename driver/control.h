/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stack wants of the device beyond its queues: address, receive mode,
 * VLANs, number of queues, offloads (virtio 1.3, 5.1.6.5). Kept as wanted state
 * and replayed whenever the device comes out of a reset.
 *
 * All under vionic_lock() unless said otherwise.
 */
#ifndef _VIONIC_CONTROL_H
#define _VIONIC_CONTROL_H

#include "queues.h"

/**
 * vionic_control_replay() - restore all settings after a reset of the device
 * @vn: netdev whose device runs
 *
 * A setting that the device refuses is noted in @vn->refused if frames are right without
 * it. A refused filter is replaced by promiscuous mode.
 *
 * Context: under vionic_lock(), sleeps.
 * Return: 0, or the error of a command that traffic depends on.
 */
int vionic_control_replay(struct vionic_net *vn);

/**
 * vionic_control_refused() - note that the device refused to restore a setting
 * @vn:		netdev
 * @s:		the setting
 * @err:	result of the command
 *
 * Context: under vionic_lock().
 * Return: 0 if @err is 0 or -EINVAL, a refusal; any other @err.
 */
int vionic_control_refused(struct vionic_net *vn, enum vionic_setting s,
			   int err);

/**
 * vionic_control_accepted() - note that the device accepted a setting
 * @vn:	netdev
 * @s:	the setting
 *
 * Context: under vionic_lock(), sleeps.
 */
void vionic_control_accepted(struct vionic_net *vn, enum vionic_setting s);

/**
 * vionic_control_setting() - name a setting for messages
 * @s: the setting
 *
 * Return: its name.
 */
const char *vionic_control_setting(enum vionic_setting s);

/**
 * vionic_control_mac() - set the device's address
 * @vn:		netdev
 * @mac:	address
 *
 * Return: 0; -EOPNOTSUPP if the device's address can't be changed; or as
 * vionic_ctrlq_exec().
 */
int vionic_control_mac(struct vionic_net *vn, const u8 *mac);

/**
 * vionic_control_mode() - send receive mode and address lists
 * @vn: netdev
 *
 * What can't be told exactly is made up for by receiving more.
 *
 * Return: 0, also if the device is down or refused; or -ENOMEM, when a list could
 * not be sent and everything is received until another try.
 */
int vionic_control_mode(struct vionic_net *vn);

/**
 * vionic_control_vlan() - receive frames of a VLAN, or no longer
 * @vn:		netdev
 * @vid:	VLAN
 * @add:	which
 *
 * Return: 0 or as vionic_ctrlq_exec().
 */
int vionic_control_vlan(struct vionic_net *vn, u16 vid, bool add);

/**
 * vionic_control_offloads() - choose how the device may hand up frames
 * @vn:		netdev
 * @wanted:	NETIF_F_RXCSUM: without checksums, or checked; with that also
 *		NETIF_F_GRO_HW: coalesced
 *
 * Return: 0, also if the device can't be told (its offloads then stay as
 * negotiated); or as vionic_ctrlq_exec().
 */
int vionic_control_offloads(struct vionic_net *vn, netdev_features_t wanted);

/**
 * vionic_control_announced() - the announcement that was asked for is made
 * @vn: netdev
 */
void vionic_control_announced(struct vionic_net *vn);

/**
 * vionic_control_can_gro_hw() - can the device coalesce at all?
 * @vd: device
 *
 * Return: true if it can.
 */
bool vionic_control_can_gro_hw(const struct vionic_dev *vd);

/**
 * vionic_control_frame_max() - get the longest frame that the device may deliver
 * @vd:		device
 * @mtu:	MTU of the netdev, in bytes
 *
 * By what was negotiated (virtio 1.3, 5.1.4.2 and 5.1.6.3.1). The device does not know @mtu:
 * with VIRTIO_NET_F_MTU it may deliver frames of its own MTU. A device that coalesces may
 * do so until it is told not to, also after a reset.
 *
 * Context: Any.
 * Return: bytes of the frame, with its Ethernet header and a VLAN tag.
 */
u32 vionic_control_frame_max(const struct vionic_dev *vd, unsigned int mtu);

/**
 * vionic_control_gro_hw_fixed() - tell whether the device always coalesces
 * @vd: device
 *
 * By what was negotiated. The netdev's features are what the user asks for: they do not
 * change a device without VIRTIO_NET_F_CTRL_GUEST_OFFLOADS.
 *
 * Return: true if the device coalesces and has no command that turns it off.
 */
bool vionic_control_gro_hw_fixed(const struct vionic_dev *vd);

/**
 * vionic_control_ping() - does the control queue answer?
 * @vn: netdev that is up
 *
 * By a command that changes nothing. Under vionic_lock().
 *
 * Return: 0; -EOPNOTSUPP if there is no such command; or what
 * vionic_ctrlq_exec() failed with.
 */
int vionic_control_ping(struct vionic_net *vn);

#endif /* _VIONIC_CONTROL_H */
