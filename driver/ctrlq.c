// SPDX-License-Identifier: GPL-2.0
#include "ctrlq.h"

#include <linux/jiffies.h>
#include "trace.h"
#include "window.h"

#define CTRL_TIMEOUT	(2 * HZ)

/* While a former command is still to be answered. What is sent goes on being
 * of use: the device comes to it after that one.
 */
#define CTRL_TIMEOUT_BEHIND	(HZ / 4)

/* Longest busy wait for an answer before the driver sleeps until the interrupt */
#define CTRL_SPIN_US	50

/* For all answers of a minute. Many are waited for in a row, under rtnl, and each may come
 * just in time.
 */
#define CTRL_PERIOD	(60 * HZ)
#define CTRL_WAIT_MAX	(10 * HZ)

/* Header, parameters, answer, and parameters' second part or answer's data */
#define CTRL_NDESC_MAX	4

/**
 * struct message - a command
 * @class:	VIRTIO_NET_CTRL_*
 * @cmd:	command of that class
 * @data:	its parameters
 * @first:	bytes of @data that are a part of their own; 0 if it is one
 * @len:	bytes of @data
 * @reply:	for the data of its answer
 * @reply_len:	bytes of @reply; 0 if there are two parts of @data
 */
struct message {
	u8 class;
	u8 cmd;
	const void *data;
	size_t first;
	size_t len;
	void *reply;
	size_t reply_len;
};

/* What a command looks like in memory shared with the device */
struct vionic_ctrl_buf {
	struct vionic_ctrl_hdr hdr;
	u8 ack;
	u8 data[VIONIC_CTRL_DATA_MAX] __aligned(8);
	u8 reply[VIONIC_CTRL_REPLY_MAX] __aligned(8);
};

#define CTRL_BYTES	(VIONIC_CTRL_SLOTS * sizeof(struct vionic_ctrl_buf))

/* In order, the device has written all of a buffer whose length it does not give (2.7.9) */
int vionic_ctrlq_alloc(struct vionic_ctrlq *cq,
		       const struct vionic_vq_params *params)
{
	struct vionic_vq_params vq = *params;
	int err;

	vq.fill = sizeof(cq->buf->ack) + sizeof(cq->buf->reply);
	mutex_init(&cq->lock);
	init_completion(&cq->done);
	cq->buf = dma_alloc_coherent(params->dev, CTRL_BYTES, &cq->dma,
				     GFP_KERNEL);
	if (!cq->buf)
		return -ENOMEM;
	err = vionic_vq_alloc(&cq->vq, &vq);
	if (err) {
		dma_free_coherent(params->dev, CTRL_BYTES, cq->buf, cq->dma);
		cq->buf = NULL;
	}
	return err;
}

void vionic_ctrlq_free(struct vionic_ctrlq *cq)
{
	if (!cq->buf)
		return;
	dma_free_coherent(cq->vq.dev, CTRL_BYTES, cq->buf, cq->dma);
	cq->buf = NULL;
	vionic_vq_free(&cq->vq);
}

int vionic_ctrlq_enable(struct vionic_ctrlq *cq, struct vionic_transport *tp,
			u16 index, u16 vector)
{
	int err;

	vionic_vq_clear(&cq->vq);
	vionic_vq_irq_off(&cq->vq);
	cq->slots = (struct vionic_ctrl_slots) {};
	cq->since = jiffies;
	cq->waited = 0;
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
static void send_command(struct vionic_ctrlq *cq, u16 head, int slot,
			 const struct message *m)
{
	dma_addr_t dma = cq->dma + slot * sizeof(struct vionic_ctrl_buf);
	const struct {
		size_t offset;
		size_t len;
		u16 flags;
	} part[] = {
		{ offsetof(struct vionic_ctrl_buf, hdr), sizeof(cq->buf->hdr) },
		{ offsetof(struct vionic_ctrl_buf, data), m->first },
		{ offsetof(struct vionic_ctrl_buf, data) + m->first,
		  m->len - m->first },
		{ offsetof(struct vionic_ctrl_buf, ack), sizeof(cq->buf->ack),
		  VRING_DESC_F_WRITE },
		{ offsetof(struct vionic_ctrl_buf, reply), m->reply_len,
		  VRING_DESC_F_WRITE },
	};
	struct vionic_vq *vq = &cq->vq;
	u8 l = vq->layout;
	u16 ndesc = 0, left;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(part); i++)
		ndesc += !!part[i].len;
	left = ndesc;
	for (i = 0; i < ARRAY_SIZE(part); i++)
		if (part[i].len)
			vionic_vq_put(vq, l, head, dma + part[i].offset,
				      part[i].len, part[i].flags |
				      (--left ? VRING_DESC_F_NEXT : 0));
	vionic_vq_commit(vq, l, head, ndesc);
	vionic_vq_flush(vq, l);
}

/* Take buffers back until there is none, or until that of a command. Into @used_len go the
 * bytes that the device wrote into that of a command.
 *
 * Return: 0 if that one was there; -EAGAIN if not; -EIO for nonsense.
 */
static int reap(struct vionic_ctrlq *cq, int until, u32 *used_len)
{
	struct vionic_used_buf buf;
	int slot;

	for (;;) {
		switch (vionic_vq_pop(&cq->vq, cq->vq.layout, &buf)) {
		case VIONIC_RING_OK:
			break;
		case VIONIC_RING_BROKEN:
			return -EIO;
		case VIONIC_RING_EMPTY:
			return -EAGAIN;
		}
		vionic_vq_free_buf(&cq->vq, cq->vq.layout, &buf);
		slot = vionic_ctrl_give_back(&cq->slots, buf.id);
		if (slot < 0)
			return -EIO;
		if (slot != until)
			continue;
		*used_len = buf.len;
		return 0;
	}
}

/* Return: as reap(), for no command */
static int ctrlq_reap_late(struct vionic_ctrlq *cq)
{
	u32 unused;

	return reap(cq, -1, &unused);
}

/* Many devices answer within microseconds. To sleep until an interrupt wakes the driver can
 * take much longer on a busy machine, while the caller holds rtnl.
 */
static int ctrlq_spin(struct vionic_ctrlq *cq, int slot, u32 *used_len)
{
	ktime_t end = ktime_add_us(ktime_get(), CTRL_SPIN_US);
	int err;

	for (;;) {
		err = reap(cq, slot, used_len);
		if (err != -EAGAIN || ktime_after(ktime_get(), end))
			return err;
		cpu_relax();
	}
}

/* Interrupts may be about something else, so look after each; and look once
 * more at the deadline, should one have been lost. It is a point in time: what
 * is left after an interrupt is never nothing, and a device has many of them.
 */
static int await_answer(struct vionic_ctrlq *cq, int slot,
			unsigned long deadline, u32 *used_len)
{
	unsigned long now;
	int err;

	err = ctrlq_spin(cq, slot, used_len);
	while (err == -EAGAIN) {
		now = jiffies;
		err = reap(cq, slot, used_len);
		if (err != -EAGAIN)
			break;
		if (time_after_eq(now, deadline))
			return -ETIMEDOUT;
		if (!vionic_vq_irq_on(&cq->vq))
			wait_for_completion_timeout(&cq->done, deadline - now);
	}
	vionic_vq_irq_off(&cq->vq);
	return err;
}

/* A buffer for a command, from those that the device does not own */
static int take_slot(struct vionic_ctrlq *cq, u16 *head, unsigned long *timeout)
{
	if (!cq->live || ctrlq_reap_late(cq) == -EIO)
		return -EIO;
	if (vionic_vq_free_count(&cq->vq) < CTRL_NDESC_MAX)
		return -EBUSY;
	*timeout = vionic_ctrl_overdue(&cq->slots) ? CTRL_TIMEOUT_BEHIND :
						     CTRL_TIMEOUT;
	*head = vionic_vq_head(&cq->vq, cq->vq.layout);
	return vionic_ctrl_take(&cq->slots, *head);
}

/* Has the device had its users wait for longer than they may? */
static bool too_slow(struct vionic_ctrlq *cq, unsigned long waited)
{
	if (time_after(jiffies, cq->since + CTRL_PERIOD)) {
		cq->since = jiffies;
		cq->waited = 0;
	}
	cq->waited += waited;
	return cq->waited > CTRL_WAIT_MAX;
}

/* Said after an answer, or in place of one: from now on the device is at fault. Without
 * one that makes sense, or that comes soon, nothing more is sent.
 */
static void fail(struct vionic_ctrlq *cq, const struct message *m, int err,
		 bool slow, unsigned long waited)
{
	cq->live = err != -EIO && !slow;
	dev_err_ratelimited(cq->vq.dev,
			    "control command %u/%u: %s after %u ms\n",
			    m->class, m->cmd,
			    err == -EIO ? "bad answer" :
			    err ? "no answer" : "one late answer too many",
			    jiffies_to_msecs(waited));
	if (cq->fault)
		schedule_delayed_work(cq->fault, 0);
}

/* Legacy devices often report a wrong length (2.7.8.2).
 *
 * Return: bytes behind the ack, as vionic_ctrl_reply_len(); -EIO if there is no ack.
 */
static int ctrlq_check_len(const struct vionic_ctrlq *cq,
			   const struct message *m, u32 used_len)
{
	int len = m->reply_len;

	if (!cq->vq.legacy)
		len = vionic_ctrl_reply_len(used_len, m->reply_len);
	return len < 0 ? -EIO : len;
}

static int exec_locked(struct vionic_ctrlq *cq, const struct message *m)
{
	unsigned long start, timeout, waited;
	struct vionic_ctrl_buf *buf;
	u32 used_len = 0;
	int slot, len;
	bool slow;
	u16 head;

	slot = take_slot(cq, &head, &timeout);
	if (slot < 0)
		return slot == -EIO ? -EIO : -EBUSY;
	buf = &cq->buf[slot];
	buf->hdr.class = m->class;
	buf->hdr.cmd = m->cmd;
	buf->ack = VIRTIO_NET_ERR;
	memcpy(buf->data, m->data, m->len);
	/* a device may report more bytes than it writes */
	memset(buf->reply, 0, m->reply_len);
	reinit_completion(&cq->done);
	send_command(cq, head, slot, m);
	vionic_window();
	start = jiffies;
	len = await_answer(cq, slot, start + timeout, &used_len);
	waited = jiffies - start;
	if (!len)
		len = ctrlq_check_len(cq, m, used_len);
	slow = too_slow(cq, waited);
	if (len < 0 || slow)
		fail(cq, m, min(len, 0), slow, waited);
	if (len < 0)
		return len;
	if (READ_ONCE(buf->ack) != VIRTIO_NET_OK)
		return -EINVAL;
	memcpy(m->reply, buf->reply, len);
	return len;
}

bool vionic_ctrlq_failed(struct vionic_ctrlq *cq)
{
	bool failed;

	mutex_lock(&cq->lock);
	failed = !cq->live || ctrlq_reap_late(cq) == -EIO ||
		 vionic_ctrl_overdue(&cq->slots);
	mutex_unlock(&cq->lock);
	return failed;
}

static int exec(struct vionic_ctrlq *cq, const struct message *m)
{
	ktime_t start;
	int err;

	if (m->len > VIONIC_CTRL_DATA_MAX ||
	    m->reply_len > VIONIC_CTRL_REPLY_MAX)
		return -E2BIG;
	mutex_lock(&cq->lock);
	start = ktime_get();
	err = exec_locked(cq, m);
	trace_vionic_command(cq->vq.dev, m->class, m->cmd, min(err, 0),
			     ktime_us_delta(ktime_get(), start));
	mutex_unlock(&cq->lock);
	return err;
}

int vionic_ctrlq_exec(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		      const void *data, size_t len)
{
	return vionic_ctrlq_exec_parts(cq, class, cmd, data, 0, len);
}

int vionic_ctrlq_exec_parts(struct vionic_ctrlq *cq, u8 class, u8 cmd,
			    const void *data, size_t first, size_t len)
{
	const struct message m = {
		.class = class,
		.cmd = cmd,
		.data = data,
		.first = first,
		.len = len,
	};

	return exec(cq, &m);
}

int vionic_ctrlq_query(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		       const void *data, size_t len, void *reply,
		       size_t reply_len)
{
	const struct message m = {
		.class = class,
		.cmd = cmd,
		.data = data,
		.len = len,
		.reply = reply,
		.reply_len = reply_len,
	};

	return exec(cq, &m);
}
