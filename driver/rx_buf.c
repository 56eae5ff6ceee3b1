// SPDX-License-Identifier: GPL-2.0
#include "rx_buf.h"

#include <linux/slab.h>
#include "rx_hds.h"

#define POOL_MAX	16384	/* PAGE_SIZEs that a pool may keep */

static u32 slots(const struct vionic_rx_ring *ring)
{
	u32 num = vionic_vq_num(&ring->vq);

	return ring->tables.block ? num * ring->chain : num;
}

/* Descriptors of a buffer, wherever they are */
static u16 entries(const struct vionic_rx_ring *ring)
{
	return ring->chain + ring->hdr_apart;
}

/* Pieces smaller than a page share one */
static bool is_fragment(u32 buf_len)
{
	return buf_len < PAGE_SIZE;
}

/* Pages that a pool should keep for the next ring: of large ones no more memory
 * than of ordinary ones, as it is not given back while the pool is idle
 */
static u32 pool_pages(const struct vionic_rx_ring_params *ring)
{
	size_t bytes = min_t(u32, ring->buf_len, VIONIC_RX_BUF_DEFAULT);
	size_t pages = DIV_ROUND_UP(bytes * ring->pool_size, PAGE_SIZE);

	pages = min_t(size_t, pages, POOL_MAX) >> get_order(ring->buf_len);
	return pages ?: 1;
}

static void destroy_pool(struct vionic_rx_pool *pool)
{
	if (!pool->pp)
		return;
	/* two users: it goes when the second does */
	xdp_unreg_mem_model(&pool->mem);
	page_pool_destroy(pool->pp);
}

static int create_pool(struct vionic_rx_pool *pool,
		       const struct vionic_rx_ring_params *ring)
{
	unsigned int order = get_order(ring->buf_len);
	struct device *dev = ring->vq.dev;
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP |
			 (ring->vq.physical ? 0 : PP_FLAG_DMA_SYNC_DEV),
		.order = order,
		.pool_size = pool_pages(ring),
		.nid = dev_to_node(dev),
		.dev = dev,
		.dma_dir = ring->dir,
		.max_len = PAGE_SIZE << order,
	};
	int err;

	if (is_fragment(ring->buf_len)) {
		params.flags |= PP_FLAG_PAGE_FRAG;
	} else {
		params.offset = vionic_rx_headroom(ring->buf_len) -
				ring->hdr_len;
		params.max_len = ring->hdr_len + vionic_rx_room(ring->buf_len);
	}
	pool->pp = page_pool_create(&params);
	if (IS_ERR(pool->pp))
		return PTR_ERR(pool->pp);
	err = xdp_reg_mem_model(&pool->mem, MEM_TYPE_PAGE_POOL, pool->pp);
	if (err)
		page_pool_destroy(pool->pp);
	return err;
}

static bool same_kind(const struct vionic_rx_pool *a,
		      const struct vionic_rx_pool *b)
{
	return a->buf_len == b->buf_len && a->dir == b->dir;
}

static int get_pool(struct vionic_rx_ring *ring,
		    const struct vionic_rx_ring_params *params)
{
	struct vionic_rx_pool pool = {
		.buf_len = params->buf_len,
		.dir = params->dir,
	};
	struct vionic_rx_pool *idle = params->pools->idle;
	int i;

	for (i = 0; i < ARRAY_SIZE(params->pools->idle) && !pool.pp; i++)
		if (same_kind(&idle[i], &pool))
			swap(pool, idle[i]);
	if (!pool.pp) {
		int err = create_pool(&pool, params);

		if (err)
			return err;
	}
	ring->pool = pool;
	ring->pools = params->pools;
	return 0;
}

/* To where there is none, else instead of one of another kind */
static void put_pool(struct vionic_rx_ring *ring)
{
	struct vionic_rx_pool *idle = ring->pools->idle;
	struct vionic_rx_pool pool = ring->pool;
	int i;

	for (i = 0; i < ARRAY_SIZE(ring->pools->idle) && pool.pp; i++)
		if (!idle[i].pp)
			swap(pool, idle[i]);
	for (i = 0; i < ARRAY_SIZE(ring->pools->idle); i++)
		if (pool.pp && !same_kind(&idle[i], &ring->pool)) {
			swap(pool, idle[i]);
			break;
		}
	destroy_pool(&pool);
}

void vionic_rx_pools_destroy(struct vionic_rx_pools *pools)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(pools->idle); i++)
		destroy_pool(&pools->idle[i]);
	*pools = (struct vionic_rx_pools) {};
}

static int alloc_tables(struct vionic_rx_ring *ring)
{
	const size_t entry = sizeof(struct vionic_desc);
	int err;

	err = vionic_dma_blocks_alloc(&ring->tables, ring->vq.dev,
				      vionic_vq_num(&ring->vq),
				      entry * entries(ring), entry);
	if (!err)
		ring->ndesc = 1;
	return err;
}

/* Filled when it is first polled */
static int alloc_buffs(struct vionic_rx_ring *ring, struct xsk_buff_pool *xsk)
{
	ring->xsk = xsk;
	ring->pool.mem.type = MEM_TYPE_XSK_BUFF_POOL;
	ring->pool.dir = DMA_BIDIRECTIONAL;
	ring->buff = kvcalloc(slots(ring), sizeof(*ring->buff), GFP_KERNEL);
	return ring->buff ? 0 : -ENOMEM;
}

static int fill_ring(struct vionic_rx_ring *ring,
		     const struct vionic_rx_ring_params *params)
{
	int err = 0;

	if (params->vq.indirect && ring->ndesc > 1 && !params->xsk)
		err = alloc_tables(ring);
	if (err)
		return err;
	ring->slot = kvcalloc(slots(ring), sizeof(*ring->slot), GFP_KERNEL);
	if (!ring->slot)
		return -ENOMEM;
	if (params->xsk)
		return alloc_buffs(ring, params->xsk);
	if (VIONIC_HAS_HDS && params->hds)
		return vionic_rx_hds_alloc(ring, params);
	err = get_pool(ring, params);
	if (err)
		return err;
	return vionic_rx_refill(ring, GFP_KERNEL) ? 0 : -ENOMEM;
}

int vionic_rx_ring_alloc(struct vionic_rx_ring *ring,
			 const struct vionic_rx_ring_params *params)
{
	struct vionic_vq_params vq = params->vq;
	int err;

	ring->room = params->xsk ? xsk_pool_get_rx_frame_size(params->xsk) :
		     params->hds ? VIONIC_HDS_HEAD :
				   vionic_rx_room(params->buf_len);
	ring->page_room = params->hds ? vionic_rx_hds_page(params->buf_len) : 0;
	ring->headroom = vionic_rx_headroom(params->buf_len);
	ring->posted = params->hdr_len + ring->room * params->chain +
		       ring->page_room;
	ring->foreign = params->xsk || params->hds;
	vq.fill = ring->posted;
	err = vionic_vq_alloc(&ring->vq, &vq);
	if (err)
		return err;
	ring->hdr_len = params->hdr_len;
	ring->hdr_apart = params->hdr_apart;
	ring->chain = params->chain;
	ring->ndesc = entries(ring);
	err = fill_ring(ring, params);
	if (err)
		vionic_rx_ring_free(ring);
	return err;
}

static void free_slot(struct vionic_rx_ring *ring, struct vionic_rx_slot *slot)
{
	if (slot->frame)
		page_pool_put_full_page(ring->pool.pp,
					virt_to_head_page(slot->frame), false);
}

void vionic_rx_ring_unload(struct vionic_rx_ring *ring)
{
	u32 i;

	if (!ring->xsk || !ring->buff)
		return;
	for (i = 0; i < slots(ring); i++) {
		if (ring->slot[i].frame)
			xsk_buff_free(ring->buff[i]);
		ring->slot[i].frame = NULL;
	}
}

void vionic_rx_ring_free(struct vionic_rx_ring *ring)
{
	u32 i;

	if (!ring->vq.dev)
		return;
	vionic_rx_ring_unload(ring);
	if (VIONIC_HAS_HDS && ring->page)
		vionic_rx_hds_free(ring);
	for (i = 0; ring->pool.pp && i < slots(ring); i++)
		free_slot(ring, &ring->slot[i]);
	if (ring->pool.pp)
		put_pool(ring);
	kvfree(ring->slot);
	kvfree(ring->buff);
	vionic_dma_blocks_free(&ring->tables);
	vionic_vq_free(&ring->vq);
	*ring = (struct vionic_rx_ring) {};
}

static bool alloc_buff(struct vionic_rx_ring *ring, u32 i)
{
	struct xdp_buff *xdp = xsk_buff_alloc(ring->xsk);

	if (!xdp)
		return false;
	ring->buff[i] = xdp;
	ring->slot[i].frame = xdp->data;
	ring->slot[i].dma = xsk_buff_xdp_get_dma(xdp) - ring->hdr_len;
	return true;
}

static __always_inline bool put_page_in(const struct vionic_rx_ring *ring,
					struct vionic_rx_slot *slot,
					struct page *page, unsigned int offset)
{
	if (!page)
		return false;
	offset += ring->headroom;
	slot->frame = page_address(page) + offset;
	slot->dma = page_pool_get_dma_addr(page) + offset - ring->hdr_len;
	return true;
}

/* Out of line: a variable whose address is taken costs the caller a check of its
 * stack
 */
static noinline bool alloc_fragment(struct vionic_rx_ring *ring,
				    struct vionic_rx_slot *slot, gfp_t gfp)
{
	unsigned int offset;
	struct page *page;

	page = page_pool_alloc_frag(ring->pool.pp, &offset, ring->pool.buf_len,
				    gfp);
	return put_page_in(ring, slot, page, offset);
}

static __always_inline bool
alloc_slot(struct vionic_rx_ring *ring, struct vionic_rx_slot *slot, gfp_t gfp)
{
	struct page *page;

	gfp |= __GFP_NOWARN;
	if (is_fragment(ring->pool.buf_len))
		return alloc_fragment(ring, slot, gfp);
	page = page_pool_alloc_pages(ring->pool.pp, gfp);
	return put_page_in(ring, slot, page, 0);
}

/* A slot may have its memory still, from a buffer that nothing was taken of or a
 * ring that is used again
 */
static __always_inline bool fill_slot(struct vionic_rx_ring *ring, u32 slot,
				      gfp_t gfp, const bool xsk)
{
	struct vionic_rx_slot *s = &ring->slot[slot];

	return s->frame || (xsk ? alloc_buff(ring, slot) :
				  alloc_slot(ring, s, gfp));
}

/* Bytes of header that the device gets together with the nth piece */
static u32 lead(const struct vionic_rx_ring *ring, u16 nth)
{
	return nth || ring->hdr_apart ? 0 : ring->hdr_len;
}

static u32 slot_len(const struct vionic_rx_ring *ring, u16 nth)
{
	return lead(ring, nth) + ring->room;
}

static dma_addr_t slot_dma(const struct vionic_rx_ring *ring, u32 slot, u16 nth)
{
	return ring->slot[slot].dma + ring->hdr_len - lead(ring, nth);
}

/* Memory that was put before no more was left waits in its slots */
static __always_inline bool post_chain(struct vionic_rx_ring *ring,
				       enum vionic_layout l, gfp_t gfp,
				       const bool xsk)
{
	u16 head = vionic_vq_head(&ring->vq, l);
	bool apart = ring->hdr_apart;
	u16 n;

	for (n = 0; n < ring->chain; n++) {
		u16 flags = n + 1 < ring->chain ? VRING_DESC_F_NEXT : 0;
		u16 id = vionic_vq_head(&ring->vq, l);

		if (!fill_slot(ring, id, gfp, xsk)) {
			vionic_vq_rewind(&ring->vq, l, n ? n + apart : 0);
			return false;
		}
		if (!n && apart)
			vionic_vq_put(&ring->vq, l, head, ring->slot[id].dma,
				      ring->hdr_len,
				      VRING_DESC_F_NEXT | VRING_DESC_F_WRITE);
		vionic_vq_put(&ring->vq, l, head, slot_dma(ring, id, n),
			      slot_len(ring, n), flags | VRING_DESC_F_WRITE);
	}
	vionic_vq_commit(&ring->vq, l, head, ring->ndesc);
	return true;
}

static bool post_table(struct vionic_rx_ring *ring, enum vionic_layout l,
		       gfp_t gfp)
{
	u16 head = vionic_vq_head(&ring->vq, l);
	u32 slot = vionic_rx_first_slot(ring, head);
	const struct vionic_dma_block *table = &ring->tables.block[head];
	u16 i = 0;
	u16 n;

	for (n = 0; n < ring->chain; n++) {
		if (!fill_slot(ring, slot + n, gfp, false))
			return false;
		if (!n && ring->hdr_apart)
			vionic_ring_indirect(l, table->mem, i++, false,
					     VRING_DESC_F_WRITE,
					     ring->slot[slot].dma,
					     ring->hdr_len);
		vionic_ring_indirect(l, table->mem, i++, n + 1 == ring->chain,
				     VRING_DESC_F_WRITE,
				     slot_dma(ring, slot + n, n),
				     slot_len(ring, n));
	}
	vionic_vq_put(&ring->vq, l, head, table->dma,
		      i * sizeof(struct vionic_desc), VRING_DESC_F_INDIRECT);
	vionic_vq_commit(&ring->vq, l, head, 1);
	return true;
}

/* Buffers that are a piece and a descriptor each, and most are: the shortest way into
 * the ring.
 */
static __always_inline bool fill_plain(struct vionic_rx_ring *ring,
				       enum vionic_layout l, gfp_t gfp,
				       const bool xsk)
{
	const u32 len = ring->posted;
	struct vionic_vq *vq = &ring->vq;
	u16 n;

	for (n = vionic_vq_free_count(vq); n; n--) {
		u16 id = vionic_vq_head(vq, l);

		if (!fill_slot(ring, id, gfp, xsk))
			return false;
		vionic_vq_put(vq, l, id, ring->slot[id].dma, len,
			      VRING_DESC_F_WRITE);
		vionic_vq_commit(vq, l, id, 1);
	}
	return true;
}

static __always_inline bool fill(struct vionic_rx_ring *ring,
				 enum vionic_layout l, gfp_t gfp)
{
	if (likely(ring->ndesc == 1 && !ring->tables.block))
		return fill_plain(ring, l, gfp, false);
	while (vionic_vq_free_count(&ring->vq) >= ring->ndesc)
		if (!(ring->tables.block ? post_table(ring, l, gfp) :
		      post_chain(ring, l, gfp, false)))
			return false;
	return true;
}

/* Buffers of sockets are a piece each, and may have their header apart */
static __always_inline bool fill_xsk(struct vionic_rx_ring *ring,
				     enum vionic_layout l)
{
	if (likely(ring->ndesc == 1))
		return fill_plain(ring, l, 0, true);
	while (vionic_vq_free_count(&ring->vq) >= ring->ndesc)
		if (!post_chain(ring, l, 0, true))
			return false;
	return true;
}

bool vionic_rx_refill_xsk(struct vionic_rx_ring *ring)
{
	switch ((enum vionic_layout)ring->vq.layout) {
	case VIONIC_SPLIT:
		return fill_xsk(ring, VIONIC_SPLIT);
	case VIONIC_SPLIT_IN_ORDER:
		return fill_xsk(ring, VIONIC_SPLIT_IN_ORDER);
	case VIONIC_PACKED:
		return fill_xsk(ring, VIONIC_PACKED);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return fill_xsk(ring, VIONIC_PACKED_IN_ORDER);
}

bool vionic_rx_refill(struct vionic_rx_ring *ring, gfp_t gfp)
{
	if (VIONIC_HAS_HDS && unlikely(ring->page))
		return vionic_rx_hds_refill(ring, gfp);
	switch ((enum vionic_layout)ring->vq.layout) {
	case VIONIC_SPLIT:
		return fill(ring, VIONIC_SPLIT, gfp);
	case VIONIC_SPLIT_IN_ORDER:
		return fill(ring, VIONIC_SPLIT_IN_ORDER, gfp);
	case VIONIC_PACKED:
		return fill(ring, VIONIC_PACKED, gfp);
	case VIONIC_PACKED_IN_ORDER:
		break;
	}
	return fill(ring, VIONIC_PACKED_IN_ORDER, gfp);
}

/* A memory provider may have no page left, until its user returns one */
static bool rx_buf_may_be_empty(const struct vionic_rx_ring *ring)
{
	return VIONIC_HAS_HDS && ring->page &&
	       vionic_rx_hds_has_provider(ring);
}

int vionic_rx_ring_recycle(struct vionic_rx_ring *ring)
{
	vionic_vq_clear(&ring->vq);
	/* the first poll fills it */
	if (ring->xsk)
		return 0;
	vionic_rx_refill(ring, GFP_KERNEL);
	return vionic_vq_inflight(&ring->vq) || rx_buf_may_be_empty(ring) ?
	       0 : -ENOMEM;
}
