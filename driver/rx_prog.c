// SPDX-License-Identifier: GPL-2.0
#include "rx_prog.h"

#include <net/checksum.h>
#include "tx_xdp.h"

static void send(struct vionic_rxq *rq, struct vionic_leaving *out)
{
	int sent = vionic_tx_xdp(rq->xdp.tx, out->tx, out->n,
				 out->flags | VIONIC_TX_XDP_FLUSH);

	rq->xdp.batch.tx += sent;
	rq->xdp.batch.errors += out->n - sent;
	while (sent < out->n)
		xdp_return_frame_rx_napi(out->tx[sent++]);
	out->n = 0;
}

bool vionic_rx_send(struct vionic_rxq *rq, struct vionic_leaving *out,
		    struct xdp_buff *xdp)
{
	struct xdp_frame *frame = xdp_convert_buff_to_frame(xdp);

	if (unlikely(!frame))
		return false;
	out->tx[out->n++] = frame;
	if (out->n == VIONIC_RX_TX_BATCH)
		send(rq, out);
	return true;
}

static void flush_stats(struct vionic_rxq *rq)
{
	u64_stats_update_begin(&rq->sync);
#define X(name) u64_stats_add(&rq->xdp.stats.name, rq->xdp.batch.name);
	VIONIC_XDP_STATS(X)
#undef X
	u64_stats_update_end(&rq->sync);
	rq->xdp.batch = (struct vionic_xdp_stats) {};
}

void vionic_rx_leave(struct vionic_rxq *rq, struct vionic_leaving *out)
{
	if (out->n)
		send(rq, out);
	if (out->redirected)
		xdp_do_flush();
	flush_stats(rq);
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

bool vionic_rx_told(struct vionic_rxq *rq, struct xdp_buff *xdp,
		    struct vionic_hdr *hdr)
{
	if (vionic_hdr_rsc(hdr, rq->hdr_has) || vionic_hdr_tunnel(hdr) ||
	    !vionic_hdr_valid(hdr, xdp_get_buff_len(xdp), rq->hdr_has))
		return false;
	return !(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	       complete_csum(rq, xdp, hdr);
}
