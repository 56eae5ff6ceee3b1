/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtio PCI device that keeps the specification (virtio 1.3, 4.1), for tests of the
 * transport: it has registers of both interfaces and records what is written to them.
 */
#ifndef _UNIT_PCIDEV_H
#define _UNIT_PCIDEV_H

#include "transport.h"
#include "transport_ops.h"

#define BAR_LEN		0x4000
#define QUEUES		3
#define NO_VECTOR	0xffff
#define ENDLESS		0xffffffff

/* Where the modern interface has its structures, all in BAR 4 */
#define AT_COMMON	0x1000
#define AT_ISR		0x2003
#define AT_CONFIG	0x3000
#define CONFIG_LEN	0x40
#define AT_NOTIFY	0x100
#define NOTIFY_LEN	0x20
#define NOTIFY_MULT	4

struct queue {
	u16 size;
	u16 vector;
	u16 enable;
	u16 notify_off;
	u16 notify_data;
	u32 pfn;
};

struct pcidev {
	struct pci_dev pdev;
	struct vionic_transport tp;
	u8 bar[6][BAR_LEN];
	void *table[6];
	u32 bar_len[6];
	u8 space[256];
	u8 at;			/* the next capability */
	char writes[1024];	/* what was written, in order */

	/* registers */
	u32 df[4], df_select;
	u32 gf[4], gf_select;
	u16 config_vector;
	u8 status;
	u8 generation;
	u8 isr;
	u16 select;
	struct queue queue[QUEUES];
	u8 config[CONFIG_LEN];
	u32 doorbell;		/* written last */
	u32 doorbell_at;

	/* what the device does */
	bool gone;		/* all reads give ones */
	bool refuse;		/* no FEATURES_OK */
	bool no_vectors;
	bool other_size;	/* takes another queue size than it is told */
	u32 busy;		/* reads of the status until a reset has ended */
	u32 reset_busy;		/* reads of queue_reset until that is 0 */
	u32 enable_busy;	/* ... and of queue_enable */
	u32 change_after;	/* bytes read until the configuration changes */
	u32 changes;		/* how often it does */
	u32 change_from;	/* the first byte that does */
	u32 config_reads;
	u8 width[16];		/* of the last reads of the configuration */
};

extern struct pcidev dev;

/* With 256, 512 and 1024 entries in its queues, and a status that is not 0 */
void new_modern(void);
void new_legacy(bool msix);

/* What was written since the last call; with tap.h */
#define T_WRITES(want) do {						\
	if (strcmp(dev.writes, want))					\
		printf("# wrote: %s\n# want:  %s\n", dev.writes, want);	\
	T_TRUE(!strcmp(dev.writes, want));				\
	dev.writes[0] = 0;						\
} while (0)

#endif /* _UNIT_PCIDEV_H */
