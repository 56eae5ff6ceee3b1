/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transmit path of AF_XDP without a copy: the device reads memory that sockets
 * brought. Their frames go by the ring that skbs go by, too.
 *
 * A socket is told which of its frames are sent in the order in which they were
 * taken from it, but a device may be done with them in another: they are kept count
 * of here. Only the NAPI does that, so that nothing guards it.
 */
#ifndef _VIONIC_TX_XSK_H
#define _VIONIC_TX_XSK_H

#include <net/xdp_sock_drv.h>
#include "tx_chain.h"

/**
 * struct vionic_xsk_frame - a frame that a socket sends
 * @bytes:	of it; 0: the device is done with it
 * @descs:	of the socket's, that it and those thrown away behind it took
 */
struct vionic_xsk_frame {
	u32 bytes;
	u32 descs;
};

/**
 * struct vionic_tx_xsk - sockets that send by a ring
 * @pool:	theirs
 * @csum:	the device makes checksums
 * @cut:	the last that came of them was not the end of a frame: it is thrown away
 * @payload_max: most bytes of a frame behind its Ethernet header, by the MTU; set for each
 *		batch
 * @mask:	of places in @frame
 * @put:	frames put into the ring, running freely; place in @frame
 * @told:	those that the sockets know to be sent, or are about to
 * @descs:	of the sockets', that they are to be told of
 * @frame:	frames
 */
struct vionic_tx_xsk {
	struct xsk_buff_pool *pool;
	bool csum;
	bool cut;
	u32 payload_max;
	u16 mask;
	u16 put;
	u16 told;
	u32 descs;
	struct vionic_xsk_frame frame[];
};

/* What can be asked of the device with a frame */
extern const struct xsk_tx_metadata_ops vionic_xsk_meta_ops;

/**
 * vionic_tx_xsk_alloc() - make a ring ready for sockets
 * @ring:	ring without any
 * @pool:	theirs
 * @csum:	the device makes checksums
 *
 * May sleep. vionic_tx_ring_free() undoes it.
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_tx_xsk_alloc(struct vionic_tx_ring *ring, struct xsk_buff_pool *pool,
			bool csum);

/**
 * vionic_tx_xsk() - send what sockets have to send
 * @tq: queue whose ring is ready for them
 *
 * NAPI poll. So many at a time, and what there is room for.
 *
 * Return: true if there may be more.
 */
bool vionic_tx_xsk(struct vionic_txq *tq);

/**
 * vionic_tx_xsk_done() - the device is done with a frame
 * @ring:	ring
 * @frame:	of the ring, vionic_tx_is_xsk()
 *
 * Those of devices that keep to the order, which most do, are counted at once;
 * others wait for those before them. NAPI poll, vionic_tx_xsk_tell() follows.
 *
 * Return: its bytes.
 */
static __always_inline u32 vionic_tx_xsk_done(struct vionic_tx_ring *ring,
					      const void *frame)
{
	struct vionic_tx_xsk *xsk = ring->xsk;
	u16 n = vionic_tx_to_xsk(frame);
	struct vionic_xsk_frame *f = &xsk->frame[n & xsk->mask];
	u32 bytes = f->bytes;

	if (likely(n == xsk->told)) {
		xsk->told++;
		xsk->descs += f->descs;
	} else {
		f->bytes = 0;
	}
	return bytes;
}

/**
 * vionic_tx_xsk_tell() - tell the sockets which frames are sent
 * @ring: ring that is ready for them
 *
 * NAPI poll.
 */
void vionic_tx_xsk_tell(struct vionic_tx_ring *ring);

/**
 * vionic_tx_xsk_give_back() - tell them that all are sent, though none will be
 * @ring: ring that the device does not own
 */
void vionic_tx_xsk_give_back(struct vionic_tx_ring *ring);

#endif /* _VIONIC_TX_XSK_H */
