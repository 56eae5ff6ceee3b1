// SPDX-License-Identifier: GPL-2.0
#include "ctrlq.h"

#include <linux/jiffies.h>

#define CTRL_TIMEOUT	(2 * HZ)

/* What a command looks like in memory shared with the device */
struct vionic_ctrl_buf {
	struct vionic_ctrl_hdr hdr;
	u8 ack;
	u8 data[VIONIC_CTRL_DATA_MAX] __aligned(8);
	u8 reply[VIONIC_CTRL_REPLY_MAX] __aligned(8);
};

int vionic_ctrlq_alloc(struct vionic_ctrlq *cq,
		       const struct vionic_vq_params *params)
{
	int err;

	mutex_init(&cq->lock);
	init_completion(&cq->done);
	cq->buf = dma_alloc_coherent(params->dev, sizeof(*cq->buf), &cq->dma,
				     GFP_KERNEL);
	if (!cq->buf)
		return -ENOMEM;
	err = vionic_vq_alloc(&cq->vq, params);
	if (err) {
		dma_free_coherent(params->dev, sizeof(*cq->buf), cq->buf,
				  cq->dma);
		cq->buf = NULL;
	}
	return err;
}

void vionic_ctrlq_free(struct vionic_ctrlq *cq)
{
	if (!cq->buf)
		return;
	dma_free_coherent(cq->vq.dev, sizeof(*cq->buf), cq->buf, cq->dma);
	cq->buf = NULL;
	vionic_vq_free(&cq->vq);
}

int vionic_ctrlq_enable(struct vionic_ctrlq *cq, struct vionic_transport *tp,
			u16 index, u16 vector)
{
	int err;

	vionic_vq_clear(&cq->vq);
	err = vionic_vq_enable(&cq->vq, tp, index, vector);
	cq->live = !err;
	return err;
}

void vionic_ctrlq_disable(struct vionic_ctrlq *cq)
{
	if (!cq->buf)
		return;
	mutex_lock(&cq->lock);
	cq->live = false;
	mutex_unlock(&cq->lock);
}

void vionic_ctrlq_irq(struct vionic_ctrlq *cq)
{
	complete(&cq->done);
}

/* Header, parameters, and where the answer goes */
static void send_command(struct vionic_ctrlq *cq, size_t len, size_t reply_len)
{
	const struct {
		size_t offset;
		size_t len;
		u16 flags;
	} part[] = {
		{ offsetof(struct vionic_ctrl_buf, hdr), sizeof(cq->buf->hdr) },
		{ offsetof(struct vionic_ctrl_buf, data), len },
		{ offsetof(struct vionic_ctrl_buf, ack), sizeof(cq->buf->ack),
		  VRING_DESC_F_WRITE },
		{ offsetof(struct vionic_ctrl_buf, reply), reply_len,
		  VRING_DESC_F_WRITE },
	};
	struct vionic_vq *vq = &cq->vq;
	u8 l = vq->layout;
	u16 head = vionic_vq_head(vq, l);
	u16 left = 2 + !!len + !!reply_len;
	u16 ndesc = left;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(part); i++)
		if (part[i].len)
			vionic_vq_put(vq, l, head, cq->dma + part[i].offset,
				      part[i].len, part[i].flags |
				      (--left ? VRING_DESC_F_NEXT : 0));
	vionic_vq_commit(vq, l, head, ndesc);
	vionic_vq_flush(vq, l);
}

/* Interrupts may be about something else, so look after each; and look once
 * more at the deadline, should one have been lost.
 */
static int await_answer(struct vionic_ctrlq *cq)
{
	unsigned long left = CTRL_TIMEOUT;
	struct vionic_used_buf buf;

	for (;;) {
		switch (vionic_vq_pop(&cq->vq, cq->vq.layout, &buf)) {
		case VIONIC_RING_OK:
			vionic_vq_free_buf(&cq->vq, cq->vq.layout, &buf);
			return 0;
		case VIONIC_RING_BROKEN:
			return -EIO;
		case VIONIC_RING_EMPTY:
			break;
		}
		if (!left)
			return -ETIMEDOUT;
		if (vionic_vq_irq_on(&cq->vq))
			continue;
		left = wait_for_completion_timeout(&cq->done, left);
	}
}

static int exec_locked(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		       const void *data, size_t len, size_t reply_len)
{
	int err;

	if (!cq->live)
		return -EIO;
	cq->buf->hdr.class = class;
	cq->buf->hdr.cmd = cmd;
	cq->buf->ack = VIRTIO_NET_ERR;
	memcpy(cq->buf->data, data, len);
	memset(cq->buf->reply, 0, reply_len);
	reinit_completion(&cq->done);
	send_command(cq, len, reply_len);
	err = await_answer(cq);
	if (err) {
		cq->live = false;
		dev_err(cq->vq.dev, "control command %u/%u: %s\n", class, cmd,
			err == -EIO ? "bad answer" : "no answer");
		return err;
	}
	return READ_ONCE(cq->buf->ack) == VIRTIO_NET_OK ? 0 : -EINVAL;
}

int vionic_ctrlq_query(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		       const void *data, size_t len, void *reply,
		       size_t reply_len)
{
	int err;

	if (len > VIONIC_CTRL_DATA_MAX || reply_len > VIONIC_CTRL_REPLY_MAX)
		return -E2BIG;
	mutex_lock(&cq->lock);
	err = exec_locked(cq, class, cmd, data, len, reply_len);
	if (!err)
		memcpy(reply, cq->buf->reply, reply_len);
	mutex_unlock(&cq->lock);
	return err;
}

int vionic_ctrlq_exec(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		      const void *data, size_t len)
{
	return vionic_ctrlq_query(cq, class, cmd, data, len, NULL, 0);
}
