// SPDX-License-Identifier: GPL-2.0
#include "rx_xsk.h"

#include "rx_frame.h"
#include "rx_prog.h"

/* Long frame: what follows was written from where a header would be */
static bool add_frag(struct vionic_rxq *rq, struct xdp_buff *head, u32 slot,
		     u32 len)
{
	struct xdp_buff *xdp = rq->ring.buff[slot];

	vionic_rx_sync(&rq->ring, &rq->ring.slot[slot], 0, len);
	xsk_buff_set_size(xdp, len);
	xdp->data -= rq->ring.hdr_len;
	xdp->data_meta -= rq->ring.hdr_len;
	xdp->data_end -= rq->ring.hdr_len;
	if (!vionic_xsk_add_frag(head, xdp))
		return false;
	vionic_rx_take(rq, slot);
	return true;
}

static bool gather(struct vionic_rxq *rq, enum vionic_layout l,
		   struct xdp_buff *head, u16 left)
{
	struct vionic_used_buf buf;

	for (; left; left--) {
		if (!vionic_rx_next(rq, l, &buf, left))
			return false;
		if (!add_frag(rq, head, buf.id, buf.len)) {
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

/* For the stack: sockets want their memory back soon */
static struct sk_buff *copy(struct vionic_rxq *rq, struct xdp_buff *xdp)
{
	u32 meta = xdp->data - xdp->data_meta;
	u32 head = xdp->data_end - xdp->data_meta;
	u32 len = meta + xdp_get_buff_len(xdp);
	struct sk_buff *skb;

	skb = napi_alloc_skb(rq->napi, len);
	if (!skb)
		return NULL;
	__skb_put_data(skb, xdp->data_meta, head);
	if (unlikely(xdp_buff_has_frags(xdp)))
		vionic_rx_copy_frags(__skb_put(skb, len - head), xdp);
	if (meta) {
		__skb_pull(skb, meta);
		skb_metadata_set(skb, meta);
	}
	return skb;
}

/* What the header says of segments holds only if the frame is as it was */
static struct sk_buff *pass(struct vionic_rxq *rq, struct xdp_buff *xdp,
			    struct vionic_hdr *hdr, const void *data, u32 len)
{
	struct sk_buff *skb = copy(rq, xdp);

	if (xdp->data != data || xdp_get_buff_len(xdp) != len)
		hdr->gso_type = VIRTIO_NET_HDR_GSO_NONE;
	xsk_buff_free(xdp);
	if (!skb) {
		rq->batch.drops++;
		return NULL;
	}
	rq->batch.copybreak++;
	return vionic_rx_finish(rq, skb, hdr);
}

static __always_inline struct sk_buff *
have_judged(struct vionic_rxq *rq, struct bpf_prog *prog, struct xdp_buff *xdp,
	    struct vionic_hdr *hdr, struct vionic_leaving *out)
{
	const void *data = xdp->data;
	u32 len = xdp_get_buff_len(xdp);

	if (!prog)
		return pass(rq, xdp, hdr, data, len);
	if (vionic_xsk_has_room(struct vionic_rx_buff)) {
		struct vionic_rx_buff *buff = (void *)xdp;

		buff->hdr = hdr;
		buff->has = rq->hdr_has;
	}
	if (xdp_buff_has_frags(xdp) && !prog->aux->xdp_has_frags) {
		rq->xdp.batch.errors++;
		goto free;
	}
	if ((hdr->flags || hdr->gso_type) && !vionic_rx_told(rq, xdp, hdr)) {
		rq->batch.errors++;
		goto free;
	}
	switch (vionic_rx_run(rq, prog, xdp, out)) {
	case VIONIC_RX_PASS:
		return pass(rq, xdp, hdr, data, len);
	case VIONIC_RX_TAKEN:
		vionic_rx_count_gone(rq, len);
		return NULL;
	case VIONIC_RX_DROP:
		vionic_rx_count_gone(rq, len);
		break;
	}
free:
	xsk_buff_free(xdp);
	return NULL;
}

static __always_inline struct sk_buff *
receive(struct vionic_rxq *rq, enum vionic_layout l,
	const struct vionic_used_buf *buf, void *ctx)
{
	const struct vionic_judging *by = ctx;
	struct vionic_rx_frame f __uninitialized;
	struct vionic_hdr hdr __uninitialized;
	struct xdp_buff *xdp;

	if (!vionic_rx_frame(rq, l, buf, &f, &hdr))
		return NULL;
	xdp = rq->ring.buff[f.slot];
	xsk_buff_set_size(xdp, f.len);
	vionic_rx_take(rq, f.slot);
	vionic_vq_free_buf(&rq->ring.vq, l, buf);
	if (unlikely(f.buffers > 1) && !gather(rq, l, xdp, f.buffers - 1)) {
		xsk_buff_free(xdp);
		return NULL;
	}
	return have_judged(rq, by->prog, xdp, &hdr, by->out);
}

int vionic_rx_xsk(struct vionic_rxq *rq, struct bpf_prog *prog, int budget,
		  void (*deliver)(struct vionic_rxq *rq, struct sk_buff *skb))
{
	struct vionic_leaving out = {};	/* copies, if any: of no pool */
	struct vionic_judging by = { .prog = prog, .out = &out };
	int done = vionic_rx_all(rq, budget, receive, &by, deliver);

	if (done)
		vionic_rx_leave(rq, &out);
	return done;
}

/* A socket that does not want to be asked is looked at again soon: with no buffer
 * posted there would be no interrupt to look in.
 */
void vionic_rx_xsk_refill(struct vionic_rxq *rq)
{
	struct xsk_buff_pool *pool = rq->ring.xsk;
	bool full = vionic_rx_refill_xsk(&rq->ring);

	if (!xsk_uses_need_wakeup(pool)) {
		if (!full)
			mod_timer(&rq->retry, jiffies + 1);
	} else if (full) {
		xsk_clear_rx_need_wakeup(pool);
	} else {
		xsk_set_rx_need_wakeup(pool);
	}
}
