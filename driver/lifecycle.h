/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Up, down and from one configuration to another. All under vionic_lock().
 */
#ifndef _VIONIC_LIFECYCLE_H
#define _VIONIC_LIFECYCLE_H

#include "queues.h"

/**
 * vionic_open() - bring the device up with the wanted configuration
 * @vn: netdev that is down
 *
 * Return: 0; on an error nothing is held and the device is in reset.
 */
int vionic_open(struct vionic_net *vn);

/**
 * vionic_close() - take the device down
 * @vn: netdev; may be down already
 *
 * On return the device is in reset and owns no memory.
 */
void vionic_close(struct vionic_net *vn);

/**
 * vionic_reconfigure() - go over to another configuration
 * @vn:		netdev, up or down
 * @cfg:	configuration, checked
 *
 * New rings are complete before the old ones are touched. With
 * VIRTIO_F_RING_RESET queue pairs go over one by one, otherwise the device is
 * reset and all settings are replayed. If the device refuses, the old rings
 * are put back.
 *
 * Another number of pairs takes a reset of the device, too: queues can be
 * enabled for the first time only before it runs (3.1.1), and to enable all
 * that there might ever be would take their memory for nothing.
 *
 * Return: 0, or an error with the old configuration in force.
 */
int vionic_reconfigure(struct vionic_net *vn, const struct vionic_cfg *cfg);

/**
 * vionic_rebuild_pair() - give a pair new rings, by what it is to work with now
 * @vn:	netdev
 * @i:	which pair
 *
 * As vionic_reconfigure(), but that other pairs keep theirs where the device can
 * reset queues. Rings that it would not use are not made.
 *
 * Return: 0, or an error with the old rings in place, if the device came back.
 */
int vionic_rebuild_pair(struct vionic_net *vn, u16 i);

/**
 * vionic_take_rx_ring() - stop a receive queue and take its ring
 * @vn:		netdev with VIRTIO_F_RING_RESET
 * @i:		which pair
 * @ring:	filled in; stays as it is if the pair has none
 *
 * What the device has used is received. Until vionic_give_rx_ring() the pair works
 * neither way.
 *
 * Context: the netdev's own lock is held. May sleep.
 * Return: 0, or -ENETDOWN if the queue could not be stopped: the device is down, no ring
 * of it is in use, and recovery is scheduled. Who returns the memory of a memory provider
 * need do nothing more.
 */
int vionic_take_rx_ring(struct vionic_net *vn, u16 i,
			struct vionic_rx_ring *ring);

/**
 * vionic_give_rx_ring() - start a receive queue with another ring
 * @vn:		netdev
 * @i:		which pair; without a ring
 * @ring:	which; emptied
 *
 * Context: the netdev's own lock is held. May sleep.
 * Return: 0, or -ENETDOWN if the queue could not be started: the device is down and
 * recovery is scheduled. @ring is then as it was, or emptied if the device may still
 * write to it.
 */
int vionic_give_rx_ring(struct vionic_net *vn, u16 i,
			struct vionic_rx_ring *ring);

/**
 * vionic_give_up() - take a device down whose rings must not stay as they are
 * @vn: netdev
 *
 * Recovery will bring it up again. Under vionic_lock().
 */
void vionic_give_up(struct vionic_net *vn);

/**
 * vionic_suspend() - stop the device and detach the netdev
 * @vn:		netdev in any state
 * @cause:	why; vionic_resume() ends it
 *
 * Call it before somebody else resets the device or takes its power. A device that is up
 * keeps its rings, so that vionic_resume() needs no memory. More than one cause may be
 * there at a time.
 *
 * Context: vionic_lock() is held. May sleep.
 */
void vionic_suspend(struct vionic_net *vn, enum vionic_suspend cause);

/**
 * vionic_resume() - end a cause of vionic_suspend()
 * @vn:		netdev
 * @cause:	which; nothing happens if it is not there
 *
 * With the last cause the netdev is attached. If its interface is up, the device is
 * started, even if that failed before the device was suspended. If it fails now, recovery
 * tries again.
 *
 * Context: vionic_lock() is held. May sleep.
 */
void vionic_resume(struct vionic_net *vn, enum vionic_suspend cause);

/**
 * vionic_state_name() - name the state of a device for people
 * @vn: netdev
 *
 * Context: vionic_lock() is held.
 * Return: static string; "suspended" if the driver leaves the device alone.
 */
const char *vionic_state_name(const struct vionic_net *vn);

/**
 * vionic_restart() - reset a device that is up and bring it up again
 * @vn: netdev
 *
 * With the rings that it has. Frames that the device had not sent are lost.
 * Under vionic_lock().
 */
void vionic_restart(struct vionic_net *vn);

/**
 * vionic_restart_pair() - reset the queues of a pair and start them again
 * @vn:	netdev that is up, with VIRTIO_F_RING_RESET
 * @i:	which pair
 *
 * With the rings that it has, while other pairs work. Under vionic_lock().
 *
 * Return: 0. After an error only vionic_restart() helps.
 */
int vionic_restart_pair(struct vionic_net *vn, u16 i);

/**
 * vionic_reopen() - try a device again that could not be brought up
 * @vn: netdev that is up for the stack but has no rings
 *
 * If that fails, too, recovery is wanted again. Under vionic_lock().
 */
void vionic_reopen(struct vionic_net *vn);

#endif /* _VIONIC_LIFECYCLE_H */
