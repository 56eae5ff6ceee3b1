/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control virtqueue (virtio 1.3, 5.1.6.5): one command at a time, each with a
 * deadline and with a buffer of its own. A command that was not answered in
 * time may still be carried out: its buffer is the device's until the answer
 * comes, or until a reset.
 */
#ifndef _VIONIC_CTRLQ_H
#define _VIONIC_CTRLQ_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <vionic/ctrl_slots.h>
#include "virtqueue.h"

#define VIONIC_CTRL_DATA_MAX	4096	/* bytes behind a command's header */
#define VIONIC_CTRL_REPLY_MAX	512	/* bytes behind an answer's first */

struct vionic_ctrl_buf;

/**
 * struct vionic_ctrlq - the control queue of a device
 * @vq:		its ring
 * @lock:	one command at a time
 * @done:	the device interrupted
 * @buf:	VIONIC_CTRL_SLOTS commands, shared with the device
 * @dma:	bus address of @buf
 * @slots:	which of @buf the device has
 * @live:	commands may be sent. Cleared by an answer that makes no sense, or
 *		that was one too many to be waited for
 * @since:	jiffies when a period began
 * @waited:	jiffies that answers were waited for in it
 * @fault:	queued when the device fails to answer; or NULL
 */
struct vionic_ctrlq {
	struct vionic_vq vq;
	struct mutex lock; /* one command at a time */
	struct completion done;
	struct vionic_ctrl_buf *buf;
	dma_addr_t dma;
	struct vionic_ctrl_slots slots;
	bool live;
	unsigned long since;
	unsigned long waited;
	struct delayed_work *fault;
};

/**
 * vionic_ctrlq_alloc() - get memory for a control queue
 * @cq:		filled in
 * @params:	ring; at least four entries
 *
 * Return: 0 or -ENOMEM.
 */
int vionic_ctrlq_alloc(struct vionic_ctrlq *cq,
		       const struct vionic_vq_params *params);

/**
 * vionic_ctrlq_free() - release the memory
 * @cq: control queue that the device does not own; never allocated is fine
 */
void vionic_ctrlq_free(struct vionic_ctrlq *cq);

/**
 * vionic_ctrlq_enable() - hand the queue to a device that was reset
 * @cq:		control queue
 * @tp:		transport
 * @index:	number of the queue
 * @vector:	MSI-X vector or VIRTIO_MSI_NO_VECTOR
 *
 * Commands can be sent once the device runs.
 *
 * Return: as vionic_transport_queue_enable().
 */
int vionic_ctrlq_enable(struct vionic_ctrlq *cq, struct vionic_transport *tp,
			u16 index, u16 vector);

/**
 * vionic_ctrlq_disable() - no more commands: the device is about to be reset
 * @cq: control queue
 */
void vionic_ctrlq_disable(struct vionic_ctrlq *cq);

/**
 * vionic_ctrlq_failed() - does the device owe an answer, or gave a wrong one?
 * @cq: control queue of a running device
 *
 * Nobody waits for a command meanwhile. An answer that came late is fine.
 *
 * Return: true if it does, or did.
 */
bool vionic_ctrlq_failed(struct vionic_ctrlq *cq);

/**
 * vionic_ctrlq_exec() - send a command and wait for the answer
 * @cq:		control queue
 * @class:	VIRTIO_NET_CTRL_*
 * @cmd:	command of that class
 * @data:	its parameters
 * @len:	bytes of @data, VIONIC_CTRL_DATA_MAX at most
 *
 * Sleeps, for two seconds at most, and for twelve in all commands of one period
 * of a minute.
 *
 * Return: 0; -EINVAL if the device refused the command; -ETIMEDOUT if it did
 * not answer (it may yet carry it out, before any command that follows);
 * -EBUSY if there are too many that it has not answered; -EIO if an answer was
 * invalid or had no ack, now or earlier, or the device was slow for too long;
 * -E2BIG if @data is too long.
 */
int vionic_ctrlq_exec(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		      const void *data, size_t len);

/**
 * vionic_ctrlq_exec_parts() - send a command whose parameters have two parts
 * @cq:		control queue
 * @class:	VIRTIO_NET_CTRL_*
 * @cmd:	command of that class
 * @data:	its parameters
 * @first:	bytes of @data that go into a descriptor of their own; less than
 *		@len
 * @len:	bytes of @data, VIONIC_CTRL_DATA_MAX at most
 *
 * For devices that care about which descriptor holds what, 5.1.6.6.
 *
 * Return: as vionic_ctrlq_exec().
 */
int vionic_ctrlq_exec_parts(struct vionic_ctrlq *cq, u8 class, u8 cmd,
			    const void *data, size_t first, size_t len);

/**
 * vionic_ctrlq_query() - send a command that is answered with data
 * @cq:		control queue
 * @class:	VIRTIO_NET_CTRL_*
 * @cmd:	command of that class
 * @data:	its parameters
 * @len:	bytes of @data, VIONIC_CTRL_DATA_MAX at most
 * @reply:	filled in with a copy of as many bytes as are returned
 * @reply_len:	bytes of @reply, VIONIC_CTRL_REPLY_MAX at most
 *
 * Context: as vionic_ctrlq_exec().
 * Return: bytes that the device wrote behind the ack, 0 to @reply_len (virtio 1.3,
 * 2.7.8.3); a negative error as vionic_ctrlq_exec().
 */
int vionic_ctrlq_query(struct vionic_ctrlq *cq, u8 class, u8 cmd,
		       const void *data, size_t len, void *reply,
		       size_t reply_len);

/**
 * vionic_ctrlq_irq() - the device may have answered
 * @cq: control queue
 *
 * Any context.
 */
void vionic_ctrlq_irq(struct vionic_ctrlq *cq);

#endif /* _VIONIC_CTRLQ_H */
