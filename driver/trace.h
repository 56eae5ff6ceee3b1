/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: a packet's way past the driver, and what goes on around it. Under
 * events/vionic of tracefs; "perf list 'vionic:*'".
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vionic

#if !defined(_VIONIC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _VIONIC_TRACE_H

#include <linux/netdevice.h>
#include <linux/tracepoint.h>

/* hard interrupt of a queue pair */
TRACE_EVENT(vionic_irq,
	TP_PROTO(const struct net_device *dev, u16 pair),
	TP_ARGS(dev, pair),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u16, pair)
	),
	TP_fast_assign(
		__entry->ifindex = dev->ifindex;
		__entry->pair = pair;
	),
	TP_printk("ifindex=%d pair=%u", __entry->ifindex, __entry->pair)
);

/* a poll has ended: frames received, and whether it is called again at once */
TRACE_EVENT(vionic_poll,
	TP_PROTO(const struct net_device *dev, u16 pair, int done, int budget,
		 bool again),
	TP_ARGS(dev, pair, done, budget, again),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u16, pair)
		__field(int, done)
		__field(int, budget)
		__field(bool, again)
	),
	TP_fast_assign(
		__entry->ifindex = dev->ifindex;
		__entry->pair = pair;
		__entry->done = done;
		__entry->budget = budget;
		__entry->again = again;
	),
	TP_printk("ifindex=%d pair=%u done=%d budget=%d again=%d",
		  __entry->ifindex, __entry->pair, __entry->done,
		  __entry->budget, __entry->again)
);

/* a receive ring was refilled, as far as there was memory */
TRACE_EVENT(vionic_refill,
	TP_PROTO(const struct net_device *dev, u16 queue, u16 buffers,
		 u16 missing),
	TP_ARGS(dev, queue, buffers, missing),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u16, queue)
		__field(u16, buffers)
		__field(u16, missing)
	),
	TP_fast_assign(
		__entry->ifindex = dev->ifindex;
		__entry->queue = queue;
		__entry->buffers = buffers;
		__entry->missing = missing;
	),
	TP_printk("ifindex=%d queue=%u descriptors=%u missing=%u",
		  __entry->ifindex, __entry->queue, __entry->buffers,
		  __entry->missing)
);

/* the doorbell of a virtqueue, by its number in the device */
TRACE_EVENT(vionic_kick,
	TP_PROTO(const struct net_device *dev, u16 vq, u16 inflight),
	TP_ARGS(dev, vq, inflight),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u16, vq)
		__field(u16, inflight)
	),
	TP_fast_assign(
		__entry->ifindex = dev->ifindex;
		__entry->vq = vq;
		__entry->inflight = inflight;
	),
	TP_printk("ifindex=%d vq=%u inflight=%u", __entry->ifindex,
		  __entry->vq, __entry->inflight)
);

/* a control command was answered, or given up */
TRACE_EVENT(vionic_command,
	TP_PROTO(const struct device *dev, u8 class, u8 cmd, int err,
		 s64 usecs),
	TP_ARGS(dev, class, cmd, err, usecs),
	TP_STRUCT__entry(
		__array(char, dev, 20)
		__field(u8, class)
		__field(u8, cmd)
		__field(int, err)
		__field(s64, usecs)
	),
	TP_fast_assign(
		strscpy(__entry->dev, dev_name(dev), sizeof(__entry->dev));
		__entry->class = class;
		__entry->cmd = cmd;
		__entry->err = err;
		__entry->usecs = usecs;
	),
	TP_printk("dev=%s class=%u cmd=%u err=%d usecs=%lld", __entry->dev,
		  __entry->class, __entry->cmd, __entry->err, __entry->usecs)
);

/* a queue pair, or the device (pair -1), was reset */
TRACE_EVENT(vionic_reset,
	TP_PROTO(const struct net_device *dev, int pair, const char *why),
	TP_ARGS(dev, pair, why),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(int, pair)
		__array(char, why, 40)
	),
	TP_fast_assign(
		__entry->ifindex = dev->ifindex;
		__entry->pair = pair;
		strscpy(__entry->why, why, sizeof(__entry->why));
	),
	TP_printk("ifindex=%d pair=%d why=%s", __entry->ifindex, __entry->pair,
		  __entry->why)
);

#endif /* _VIONIC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
