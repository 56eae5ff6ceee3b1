// SPDX-License-Identifier: GPL-2.0
#include "rx_xdp.h"

#include <linux/bpf_trace.h>
#include <linux/filter.h>
#include <net/checksum.h>
#include "rx_frame.h"
#include "tx_xdp.h"

#define TX_BATCH	16	/* frames that are sent under one lock */

/* What becomes of a frame */
enum verdict {
	PASS,	/* the stack gets it */
	TAKEN,	/* somebody else has its memory now */
	DROP,
};

/* Frames of this poll that leave by XDP */
struct leaving {
	struct xdp_frame *tx[TX_BATCH];
	int n;
	bool redirected;
};

static void send(struct vionic_rxq *rq, struct leaving *out)
{
	int sent = vionic_tx_xdp(rq->xdp.tx, out->tx, out->n,
				 VIONIC_TX_XDP_POOL | VIONIC_TX_XDP_FLUSH);

	rq->xdp.batch.tx += sent;
	rq->xdp.batch.errors += out->n - sent;
	while (sent < out->n)
		xdp_return_frame_rx_napi(out->tx[sent++]);
	out->n = 0;
}

static bool put_tx(struct vionic_rxq *rq, struct leaving *out,
		   struct xdp_buff *xdp)
{
	struct xdp_frame *frame = xdp_convert_buff_to_frame(xdp);

	if (unlikely(!frame))
		return false;
	out->tx[out->n++] = frame;
	if (out->n == TX_BATCH)
		send(rq, out);
	return true;
}

static void flush_stats(struct vionic_rxq *rq)
{
	u64_stats_update_begin(&rq->sync);
#define X(name) rq->xdp.stats.name += rq->xdp.batch.name;
	VIONIC_XDP_STATS(X)
#undef X
	u64_stats_update_end(&rq->sync);
	rq->xdp.batch = (struct vionic_xdp_stats) {};
}

static void flush(struct vionic_rxq *rq, struct leaving *out)
{
	if (out->n)
		send(rq, out);
	if (out->redirected)
		xdp_do_flush();
	flush_stats(rq);
}

static __always_inline enum verdict run(struct vionic_rxq *rq,
					struct bpf_prog *prog,
					struct xdp_buff *xdp,
					struct leaving *out)
{
	struct vionic_xdp_stats *count = &rq->xdp.batch;
	u32 act = bpf_prog_run_xdp(prog, xdp);

	count->packets++;
	switch (act) {
	case XDP_PASS:
		return PASS;
	case XDP_DROP:
		count->drops++;
		return DROP;
	case XDP_TX:
		if (likely(put_tx(rq, out, xdp)))
			return TAKEN;
		break;
	case XDP_REDIRECT:
		if (likely(!xdp_do_redirect(rq->dev, xdp, prog))) {
			count->redirects++;
			out->redirected = true;
			return TAKEN;
		}
		break;
	default:
		bpf_warn_invalid_xdp_action(rq->dev, prog, act);
		fallthrough;
	case XDP_ABORTED:
		count->aborted++;
		trace_xdp_exception(rq->dev, prog, act);
		return DROP;
	}
	count->errors++;
	trace_xdp_exception(rq->dev, prog, act);
	return DROP;
}

/* Sum of a frame's bytes from @start, which is in its first piece, on */
static __wsum sum_up(struct xdp_buff *xdp, u32 start)
{
	u32 len = xdp->data_end - xdp->data - start;
	__wsum sum = csum_partial(xdp->data + start, len, 0);
	const struct skb_shared_info *info;
	int i;

	if (!xdp_buff_has_frags(xdp))
		return sum;
	info = xdp_get_shared_info_from_buff(xdp);
	for (i = 0; i < info->nr_frags; i++) {
		const skb_frag_t *frag = &info->frags[i];
		u32 size = skb_frag_size(frag);
		__wsum part = csum_partial(skb_frag_address(frag), size, 0);

		sum = csum_block_add(sum, part, len);
		len += size;
	}
	return sum;
}

/* A frame of the same host may come without its checksum. Programs expect it, and
 * where they send it to nobody would complete it.
 */
static bool complete_csum(struct vionic_rxq *rq, struct xdp_buff *xdp,
			  struct vionic_hdr *hdr)
{
	u32 start = le16_to_cpu(hdr->csum_start);
	u32 place = start + le16_to_cpu(hdr->csum_offset);
	__sum16 sum;

	if (place + sizeof(sum) > xdp->data_end - xdp->data)
		return false;
	sum = csum_fold(sum_up(xdp, start)) ?: CSUM_MANGLED_0;
	memcpy(xdp->data + place, &sum, sizeof(sum));
	hdr->flags = VIRTIO_NET_HDR_F_DATA_VALID;
	rq->xdp.batch.csum++;
	return true;
}

static bool told(struct vionic_rxq *rq, struct xdp_buff *xdp,
		 struct vionic_hdr *hdr)
{
	if (vionic_hdr_rsc(hdr, rq->hdr_has) || vionic_hdr_tunnel(hdr) ||
	    !vionic_hdr_valid(hdr, xdp_get_buff_len(xdp), rq->hdr_has))
		return false;
	return !(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	       complete_csum(rq, xdp, hdr);
}

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

static void count_gone(struct vionic_rxq *rq, u32 len)
{
	rq->batch.packets++;
	rq->batch.bytes += len;
}

/* A frame of several pieces, all of them out of the ring */
static struct sk_buff *receive_long(struct vionic_rxq *rq,
				    struct bpf_prog *prog,
				    struct xdp_buff *xdp,
				    struct vionic_hdr *hdr,
				    struct leaving *out)
{
	void *data = xdp->data;
	u32 len = xdp_get_buff_len(xdp);
	struct sk_buff *skb;
	enum verdict v;

	if (!prog->aux->xdp_has_frags) {
		rq->xdp.batch.errors++;
		goto drop;
	}
	if ((hdr->flags || hdr->gso_type) && !told(rq, xdp, hdr)) {
		rq->batch.errors++;
		goto drop;
	}
	v = run(rq, prog, xdp, out);
	if (v == PASS) {
		skb = build(rq, xdp);
		if (skb)
			return finish(rq, skb, hdr, xdp->data != data ||
				      skb->len != len);
		rq->batch.drops++;
		goto drop;
	}
	count_gone(rq, len);
	if (v == TAKEN)
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
	      struct vionic_hdr *hdr, struct leaving *out)
{
	struct sk_buff *skb = NULL;
	void *data = xdp->data;
	bool keep = false;

	if (unlikely((hdr->flags || hdr->gso_type) && !told(rq, xdp, hdr))) {
		rq->batch.errors++;
		goto out;
	}
	switch (run(rq, prog, xdp, out)) {
	case PASS:
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
	case TAKEN:
		keep = true;
		fallthrough;
	case DROP:
		count_gone(rq, f->len);
		break;
	}
out:
	if (keep) {
		vionic_rx_take(rq, f->slot);
		vionic_vq_free_buf(&rq->ring.vq, l, buf);
	} else {
		vionic_rx_repost(&rq->ring, l, buf, f->slot);
	}
	return skb ? finish(rq, skb, hdr, xdp->data != data ||
			    skb->len != f->len) : NULL;
}

static __always_inline struct sk_buff *
receive(struct vionic_rxq *rq, enum vionic_layout l,
	const struct vionic_used_buf *buf, struct bpf_prog *prog,
	struct leaving *out)
{
	const struct vionic_rx_ring *ring = &rq->ring;
	struct vionic_rx_frame f;
	struct vionic_hdr hdr;
	struct xdp_buff xdp;

	if (!vionic_rx_frame(rq, l, buf, &f, &hdr))
		return NULL;
	xdp_init_buff(&xdp, ring->pool.buf_len, &rq->xdp.info);
	xdp_prepare_buff(&xdp, ring->slot[f.slot].frame - ring->headroom,
			 ring->headroom, min_t(u32, f.len, ring->room), true);
	if (likely(f.buffers == 1 && f.len <= ring->room))
		return receive_short(rq, l, buf, prog, &xdp, &f, &hdr, out);
	if (!gather(rq, l, buf, &f, &xdp))
		return NULL;
	return receive_long(rq, prog, &xdp, &hdr, out);
}

static __always_inline int
receive_all(struct vionic_rxq *rq, enum vionic_layout l, struct bpf_prog *prog,
	    int budget,
	    void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb))
{
	struct leaving out = {};
	struct vionic_vq *vq = &rq->ring.vq;
	struct vionic_used_buf buf;
	int done = 0;

	while (done < budget && vionic_vq_pop(vq, l, &buf) == VIONIC_RING_OK) {
		struct sk_buff *skb;

		if (!done && vionic_vq_exhausted(vq, l, rq->ring.ndesc))
			rq->batch.ring_exhausted++;
		skb = receive(rq, l, &buf, prog, &out);
		if (skb)
			deliver(rq, skb);
		done++;
	}
	if (done)
		flush(rq, &out);
	return done;
}

int vionic_rx_xdp(struct vionic_rxq *rq, struct bpf_prog *prog, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb))
{
	switch ((enum vionic_layout)rq->ring.vq.layout) {
	case VIONIC_SPLIT:
		return receive_all(rq, VIONIC_SPLIT, prog, budget, deliver);
	case VIONIC_SPLIT_IN_ORDER:
		return receive_all(rq, VIONIC_SPLIT_IN_ORDER, prog, budget,
				   deliver);
	case VIONIC_PACKED:
		return receive_all(rq, VIONIC_PACKED, prog, budget, deliver);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return receive_all(rq, VIONIC_PACKED_IN_ORDER, prog, budget, deliver);
}
