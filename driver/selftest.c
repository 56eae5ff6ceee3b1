// SPDX-License-Identifier: GPL-2.0
#include "selftest.h"

#include <linux/delay.h>
#include <linux/etherdevice.h>
#include "control.h"
#include "lifecycle.h"

#define IRQ_TIMEOUT	HZ	/* for an interrupt to come */
#define PROBE_LEN	ETH_ZLEN

/* Each returns 0, or what ethtool shows: how many are wrong, or an errno */

static u64 test_link(struct vionic_net *vn)
{
	return !netif_carrier_ok(vn->dev);
}

static u64 test_registers(struct vionic_net *vn)
{
	return vionic_dev_needs_reset(vn->vd) || vn->vd->tp.gone;
}

static u64 test_control(struct vionic_net *vn)
{
	int err = vionic_control_ping(vn);

	return err == -EOPNOTSUPP ? 0 : -err;
}

/* A ring that was found broken, or whose numbers don't add up */
static bool ring_bad(const struct vionic_vq *vq)
{
	return vionic_vq_broken(vq) ||
	       vionic_vq_free_count(vq) > vionic_vq_num(vq) ||
	       vionic_vq_inflight(vq) > vionic_vq_num(vq);
}

static u64 test_rings(struct vionic_net *vn)
{
	u64 bad = 0;
	u16 i;

	for (i = 0; i < vn->cfg.pairs; i++) {
		bad += ring_bad(&vn->pair[i]->rx.ring.vq);
		bad += ring_bad(&vn->pair[i]->tx.ring.vq);
	}
	return bad;
}

/* A frame from us to us: a switch drops it, or sends it back */
static struct sk_buff *make_probe(struct net_device *dev)
{
	struct sk_buff *skb = netdev_alloc_skb(dev, PROBE_LEN);
	struct ethhdr *eth;

	if (!skb)
		return NULL;
	eth = skb_put_zero(skb, PROBE_LEN);
	ether_addr_copy(eth->h_dest, dev->dev_addr);
	ether_addr_copy(eth->h_source, dev->dev_addr);
	eth->h_proto = htons(ETH_P_LOOPBACK);
	skb_reset_mac_header(skb);
	skb->protocol = eth->h_proto;
	return skb;
}

/* Does a frame that was sent cause the interrupt of its queue's vector? */
static bool interrupts(struct vionic_net *vn, u16 i)
{
	struct vionic_pair *qp = vn->pair[i];
	unsigned long before = READ_ONCE(qp->irqs);
	unsigned long deadline = jiffies + IRQ_TIMEOUT;
	struct sk_buff *skb = make_probe(vn->dev);

	if (!skb || dev_direct_xmit(skb, i))
		return false;
	while (READ_ONCE(qp->irqs) == before) {
		if (time_after(jiffies, deadline))
			return false;
		usleep_range(100, 200);
	}
	return true;
}

static u64 test_interrupts(struct vionic_net *vn)
{
	u64 missing = 0;
	u16 i;

	for (i = 0; i < vn->cfg.pairs; i++)
		missing += !interrupts(vn, i);
	return missing;
}

static u64 test_reset(struct vionic_net *vn)
{
	vionic_restart(vn);
	return !vionic_is_up(vn);
}

static const struct {
	const char *name;
	bool offline;
	u64 (*run)(struct vionic_net *vn);
} tests[] = {
	{ "link", false, test_link },
	{ "registers", false, test_registers },
	{ "control queue", false, test_control },
	{ "rings", false, test_rings },
	{ "reset", true, test_reset },
	{ "interrupts", true, test_interrupts },
};

int vionic_selftest_count(void)
{
	return ARRAY_SIZE(tests);
}

void vionic_selftest_strings(u8 *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tests); i++)
		ethtool_sprintf(&data, "%s (%sline)", tests[i].name,
				tests[i].offline ? "off" : "on");
}

void vionic_selftest_run(struct vionic_net *vn, struct ethtool_test *test,
			 u64 *data)
{
	bool offline = test->flags & ETH_TEST_FL_OFFLINE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		data[i] = 0;
		if (tests[i].offline && !offline)
			continue;
		/* one that is down can't pass, whatever it would be */
		data[i] = vionic_is_up(vn) ? tests[i].run(vn) : 1;
		if (data[i])
			test->flags |= ETH_TEST_FL_FAILED;
	}
}
