// SPDX-License-Identifier: GPL-2.0
#include "rx_xdp.h"

#include "rx_frame.h"
#include "rx_prog.h"
#include "tx_xdp.h"

/* Long frame: the rest of it becomes fragments */
static bool add_frag(struct vionic_rxq *rq, struct xdp_buff *xdp, u32 slot,
		     u8 lead, u32 len)
{
	struct skb_shared_info *info = xdp_get_shared_info_from_buff(xdp);
	struct vionic_rx_ring *ring = &rq->ring;
	struct page *page;
	void *data;

	if (!xdp_buff_has_frags(xdp)) {
		xdp_buff_set_frags_flag(xdp);
		info->nr_frags = 0;
		info->xdp_frags_size = 0;
	}
	if (info->nr_frags == MAX_SKB_FRAGS)
		return false;
	vionic_rx_sync(ring, &ring->slot[slot], ring->hdr_len - lead, len);
	data = vionic_rx_take(rq, slot) - lead;
	page = virt_to_head_page(data);
	if (page_is_pfmemalloc(page))
		xdp_buff_set_frag_pfmemalloc(xdp);
	skb_frag_fill_page_desc(&info->frags[info->nr_frags++], page,
				data - page_address(page), len);
	info->xdp_frags_size += len;
	return true;
}

static bool gather_pieces(struct vionic_rxq *rq, enum vionic_layout l,
			  struct xdp_buff *xdp, u32 slot, u32 left)
{
	u32 part;
	u16 n;

	for (n = 1; left; n++, left -= part) {
		part = min_t(u32, left, rq->ring.room);
		slot = vionic_rx_next_slot(&rq->ring, l, slot, n);
		if (!add_frag(rq, xdp, slot, 0, part)) {
			rq->xdp.batch.errors++;
			return false;
		}
	}
	return true;
}

static bool gather_buffers(struct vionic_rxq *rq, enum vionic_layout l,
			   struct xdp_buff *xdp, u16 left)
{
	struct vionic_used_buf buf;

	for (; left; left--) {
		if (!vionic_rx_next(rq, l, &buf, left))
			return false;
		if (!add_frag(rq, xdp, buf.id, rq->ring.hdr_len, buf.len)) {
			rq->xdp.batch.errors++;
			vionic_rx_repost(&rq->ring, l, &buf, buf.id);
			vionic_rx_repost_rest(rq, left - 1);
			return false;
		}
		vionic_vq_free_buf(&rq->ring.vq, l, &buf);
	}
	rq->batch.merged++;
	return true;
}

/* All of its memory leaves the ring, whatever becomes of it */
static bool gather(struct vionic_rxq *rq, enum vionic_layout l,
		   const struct vionic_used_buf *buf,
		   const struct vionic_rx_frame *f, struct xdp_buff *xdp)
{
	u32 room = rq->ring.room;
	bool ok = true;

	if (f->buffers == 1 && f->len > room)
		ok = gather_pieces(rq, l, xdp, f->slot, f->len - room);
	vionic_rx_take(rq, f->slot);
	vionic_vq_free_buf(&rq->ring.vq, l, buf);
	if (f->buffers > 1)
		ok = gather_buffers(rq, l, xdp, f->buffers - 1);
	if (!ok)
		xdp_return_buff(xdp);
	return ok;
}

/* Around the frame, where it is now */
static struct sk_buff *build(struct vionic_rxq *rq, struct xdp_buff *xdp)
{
	struct skb_shared_info *info = xdp_get_shared_info_from_buff(xdp);
	u32 size = 0;
	struct sk_buff *skb;
	u8 frags = 0;

	if (unlikely(xdp_buff_has_frags(xdp))) {
		frags = info->nr_frags;
		size = info->xdp_frags_size;
	}
	skb = napi_build_skb(xdp->data_hard_start, xdp->frame_sz);
	if (!skb)
		return NULL;
	skb_mark_for_recycle(skb);
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	__skb_put(skb, xdp->data_end - xdp->data);
	if (xdp->data_meta < xdp->data)
		skb_metadata_set(skb, xdp->data - xdp->data_meta);
	if (unlikely(frags))
		vionic_xdp_skb_frags(skb, xdp, frags, size,
				     frags * rq->ring.pool.buf_len);
	return skb;
}

static bool worth_copying(const struct vionic_rxq *rq,
			  const struct xdp_buff *xdp)
{
	return xdp->data_end - xdp->data <= READ_ONCE(rq->copybreak) &&
	       xdp->data_meta == xdp->data;
}

/* The program may have changed the frame: what the header says of its segments holds
 * only if it begins where it did
 */
static struct sk_buff *finish(struct vionic_rxq *rq, struct sk_buff *skb,
			      struct vionic_hdr *hdr, bool moved)
{
	if (moved)
		hdr->gso_type = VIRTIO_NET_HDR_GSO_NONE;
	return vionic_rx_finish(rq, skb, hdr);
}

/* A frame of several pieces, all of them out of the ring */
static struct sk_buff *receive_long(struct vionic_rxq *rq,
				    struct bpf_prog *prog,
				    struct xdp_buff *xdp,
				    struct vionic_hdr *hdr,
				    struct vionic_leaving *out)
{
	void *data = xdp->data;
	u32 len = xdp_get_buff_len(xdp);
	struct sk_buff *skb;
	enum vionic_verdict v;

	if (!prog->aux->xdp_has_frags) {
		rq->xdp.batch.errors++;
		goto drop;
	}
	if ((hdr->flags || hdr->gso_type) && !vionic_rx_told(rq, xdp, hdr)) {
		rq->batch.errors++;
		goto drop;
	}
	v = vionic_rx_run(rq, prog, xdp, out);
	if (v == VIONIC_RX_PASS) {
		skb = build(rq, xdp);
		if (skb)
			return finish(rq, skb, hdr, xdp->data != data ||
				      skb->len != len);
		rq->batch.drops++;
		goto drop;
	}
	vionic_rx_count_gone(rq, len);
	if (v == VIONIC_RX_TAKEN)
		return NULL;
drop:
	xdp_return_buff(xdp);
	return NULL;
}

/* Most: the memory stays in its slot unless somebody takes it */
static __always_inline struct sk_buff *
receive_short(struct vionic_rxq *rq, enum vionic_layout l,
	      const struct vionic_used_buf *buf, struct bpf_prog *prog,
	      struct xdp_buff *xdp, const struct vionic_rx_frame *f,
	      struct vionic_hdr *hdr, struct vionic_leaving *out)
{
	struct sk_buff *skb = NULL;
	void *data = xdp->data;
	bool keep = false;

	if (unlikely((hdr->flags || hdr->gso_type) &&
		     !vionic_rx_told(rq, xdp, hdr))) {
		rq->batch.errors++;
		goto out;
	}
	switch (vionic_rx_run(rq, prog, xdp, out)) {
	case VIONIC_RX_PASS:
		if (worth_copying(rq, xdp)) {
			u32 len = xdp->data_end - xdp->data;

			skb = napi_alloc_skb(rq->napi, len);
			if (skb)
				__skb_put_data(skb, xdp->data, len);
			rq->batch.copybreak += !!skb;
		} else {
			skb = build(rq, xdp);
			keep = skb;
		}
		rq->batch.drops += !skb;
		break;
	case VIONIC_RX_TAKEN:
		keep = true;
		fallthrough;
	case VIONIC_RX_DROP:
		vionic_rx_count_gone(rq, f->len);
		break;
	}
out:
	if (keep) {
		vionic_rx_take(rq, f->slot);
		vionic_vq_free_buf(&rq->ring.vq, l, buf);
	} else {
		/* the program may have written behind the frame, too */
		vionic_rx_repost(&rq->ring, l, buf, f->slot);
	}
	return skb ? finish(rq, skb, hdr, xdp->data != data ||
			    skb->len != f->len) : NULL;
}

static __always_inline struct sk_buff *
receive(struct vionic_rxq *rq, enum vionic_layout l,
	const struct vionic_used_buf *buf, void *ctx)
{
	const struct vionic_judging *by = ctx;
	const struct vionic_rx_ring *ring = &rq->ring;
	struct vionic_rx_frame f __uninitialized;
	struct vionic_hdr hdr __uninitialized;
	struct vionic_rx_buff buff __uninitialized;
	struct xdp_buff *xdp = &buff.xdp;

	if (!vionic_rx_frame(rq, l, buf, &f, &hdr))
		return NULL;
	buff.hdr = &hdr;
	buff.has = rq->hdr_has;
	xdp_init_buff(xdp, ring->pool.buf_len, &rq->xdp.info);
	xdp_prepare_buff(xdp, ring->slot[f.slot].frame - ring->headroom,
			 ring->headroom, min_t(u32, f.len, ring->room), true);
	if (likely(f.buffers == 1 && f.len <= ring->room))
		return receive_short(rq, l, buf, by->prog, xdp, &f, &hdr,
				     by->out);
	if (!gather(rq, l, buf, &f, xdp))
		return NULL;
	return receive_long(rq, by->prog, xdp, &hdr, by->out);
}

int vionic_rx_xdp(struct vionic_rxq *rq, struct bpf_prog *prog, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb))
{
	struct vionic_leaving out = { .flags = VIONIC_TX_XDP_POOL };
	struct vionic_judging by = { .prog = prog, .out = &out };
	int done = vionic_rx_all(rq, budget, receive, &by, deliver);

	if (done)
		vionic_rx_leave(rq, &out);
	return done;
}
