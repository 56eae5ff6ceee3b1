// SPDX-License-Identifier: GPL-2.0
#include "rx.h"

#include "rx_frame.h"
#include "rx_hds.h"
#include "rx_xdp.h"
#include "rx_xsk.h"
#include "trace.h"

#define RX_RETRY	(HZ / 50 ?: 1)	/* between tries when memory is out */
#define RX_BATCH	16	/* free descriptors that are worth a refill */

/* A frame being put together */
struct rx_frame {
	struct sk_buff *head;	/* what the stack gets */
	struct sk_buff *tail;	/* last of its frag list, or the head */
};

static void rx_retry(struct timer_list *t)
{
	struct vionic_rxq *rq = timer_container_of(rq, t, retry);

	napi_schedule(rq->napi);
}

int vionic_rx_init(struct vionic_rxq *rq)
{
	rq->copybreak = VIONIC_RX_COPYBREAK;
	u64_stats_init(&rq->sync);
	timer_setup(&rq->retry, rx_retry, 0);
	return xdp_rxq_info_reg(&rq->xdp.info, rq->dev, rq->index,
				rq->napi->napi_id);
}

void vionic_rx_exit(struct vionic_rxq *rq)
{
	/* memory models are those of the pools */
	rq->xdp.info.mem = (struct xdp_mem_info) {};
	xdp_rxq_info_unreg(&rq->xdp.info);
	vionic_rx_pools_destroy(&rq->pools);
}

void vionic_rx_start(struct vionic_rxq *rq)
{
	const struct vionic_rx_pool *pool = &rq->ring.pool;
	struct xdp_rxq_info *info = &rq->xdp.info;

	info->mem = pool->mem;
	/* pieces of a page are not where their offset in it says */
	info->frag_size = pool->buf_len < PAGE_SIZE ? 0 : pool->buf_len;
	vionic_vq_flush(&rq->ring.vq, rq->ring.vq.layout);
}

void vionic_rx_stop(struct vionic_rxq *rq)
{
	timer_delete_sync(&rq->retry);
}

/* Short frame: copy it and leave the buffer in its slot */
static __always_inline struct sk_buff *
copy_frame(struct vionic_rxq *rq, enum vionic_layout l,
	   const struct vionic_used_buf *buf, u32 slot, u32 len)
{
	struct sk_buff *skb = napi_alloc_skb(rq->napi, len);

	if (skb) {
		/* there is room, as asked for */
		__skb_put_data(skb, rq->ring.slot[slot].frame, len);
		rq->batch.copybreak++;
	}
	vionic_rx_repost_short(&rq->ring, l, buf, slot, len);
	return skb;
}

/* Build an skb around the first piece of a frame */
static struct sk_buff *wrap(struct vionic_rxq *rq, u32 slot, u32 len)
{
	const struct vionic_rx_ring *ring = &rq->ring;
	struct sk_buff *skb;

	skb = napi_build_skb(ring->slot[slot].frame - ring->headroom,
			     ring->pool.buf_len);
	if (!skb)
		return NULL;
	vionic_rx_take(rq, slot);
	skb_mark_for_recycle(skb);
	skb_reserve(skb, ring->headroom);
	__skb_put(skb, len);
	return skb;
}

/* Hang a further piece onto the frame, of which @lead bytes of its beginning are
 * where a header would be. Full skbs are continued in a frag list
 */
static bool add(struct vionic_rxq *rq, struct rx_frame *f, u32 slot, u8 lead,
		u32 len)
{
	struct vionic_rx_ring *ring = &rq->ring;
	struct page *page;
	void *data;

	if (skb_shinfo(f->tail)->nr_frags == MAX_SKB_FRAGS) {
		struct sk_buff *next = napi_alloc_skb(rq->napi, 0);

		if (!next)
			return false;
		skb_mark_for_recycle(next);
		if (f->tail == f->head)
			skb_shinfo(f->head)->frag_list = next;
		else
			f->tail->next = next;
		f->tail = next;
		f->head->truesize += next->truesize;
	}
	vionic_rx_sync(ring, &ring->slot[slot], ring->hdr_len - lead, len);
	data = vionic_rx_take(rq, slot) - lead;
	page = virt_to_head_page(data);
	skb_add_rx_frag(f->tail, skb_shinfo(f->tail)->nr_frags, page,
			data - page_address(page), len, ring->pool.buf_len);
	if (f->tail != f->head) {
		f->head->len += len;
		f->head->data_len += len;
		f->head->truesize += ring->pool.buf_len;
	}
	return true;
}

/* Frame in one buffer, which may be several pieces */
static __always_inline struct sk_buff *
build_single(struct vionic_rxq *rq, enum vionic_layout l,
	     const struct vionic_used_buf *buf, u32 slot, u32 len)
{
	struct rx_frame f;
	u32 part = min_t(u32, len, rq->ring.room);
	u16 n = 0;

	f.head = wrap(rq, slot, part);
	if (!f.head) {
		vionic_rx_repost(&rq->ring, l, buf, slot);
		return NULL;
	}
	f.tail = f.head;
	while (len -= part) {
		slot = vionic_rx_next_slot(&rq->ring, l, slot, ++n);
		part = min_t(u32, len, rq->ring.room);
		if (!add(rq, &f, slot, 0, part)) {
			dev_kfree_skb_any(f.head);
			f.head = NULL;
			break;
		}
	}
	vionic_vq_free_buf(&rq->ring.vq, l, buf);
	return f.head;
}

/* Add the buffers behind the first of a merged frame */
static __always_inline bool merge(struct vionic_rxq *rq, enum vionic_layout l,
				  struct rx_frame *f, u16 n)
{
	struct vionic_used_buf buf;

	for (; n; n--) {
		if (!vionic_rx_next(rq, l, &buf, n))
			return false;
		if (!add(rq, f, buf.id, rq->ring.hdr_len, buf.len)) {
			rq->batch.drops++;
			vionic_rx_repost(&rq->ring, l, &buf, buf.id);
			vionic_rx_repost_rest(rq, n - 1);
			return false;
		}
		vionic_vq_free_buf(&rq->ring.vq, l, &buf);
	}
	rq->batch.merged++;
	return true;
}

/* Out of line: registers are short in the loop of those that fit */
static noinline struct sk_buff *
build_merged(struct vionic_rxq *rq, enum vionic_layout l,
	     const struct vionic_used_buf *buf, u32 len, u16 n)
{
	struct rx_frame f;

	f.head = wrap(rq, buf->id, len);
	if (!f.head) {
		rq->batch.drops++;
		vionic_rx_repost(&rq->ring, l, buf, buf->id);
		vionic_rx_repost_rest(rq, n - 1);
		return NULL;
	}
	f.tail = f.head;
	vionic_vq_free_buf(&rq->ring.vq, l, buf);
	if (!merge(rq, l, &f, n - 1)) {
		dev_kfree_skb_any(f.head);
		return NULL;
	}
	return f.head;
}

/* Turn a used buffer, and those that belong to it, into an skb that is ready for
 * the stack
 */
static __always_inline struct sk_buff *
receive(struct vionic_rxq *rq, enum vionic_layout l,
	const struct vionic_used_buf *buf, void *ctx)
{
	struct vionic_rx_frame f;
	struct vionic_hdr hdr __uninitialized;
	struct sk_buff *skb;

	if (!vionic_rx_frame(rq, l, buf, &f, &hdr))
		return NULL;
	if (f.buffers > 1) {
		skb = build_merged(rq, l, buf, f.len, f.buffers);
	} else {
		if (f.len <= READ_ONCE(rq->copybreak))
			skb = copy_frame(rq, l, buf, f.slot, f.len);
		else
			skb = build_single(rq, l, buf, f.slot, f.len);
		rq->batch.drops += !skb;
	}
	return skb ? vionic_rx_finish(rq, skb, &hdr) : NULL;
}

/* One is counted as it is */
noinline void vionic_rx_count_gso(struct vionic_rxq *rq,
				  const struct sk_buff *skb)
{
	u32 bytes;
	u32 frames = vionic_offload_wire_gso(skb, &bytes);

	rq->batch.packets += frames - 1;
	rq->batch.bytes += bytes - skb->len;
	rq->batch.gso++;
	rq->batch.gso_bytes += skb->len;
	rq->batch.gso_frames += frames;
	rq->batch.gso_wire_bytes += bytes;
}

/* Add what this poll counted to the totals */
static void flush_stats(struct vionic_rxq *rq)
{
	u64_stats_update_begin(&rq->sync);
#define X(name) u64_stats_add(&rq->stats.name, rq->batch.name);
	VIONIC_RX_STATS(X)
#undef X
	u64_stats_update_end(&rq->sync);
	rq->batch = (struct vionic_rx_stats) {};
}

/* Post what is missing. Without memory try again later: with no buffer posted
 * there would never be an interrupt to try in.
 */
static void refill(struct vionic_rxq *rq)
{
	struct vionic_rx_ring *ring = &rq->ring;
	u16 batch = min_t(u16, RX_BATCH, vionic_vq_num(&ring->vq) / 4);
	u16 free = vionic_vq_free_count(&ring->vq);

	if (free >= max(batch, ring->ndesc)) {
		if (unlikely(ring->xsk)) {
			vionic_rx_xsk_refill(rq);
		} else if (!vionic_rx_refill(ring, GFP_ATOMIC)) {
			rq->batch.refill_fail++;
			mod_timer(&rq->retry, jiffies + RX_RETRY);
		}
		trace_vionic_refill(rq->dev, rq->index,
				    free - vionic_vq_free_count(&ring->vq),
				    vionic_vq_free_count(&ring->vq));
	}
	/* a device that never said what it wants would be kicked by each poll */
	if (!vionic_ring_has_news(&ring->vq.ring, ring->vq.layout) ||
	    !vionic_vq_flush(&ring->vq, ring->vq.layout))
		return;
	rq->batch.kicks++;
	trace_vionic_kick(rq->dev, ring->vq.index,
			  vionic_vq_inflight(&ring->vq));
}

static void deliver(struct vionic_rxq *rq, struct sk_buff *skb)
{
	napi_gro_receive(rq->napi, skb);
}

static void deliver_drained(struct vionic_rxq *rq, struct sk_buff *skb)
{
	netif_receive_skb(skb);
}

/* By a program, for sockets, or in memory that no skb is built around */
static noinline int receive_other(struct vionic_rxq *rq, struct bpf_prog *prog,
				  int budget, vionic_rx_deliver_t *deliver)
{
	if (rq->ring.xsk)
		return vionic_rx_xsk(rq, prog, budget, deliver);
	if (VIONIC_HAS_HDS && rq->ring.page)
		return vionic_rx_hds(rq, budget, deliver);
	return vionic_rx_xdp(rq, prog, budget, deliver);
}

static int receive_budget(struct vionic_rxq *rq, int budget)
{
	struct bpf_prog *prog = rcu_dereference_bh(rq->xdp.prog);

	if (unlikely(prog || rq->ring.foreign))
		return receive_other(rq, prog, budget, deliver);
	return vionic_rx_all(rq, budget, receive, NULL, deliver);
}

int vionic_rx_poll(struct vionic_rxq *rq, int budget)
{
	int done = receive_budget(rq, budget);

	rq->batch.polls++;
	if (likely(!vionic_vq_broken(&rq->ring.vq)))
		refill(rq);
	flush_stats(rq);
	return done;
}

void vionic_rx_again(struct vionic_rxq *rq, unsigned long when)
{
	mod_timer(&rq->retry, when);
}

void vionic_rx_rekick(struct vionic_rxq *rq)
{
	vionic_vq_kick(&rq->ring.vq, rq->ring.vq.layout);
}

static void drain(struct vionic_rxq *rq)
{
	struct vionic_vq *vq = &rq->ring.vq;
	enum vionic_layout l = vq->layout;
	u32 left = vionic_vq_num(vq);
	struct vionic_used_buf buf;

	while (left-- && vionic_vq_pop(vq, l, &buf) == VIONIC_RING_OK) {
		struct sk_buff *skb = receive(rq, l, &buf, NULL);

		if (skb)
			deliver_drained(rq, skb);
	}
}

void vionic_rx_drain(struct vionic_rxq *rq)
{
	u16 num = vionic_vq_num(&rq->ring.vq);
	struct vionic_bpf_ctx ctx;
	struct bpf_prog *prog;

	/* as in poll: allocators of skbs and pages expect softirqs off */
	local_bh_disable();
	prog = rcu_dereference_bh(rq->xdp.prog);
	vionic_bpf_ctx_set(&ctx);
	if (prog || rq->ring.foreign)
		receive_other(rq, prog, num, deliver_drained);
	else
		drain(rq);
	vionic_bpf_ctx_clear(&ctx);
	flush_stats(rq);
	local_bh_enable();
}
