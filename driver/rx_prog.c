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

void vionic_rx_copy_frags(void *to, struct xdp_buff *xdp)
{
	const struct skb_shared_info *info = xdp_get_shared_info_from_buff(xdp);
	int i;

	for (i = 0; i < info->nr_frags; i++) {
		u32 size = skb_frag_size(&info->frags[i]);

		memcpy(to, skb_frag_address(&info->frags[i]), size);
		to += size;
	}
}

/* A frame of several buffers in AF_XDP memory: xdp_convert_buff_to_frame() would copy
 * the first of them and free the others.
 */
static bool rx_prog_needs_copy(struct xdp_buff *xdp)
{
	return unlikely(xdp_buff_has_frags(xdp)) &&
	       xdp->rxq->mem.type == MEM_TYPE_XSK_BUFF_POOL;
}

/* Return: a copy in pages of its own, or NULL without memory */
static struct xdp_frame *rx_prog_copy_frame(struct xdp_buff *xdp)
{
	struct xdp_rxq_info info = { .mem.type = MEM_TYPE_PAGE_ORDER0 };
	u32 head = xdp->data_end - xdp->data;
	u32 len = xdp_get_buff_len(xdp);
	int order = get_order(XDP_PACKET_HEADROOM + SKB_DATA_ALIGN(len) +
			      SKB_DATA_ALIGN(sizeof(struct skb_shared_info)));
	struct page *page = dev_alloc_pages(order);
	struct xdp_frame *frame;
	struct xdp_buff copy;

	if (!page)
		return NULL;
	xdp_init_buff(&copy, PAGE_SIZE << order, &info);
	xdp_prepare_buff(&copy, page_address(page), XDP_PACKET_HEADROOM, len,
			 false);
	memcpy(copy.data, xdp->data, head);
	vionic_rx_copy_frags(copy.data + head, xdp);
	frame = xdp_convert_buff_to_frame(&copy);
	/* some kernels have 16 bits for the length */
	if (frame && xdp_get_frame_len(frame) == len)
		return frame;
	put_page(page);
	return NULL;
}

static struct xdp_frame *rx_prog_to_frame(struct xdp_buff *xdp)
{
	struct xdp_frame *frame;

	if (!rx_prog_needs_copy(xdp))
		return xdp_convert_buff_to_frame(xdp);
	frame = rx_prog_copy_frame(xdp);
	if (frame)
		xsk_buff_free(xdp);
	return frame;
}

int vionic_rx_redirect_long(struct vionic_rxq *rq, struct bpf_prog *prog,
			    struct xdp_buff *xdp)
{
	struct xdp_frame *frame;
	int err;

	if (!rx_prog_needs_copy(xdp) || vionic_xdp_to_socket())
		return xdp_do_redirect(rq->dev, xdp, prog);
	frame = rx_prog_copy_frame(xdp);
	if (!frame)
		return -ENOMEM;
	err = xdp_do_redirect_frame(rq->dev, xdp, frame, prog);
	if (err)
		xdp_return_frame_rx_napi(frame);
	else
		xsk_buff_free(xdp);
	return err;
}

bool vionic_rx_send(struct vionic_rxq *rq, struct vionic_leaving *out,
		    struct xdp_buff *xdp)
{
	struct xdp_frame *frame = rx_prog_to_frame(xdp);

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
