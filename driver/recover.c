// SPDX-License-Identifier: GPL-2.0
#include "recover.h"

#include "health.h"
#include "lifecycle.h"
#include "trace.h"
#include "window.h"

/* Between two times: nothing before the second, then twice as long each time.
 * After a pause as long as this it starts anew.
 */
#define WAIT_MIN	HZ
#define DOUBLINGS_MAX	6
#define CALM		(2 * (WAIT_MIN << DOUBLINGS_MAX))

/* Jiffies until the next time */
static unsigned long hold_off(struct vionic_recover *r)
{
	unsigned long next;

	if (!r->streak || time_after(jiffies, r->last + CALM)) {
		r->streak = 0;
		return 0;
	}
	next = r->last + (WAIT_MIN << min(r->streak - 1, DOUBLINGS_MAX));
	return time_before(jiffies, next) ? next - jiffies : 0;
}

/* Why nothing can be recovered now, or 0 */
static int recover_check(const struct vionic_net *vn)
{
	if (vn->suspended)
		return -EBUSY;
	return vn->state == VIONIC_DOWN ? -ENETDOWN : 0;
}

/* A transmit queue that the stack found stuck, up to a rung of the ladder */
static bool stuck(const struct vionic_txq *tq, u8 rung)
{
	return READ_ONCE(tq->stuck) && tq->rung >= rung;
}

static bool device_fault(struct vionic_net *vn, struct vionic_fault *f)
{
	struct vionic_dev *vd = vn->vd;

	f->kind = VIONIC_FAULT_DEVICE;
	f->why = NULL;
	if (!vionic_is_up(vn)) {
		f->why = "it could not be brought up";
	} else if (vionic_dev_needs_reset(vd)) {
		f->why = "it needs it";
	} else if (vd->tp.gone) {
		f->why = "its registers read all ones";
	} else if (vd->caps.ctrl_num && vionic_ctrlq_failed(&vd->ctrl)) {
		f->kind = VIONIC_FAULT_CONTROL;
		f->why = "its control queue does not answer";
	}
	return f->why;
}

static bool pair_fault(const struct vionic_net *vn, u16 i,
		       struct vionic_fault *f)
{
	const struct vionic_pair *qp = vn->pair[i];

	f->kind = VIONIC_FAULT_TX;
	f->pair = i;
	f->reset = stuck(&qp->tx, VIONIC_TX_RUNG_DEVICE);
	f->why = NULL;
	if (vionic_vq_broken(&qp->rx.ring.vq)) {
		f->kind = VIONIC_FAULT_RX;
		f->why = "nonsense in its receive ring";
	} else if (vionic_vq_broken(&qp->tx.ring.vq)) {
		f->why = "nonsense in its transmit ring";
	} else if (stuck(&qp->tx, VIONIC_TX_RUNG_QUEUE)) {
		f->why = "it does not send";
	}
	return f->why;
}

static void reset_device(struct vionic_net *vn, const char *why)
{
	u16 i;

	netdev_warn(vn->dev, "resetting the device: %s\n", why);
	trace_vionic_reset(vn->dev, -1, why);
	if (vionic_is_up(vn))
		vionic_restart(vn);
	else
		vionic_reopen(vn);
	for (i = 0; i < vn->vd->caps.pairs; i++)
		WRITE_ONCE(vn->pair[i]->tx.stuck, false);
}

static void reset_pair(struct vionic_net *vn, u16 i, const char *why)
{
	netdev_warn(vn->dev, "resetting queue pair %u: %s\n", i, why);
	trace_vionic_reset(vn->dev, i, why);
	if (vionic_restart_pair(vn, i))
		reset_device(vn, "a queue could not be reset");
	WRITE_ONCE(vn->pair[i]->tx.stuck, false);
}

static void mend(struct vionic_net *vn, const struct vionic_fault *f)
{
	u16 i;

	if (!vionic_is_up(vn) || f->kind >= VIONIC_FAULT_CONTROL || f->reset ||
	    !vionic_dev_has(vn->vd, VIRTIO_F_RING_RESET)) {
		reset_device(vn, f->why);
		return;
	}
	for (i = 0; vionic_is_up(vn) && i < vn->cfg.pairs; i++)
		if (f->pair == VIONIC_FAULT_ALL || f->pair == i)
			reset_pair(vn, i, f->why);
}

int vionic_recover_mend(struct vionic_net *vn, const struct vionic_fault *fault)
{
	int err;

	vionic_lock(vn);
	err = recover_check(vn);
	if (!err) {
		mend(vn, fault);
		vn->recover.last = jiffies;
		if (!vionic_is_up(vn))
			err = vn->state == VIONIC_GONE ? -ENODEV : -EIO;
	}
	vionic_unlock(vn);
	return err;
}

/* From a pair on: what is to be reported next, if anything */
static bool find(struct vionic_net *vn, u16 from, struct vionic_fault *f)
{
	if (recover_check(vn))
		return false;
	if (device_fault(vn, f))
		return true;
	for (; from < vn->cfg.pairs; from++)
		if (pair_fault(vn, from, f))
			return true;
	return false;
}

/* Each fault once: whether or not it is mended is up to the administrator */
static bool report_all(struct vionic_net *vn)
{
	struct vionic_fault f;
	bool any = false;
	u16 from = 0;

	for (;;) {
		bool found;

		vionic_lock(vn);
		f = (struct vionic_fault) {};
		found = find(vn, from, &f);
		vionic_unlock(vn);
		if (!found)
			return any;
		any = true;
		vionic_window();
		vionic_health_report(vn, &f);
		if (f.kind >= VIONIC_FAULT_CONTROL)
			return true;
		from = f.pair + 1;
	}
}

static void recover(struct work_struct *work)
{
	struct vionic_net *vn = container_of(to_delayed_work(work),
					     struct vionic_net, recover.work);
	struct vionic_recover *r = &vn->recover;
	unsigned long wait = hold_off(r);

	if (wait) {
		schedule_delayed_work(&r->work, wait);
		return;
	}
	if (report_all(vn)) {
		r->last = jiffies;
		r->streak++;
	}
}

void vionic_recover_anew(struct vionic_net *vn)
{
	cancel_delayed_work(&vn->recover.work);
	vn->recover.streak = 0;
}

void vionic_recover_init(struct vionic_net *vn)
{
	u16 i;

	INIT_DELAYED_WORK(&vn->recover.work, recover);
	for (i = 0; i < vn->vd->caps.pairs; i++)
		vn->pair[i]->fault = &vn->recover.work;
	vn->vd->ctrl.fault = &vn->recover.work;
}

void vionic_recover_stop(struct vionic_net *vn)
{
	cancel_delayed_work_sync(&vn->recover.work);
}
