/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An XDP program and a frame: what it is told, what it says, and how a frame
 * leaves by what it said. NAPI poll, all of it.
 */
#ifndef _VIONIC_RX_PROG_H
#define _VIONIC_RX_PROG_H

#include <linux/bpf_trace.h>
#include <linux/filter.h>
#include <vionic/hdr.h>
#include "rx.h"

#define VIONIC_RX_TX_BATCH	16	/* frames that are sent under one lock */

/* What becomes of a frame */
enum vionic_verdict {
	VIONIC_RX_PASS,		/* the stack gets it */
	VIONIC_RX_TAKEN,	/* somebody else has its memory now */
	VIONIC_RX_DROP,
};

/**
 * struct vionic_leaving - frames of a poll that leave by XDP
 * @tx:		those that are to be sent
 * @n:		how many
 * @flags:	VIONIC_TX_XDP_POOL, if they are of the ring's pool
 * @redirected:	others have some
 */
struct vionic_leaving {
	struct xdp_frame *tx[VIONIC_RX_TX_BATCH];
	int n;
	unsigned int flags;
	bool redirected;
};

/**
 * struct vionic_rx_buff - a frame as a program sees it, and what else it may ask for
 * @xdp:	frame
 * @hdr:	private copy of its header
 * @has:	VIONIC_HDR_*: what that tells
 */
struct vionic_rx_buff {
	struct xdp_buff xdp;
	const struct vionic_hdr *hdr;
	u8 has;
};

/* By which it does; on kernels that have such */
extern const struct xdp_metadata_ops vionic_rx_metadata_ops;

/**
 * struct vionic_judging - a poll with a program
 * @prog:	the program, or NULL
 * @out:	what leaves
 *
 * Known to loops only, so that the compiler needs no memory for it.
 */
struct vionic_judging {
	struct bpf_prog *prog;
	struct vionic_leaving *out;
};

/**
 * vionic_rx_send() - send a frame by the queue's own transmit queue
 * @rq:		queue
 * @out:	what leaves in this poll
 * @xdp:	frame
 *
 * Return: false if it can't be: it is the caller's still.
 */
bool vionic_rx_send(struct vionic_rxq *rq, struct vionic_leaving *out,
		    struct xdp_buff *xdp);

/**
 * vionic_rx_redirect_long() - redirect a frame that has fragments
 * @rq:		queue
 * @prog:	program
 * @xdp:	frame
 *
 * Context: NAPI poll.
 * Return: 0, or an error: then the frame is still the caller's.
 */
int vionic_rx_redirect_long(struct vionic_rxq *rq, struct bpf_prog *prog,
			    struct xdp_buff *xdp);

static __always_inline int vionic_rx_redirect(struct vionic_rxq *rq,
					      struct bpf_prog *prog,
					      struct xdp_buff *xdp)
{
	if (unlikely(xdp_buff_has_frags(xdp)))
		return vionic_rx_redirect_long(rq, prog, xdp);
	return xdp_do_redirect(rq->dev, xdp, prog);
}

/**
 * vionic_rx_copy_frags() - copy all fragments of a frame
 * @to:		memory for their bytes
 * @xdp:	frame that has fragments
 *
 * Context: NAPI poll.
 */
void vionic_rx_copy_frags(void *to, struct xdp_buff *xdp);

/**
 * vionic_rx_leave() - let go what was kept together, and count
 * @rq:		queue
 * @out:	what leaves in this poll
 */
void vionic_rx_leave(struct vionic_rxq *rq, struct vionic_leaving *out);

/**
 * vionic_rx_told() - check what a header says, before a program sees its frame
 * @rq:		queue
 * @xdp:	frame
 * @hdr:	private copy of its header, in which something is said
 *
 * A frame of the same host may come without its checksum. Programs expect it, and
 * where they send it to nobody would complete it: it is, here.
 *
 * Return: false if the header makes no sense.
 */
bool vionic_rx_told(struct vionic_rxq *rq, struct xdp_buff *xdp,
		    struct vionic_hdr *hdr);

/**
 * vionic_rx_run() - have a program look at a frame
 * @rq:		queue
 * @prog:	program
 * @xdp:	frame, vionic_rx_told()
 * @out:	what leaves in this poll
 *
 * Return: what becomes of it.
 */
static __always_inline enum vionic_verdict
vionic_rx_run(struct vionic_rxq *rq, struct bpf_prog *prog,
	      struct xdp_buff *xdp, struct vionic_leaving *out)
{
	struct vionic_xdp_stats *count = &rq->xdp.batch;
	u32 act = bpf_prog_run_xdp(prog, xdp);

	count->packets++;
	switch (act) {
	case XDP_PASS:
		return VIONIC_RX_PASS;
	case XDP_DROP:
		count->drops++;
		return VIONIC_RX_DROP;
	case XDP_TX:
		if (likely(vionic_rx_send(rq, out, xdp)))
			return VIONIC_RX_TAKEN;
		break;
	case XDP_REDIRECT:
		if (likely(!vionic_rx_redirect(rq, prog, xdp))) {
			count->redirects++;
			out->redirected = true;
			return VIONIC_RX_TAKEN;
		}
		break;
	default:
		bpf_warn_invalid_xdp_action(rq->dev, prog, act);
		fallthrough;
	case XDP_ABORTED:
		count->aborted++;
		trace_xdp_exception(rq->dev, prog, act);
		return VIONIC_RX_DROP;
	}
	count->errors++;
	trace_xdp_exception(rq->dev, prog, act);
	return VIONIC_RX_DROP;
}

/**
 * vionic_rx_count_gone() - count a frame that the stack won't see
 * @rq:		queue
 * @len:	its bytes
 */
static inline void vionic_rx_count_gone(struct vionic_rxq *rq, u32 len)
{
	rq->batch.packets++;
	rq->batch.bytes += len;
}

#endif /* _VIONIC_RX_PROG_H */
