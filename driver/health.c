// SPDX-License-Identifier: GPL-2.0
#include "health.h"

#include <net/devlink.h>
#include <vionic/compat.h>
#include "control.h"
#include "lifecycle.h"

/**
 * struct vionic_health - a device's place in devlink, its private part there
 * @vn:		netdev
 * @reporter:	by kind of fault
 */
struct vionic_health {
	struct vionic_net *vn;
	struct devlink_health_reporter *reporter[VIONIC_FAULT_KINDS];
};

static void put_ring(struct devlink_fmsg *fmsg, int pair,
		     const struct vionic_vq *vq)
{
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "vq", vq->index);
	if (pair >= 0)
		devlink_fmsg_u32_pair_put(fmsg, "pair", pair);
	devlink_fmsg_u32_pair_put(fmsg, "entries", vionic_vq_num(vq));
	devlink_fmsg_u32_pair_put(fmsg, "avail", vq->ring.avail_idx);
	devlink_fmsg_u32_pair_put(fmsg, "used", vq->ring.used_idx);
	devlink_fmsg_u32_pair_put(fmsg, "inflight", vionic_vq_inflight(vq));
	devlink_fmsg_u32_pair_put(fmsg, "free", vionic_vq_free_count(vq));
	devlink_fmsg_bool_pair_put(fmsg, "broken", vionic_vq_broken(vq));
	devlink_fmsg_obj_nest_end(fmsg);
}

/* The rings that a kind of fault is about */
static void put_rings(struct vionic_net *vn, struct devlink_fmsg *fmsg,
		      enum vionic_fault_kind kind)
{
	u16 i;

	if (kind == VIONIC_FAULT_CONTROL && vn->vd->caps.ctrl_num)
		put_ring(fmsg, -1, &vn->vd->ctrl.vq);
	for (i = 0; i < vn->cfg.pairs; i++) {
		if (kind == VIONIC_FAULT_RX)
			put_ring(fmsg, i, &vn->pair[i]->rx.ring.vq);
		if (kind == VIONIC_FAULT_TX)
			put_ring(fmsg, i, &vn->pair[i]->tx.ring.vq);
	}
}

/* By name: what the device refused when the driver last restored its settings */
static void put_refused(struct vionic_net *vn, struct devlink_fmsg *fmsg)
{
	enum vionic_setting s;

	devlink_fmsg_arr_pair_nest_start(fmsg, "refused");
	for (s = 0; s < VIONIC_SETTINGS; s++) {
		const char *name = vionic_control_setting(s);

		if (vn->refused & BIT(s))
			devlink_fmsg_string_put(fmsg, name);
	}
	devlink_fmsg_arr_pair_nest_end(fmsg);
}

static int put_state(struct devlink_health_reporter *reporter,
		     struct devlink_fmsg *fmsg, enum vionic_fault_kind kind)
{
	struct vionic_net *vn = devlink_health_reporter_priv(reporter);

	vionic_lock(vn);
	devlink_fmsg_string_pair_put(fmsg, "state", vionic_state_name(vn));
	if (kind == VIONIC_FAULT_DEVICE) {
		devlink_fmsg_u32_pair_put(fmsg, "status",
					  vionic_transport_status(&vn->vd->tp));
		devlink_fmsg_u64_pair_put(fmsg, "resets", vn->resets);
	} else if (kind == VIONIC_FAULT_CONTROL) {
		put_refused(vn, fmsg);
	}
	if (kind != VIONIC_FAULT_DEVICE && vionic_is_up(vn)) {
		devlink_fmsg_arr_pair_nest_start(fmsg, "rings");
		put_rings(vn, fmsg, kind);
		devlink_fmsg_arr_pair_nest_end(fmsg);
	}
	vionic_unlock(vn);
	return 0;
}

static void health_set_extack(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENETDOWN)
		NL_SET_ERR_MSG_MOD(extack, "interface is down: set it up, which recovers the device");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG_MOD(extack, "device is suspended");
	else if (err == -ENODEV)
		NL_SET_ERR_MSG_MOD(extack, "device is gone");
	else if (err)
		NL_SET_ERR_MSG_MOD(extack, "device did not come back");
}

/* By devlink for a fault that was reported, or by the user for none */
static int recover(struct devlink_health_reporter *reporter, void *fault,
		   enum vionic_fault_kind kind, struct netlink_ext_ack *extack)
{
	const struct vionic_fault any = {
		.kind = kind,
		.pair = VIONIC_FAULT_ALL,
		.why = "somebody wants it",
	};
	int err;

	err = vionic_recover_mend(devlink_health_reporter_priv(reporter),
				  fault ?: &any);
	health_set_extack(err, extack);
	return err;
}

#define REPORTER(word, KIND)						\
static int word##_recover(struct devlink_health_reporter *reporter,	\
			  void *fault, struct netlink_ext_ack *extack)	\
{									\
	return recover(reporter, fault, KIND, extack);			\
}									\
									\
static int word##_dump(struct devlink_health_reporter *reporter,	\
		       struct devlink_fmsg *fmsg, void *fault,		\
		       struct netlink_ext_ack *extack)			\
{									\
	return put_state(reporter, fmsg, KIND);				\
}									\
									\
static int word##_diagnose(struct devlink_health_reporter *reporter,	\
			   struct devlink_fmsg *fmsg,			\
			   struct netlink_ext_ack *extack)		\
{									\
	return put_state(reporter, fmsg, KIND);				\
}									\
									\
static const struct devlink_health_reporter_ops word##_reporter = {	\
	.name = #word,							\
	.recover = word##_recover,					\
	.dump = word##_dump,						\
	.diagnose = word##_diagnose,					\
}

REPORTER(rx, VIONIC_FAULT_RX);
REPORTER(tx, VIONIC_FAULT_TX);
REPORTER(control, VIONIC_FAULT_CONTROL);
REPORTER(device, VIONIC_FAULT_DEVICE);

static const struct devlink_health_reporter_ops *const reporters[] = {
	[VIONIC_FAULT_RX] = &rx_reporter,
	[VIONIC_FAULT_TX] = &tx_reporter,
	[VIONIC_FAULT_CONTROL] = &control_reporter,
	[VIONIC_FAULT_DEVICE] = &device_reporter,
};

static int info_get(struct devlink *devlink, struct devlink_info_req *req,
		    struct netlink_ext_ack *extack)
{
	const struct vionic_health *h = devlink_priv(devlink);
	const struct vionic_dev *vd = h->vn->vd;
	char word[2 * sizeof(u32) * VIONIC_FEATURE_WORDS + 1];
	char *to = word;
	int i, err;

	err = vionic_devlink_driver_name(req, KBUILD_MODNAME);
	if (err)
		return err;
	err = devlink_info_version_fixed_put(req, "virtio.interface",
					     vd->tp.legacy ? "legacy" : "1");
	if (err)
		return err;
	for (i = VIONIC_FEATURE_WORDS - 1; i >= 0; i--)
		to += sprintf(to, "%08x", vd->features.word[i]);
	return devlink_info_version_running_put(req, "virtio.features", word);
}

/* The driver's part of it: the device is suspended and resumed, as for a reset of the PCI
 * function
 */
static int reload_down(struct devlink *devlink, bool netns_change,
		       enum devlink_reload_action action,
		       enum devlink_reload_limit limit,
		       struct netlink_ext_ack *extack)
{
	const struct vionic_health *h = devlink_priv(devlink);
	int err = 0;

	/* the netdev would stay where it is */
	if (netns_change) {
		NL_SET_ERR_MSG_MOD(extack, "netns is not supported: only the netdev can be moved");
		return -EOPNOTSUPP;
	}
	vionic_lock(h->vn);
	if (h->vn->dev->reg_state != NETREG_REGISTERED) {
		err = -ENODEV;
	} else if (h->vn->suspended) {
		NL_SET_ERR_MSG_MOD(extack, "device is suspended");
		err = -EBUSY;
	} else {
		vionic_suspend(h->vn, VIONIC_SUSPEND_RELOAD);
	}
	vionic_unlock(h->vn);
	return err;
}

static int reload_up(struct devlink *devlink, enum devlink_reload_action action,
		     enum devlink_reload_limit limit, u32 *actions,
		     struct netlink_ext_ack *extack)
{
	const struct vionic_health *h = devlink_priv(devlink);
	struct vionic_net *vn = h->vn;
	int err = 0;

	*actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);
	vionic_lock(vn);
	vionic_resume(vn, VIONIC_SUSPEND_RELOAD);
	if (vionic_is_up(vn)) {
		vionic_health_opened(vn);
	} else if (vn->suspended) {
		NL_SET_ERR_MSG_MOD(extack, "device is suspended");
		err = -EBUSY;
	} else if (vn->state != VIONIC_DOWN) {
		NL_SET_ERR_MSG_MOD(extack, "device did not come back");
		err = -EIO;
	}
	vionic_unlock(vn);
	return err;
}

static const struct devlink_ops devlink_ops = {
	.reload_actions	= BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down	= reload_down,
	.reload_up	= reload_up,
	.info_get	= info_get,
};

static void destroy_reporters(struct vionic_health *h)
{
	unsigned int i;

	for (i = 0; i < VIONIC_FAULT_KINDS; i++)
		if (!IS_ERR_OR_NULL(h->reporter[i]))
			devlink_health_reporter_destroy(h->reporter[i]);
}

int vionic_health_create(struct vionic_net *vn)
{
	struct vionic_health *h;
	struct devlink *devlink;
	unsigned int i;

	devlink = devlink_alloc(&devlink_ops, sizeof(*h), &vn->vd->pdev->dev);
	if (!devlink)
		return -ENOMEM;
	h = devlink_priv(devlink);
	h->vn = vn;
	for (i = 0; i < VIONIC_FAULT_KINDS; i++) {
		h->reporter[i] = vionic_reporter_create(devlink, reporters[i],
							vn);
		if (IS_ERR(h->reporter[i])) {
			destroy_reporters(h);
			devlink_free(devlink);
			return -ENOMEM;
		}
	}
	devlink_set_features(devlink, DEVLINK_F_RELOAD);
	devlink_register(devlink);
	/* what finds faults may look from here on */
	smp_store_release(&vn->health, h);
	return 0;
}

void vionic_health_destroy(struct vionic_net *vn)
{
	struct vionic_health *h = vn->health;
	struct devlink *devlink;

	if (!h)
		return;
	vn->health = NULL;
	devlink = priv_to_devlink(h);
	devlink_unregister(devlink);
	destroy_reporters(h);
	devlink_free(devlink);
}

static void healthy(struct devlink_health_reporter *reporter)
{
	const int state = DEVLINK_HEALTH_REPORTER_STATE_HEALTHY;

	devlink_health_reporter_state_update(reporter, state);
}

void vionic_health_opened(struct vionic_net *vn)
{
	/* as far as vionic_health_create() had come */
	struct vionic_health *h = smp_load_acquire(&vn->health);
	unsigned int i;

	for (i = 0; h && i < VIONIC_FAULT_KINDS; i++)
		healthy(h->reporter[i]);
}

void vionic_health_report(struct vionic_net *vn, struct vionic_fault *fault)
{
	/* as far as vionic_health_create() had come */
	struct vionic_health *h = smp_load_acquire(&vn->health);
	struct devlink_health_reporter *reporter;

	if (!h) {
		vionic_recover_mend(vn, fault);
		return;
	}
	/* devlink gives up on what it could not recover once, we don't */
	reporter = h->reporter[fault->kind];
	if (devlink_health_report(reporter, fault->why, fault) == -ECANCELED &&
	    !vionic_recover_mend(vn, fault))
		healthy(reporter);
}
