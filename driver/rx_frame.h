/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From used buffers to a frame: what receiving with an XDP program and without
 * have in common. All lengths that the device gave are checked here, and those of
 * further buffers in vionic_rx_next().
 *
 * NAPI poll, or in process context with softirqs off while NAPI is disabled.
 */
#ifndef _VIONIC_RX_FRAME_H
#define _VIONIC_RX_FRAME_H

#include <linux/etherdevice.h>
#include "offload.h"
#include "rx.h"

/* Buffers that the largest frame can fill, in memory that holds the least */
#define VIONIC_RX_BUFFERS_MAX	(DIV_ROUND_UP(65535 + ETH_HLEN + VLAN_HLEN, \
					      VIONIC_RX_ROOM_MIN) + 1)

/**
 * struct vionic_rx_frame - a frame whose first buffer was used
 * @slot:	where its first piece of memory is
 * @len:	bytes of it in the first buffer
 * @buffers:	that it fills
 *
 * Apart from its header, so that the compiler needs no memory for it.
 */
struct vionic_rx_frame {
	u32 slot;
	u32 len;
	u16 buffers;
};

/* Once: what is checked must not change */
static __always_inline void vionic_rx_read_hdr(struct vionic_hdr *hdr,
					       const void *from, u8 len)
{
	/* a length that the compiler knows: two loads */
	if (likely(len == VIONIC_HDR_LEN))
		memcpy(hdr, from, VIONIC_HDR_LEN);
	else
		memcpy(hdr, from, len);
	/* nor is the copy left out for a second look at what the device has */
	barrier();
}

/**
 * vionic_rx_frame() - look at the first buffer of a frame
 * @rq:		queue
 * @l:		layout of its ring
 * @buf:	used buffer
 * @f:		filled in
 * @hdr:	filled in, a private copy of the header
 *
 * Return: false if the device can't mean this: the buffer is posted again.
 */
static __always_inline bool
vionic_rx_frame(struct vionic_rxq *rq, enum vionic_layout l,
		const struct vionic_used_buf *buf, struct vionic_rx_frame *f,
		struct vionic_hdr *hdr)
{
	const struct vionic_rx_ring *ring = &rq->ring;
	const struct vionic_rx_slot *slot;
	const u8 hdr_len = ring->hdr_len;

	f->slot = vionic_rx_first_slot(ring, buf->id);
	f->buffers = 1;
	slot = &ring->slot[f->slot];
	if (buf->len < hdr_len + ETH_HLEN || buf->len > ring->posted)
		goto bad;
	f->len = buf->len - hdr_len;
	vionic_rx_sync(ring, slot, 0, hdr_len + min_t(u32, f->len, ring->room));
	vionic_rx_read_hdr(hdr, slot->frame - hdr_len, hdr_len);
	if (!rq->mergeable)
		return true;
	f->buffers = vionic_hdr_buffers(hdr, VIONIC_RX_BUFFERS_MAX);
	if (f->buffers)
		return true;
bad:
	rq->batch.errors++;
	vionic_rx_repost(&rq->ring, l, buf, f->slot);
	return false;
}

/* Buffers of a frame that is lost go back to the device unread */
static inline void vionic_rx_repost_rest(struct vionic_rxq *rq, u16 n)
{
	enum vionic_layout l = rq->ring.vq.layout;
	struct vionic_used_buf buf;

	while (n-- && vionic_vq_pop(&rq->ring.vq, l, &buf) == VIONIC_RING_OK)
		vionic_rx_repost(&rq->ring, l, &buf,
				 vionic_rx_first_slot(&rq->ring, buf.id));
}

/**
 * vionic_rx_next() - take the next buffer of a frame that fills several
 * @rq:		queue with VIRTIO_NET_F_MRG_RXBUF
 * @l:		layout of its ring
 * @buf:	filled in: @buf->len bytes of the frame, from where a header would be
 * @left:	buffers of the frame, this one included
 *
 * 5.1.6.4.1.
 *
 * Return: false if the device can't mean this: all that are left are posted
 * again.
 */
static __always_inline bool
vionic_rx_next(struct vionic_rxq *rq, enum vionic_layout l,
	       struct vionic_used_buf *buf, u16 left)
{
	if (vionic_vq_pop(&rq->ring.vq, l, buf) != VIONIC_RING_OK) {
		rq->batch.errors++;
		return false;
	}
	if (buf->len && buf->len <= rq->ring.posted)
		return true;
	rq->batch.errors++;
	vionic_rx_repost(&rq->ring, l, buf, buf->id);
	vionic_rx_repost_rest(rq, left - 1);
	return false;
}

/**
 * vionic_rx_take() - memory leaves its slot for good
 * @rq:		queue
 * @slot:	which
 *
 * Return: where a frame begins, or its part in this piece.
 */
static __always_inline void *vionic_rx_take(struct vionic_rxq *rq, u32 slot)
{
	void *frame = rq->ring.slot[slot].frame;

	rq->ring.slot[slot].frame = NULL;
	return frame;
}

/* Slow part of vionic_rx_finish(): a frame that the device put together */
void vionic_rx_count_gso(struct vionic_rxq *rq, const struct sk_buff *skb);

/**
 * vionic_rx_finish() - make an skb ready for the stack
 * @rq:		queue
 * @skb:	frame, its data at the MAC header
 * @hdr:	private copy of its header
 *
 * Return: @skb, or NULL if the header contradicts the frame, which is freed.
 */
static __always_inline struct sk_buff *
vionic_rx_finish(struct vionic_rxq *rq, struct sk_buff *skb,
		 struct vionic_hdr *hdr)
{
	skb->dev = rq->dev;
	if (!vionic_offload_rx(skb, hdr, rq->hdr_has)) {
		rq->batch.errors++;
		dev_kfree_skb_any(skb);
		return NULL;
	}
	rq->batch.packets++;
	rq->batch.bytes += skb->len;
	if (unlikely(skb_is_gso(skb)))
		vionic_rx_count_gso(rq, skb);
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		rq->batch.csum_unnecessary++;
	else if (skb->ip_summed == CHECKSUM_PARTIAL)
		rq->batch.csum_partial++;
	else
		rq->batch.csum_none++;
	skb_record_rx_queue(skb, rq->index);
	skb->protocol = eth_type_trans(skb, rq->dev);
	return skb;
}

/* Make an skb of the frame that begins with a used buffer, or NULL if there is none
 * for the stack. What it needs of the poll is in @ctx. Inlined where it is given.
 */
typedef struct sk_buff *(vionic_rx_one_t)(struct vionic_rxq *rq,
					  enum vionic_layout l,
					  const struct vionic_used_buf *buf,
					  void *ctx);

/* To the stack */
typedef void (vionic_rx_deliver_t)(struct vionic_rxq *rq, struct sk_buff *skb);

static __always_inline int
vionic_rx_layout(struct vionic_rxq *rq, enum vionic_layout l, int budget,
		 vionic_rx_one_t *one, void *ctx, vionic_rx_deliver_t *deliver)
{
	struct vionic_vq *vq = &rq->ring.vq;
	struct vionic_used_buf buf;
	int done = 0;

	while (done < budget && vionic_vq_pop(vq, l, &buf) == VIONIC_RING_OK) {
		struct sk_buff *skb;

		if (!done && vionic_vq_exhausted(vq, l, rq->ring.ndesc))
			rq->batch.ring_exhausted++;
		skb = one(rq, l, &buf, ctx);
		if (skb)
			deliver(rq, skb);
		done++;
	}
	return done;
}

/**
 * vionic_rx_all() - receive up to @budget frames
 * @rq:		queue
 * @budget:	above 0
 * @one:	takes one
 * @ctx:	for it
 * @deliver:	gives what it makes to the stack
 *
 * A loop for each layout, with all that it does inlined.
 *
 * Return: frames taken from the ring.
 */
static __always_inline int
vionic_rx_all(struct vionic_rxq *rq, int budget, vionic_rx_one_t *one,
	      void *ctx, vionic_rx_deliver_t *deliver)
{
	switch ((enum vionic_layout)rq->ring.vq.layout) {
	case VIONIC_SPLIT:
		return vionic_rx_layout(rq, VIONIC_SPLIT, budget, one, ctx,
					deliver);
	case VIONIC_SPLIT_IN_ORDER:
		return vionic_rx_layout(rq, VIONIC_SPLIT_IN_ORDER, budget, one,
					ctx, deliver);
	case VIONIC_PACKED:
		return vionic_rx_layout(rq, VIONIC_PACKED, budget, one, ctx,
					deliver);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return vionic_rx_layout(rq, VIONIC_PACKED_IN_ORDER, budget, one, ctx,
				deliver);
}

#endif /* _VIONIC_RX_FRAME_H */
