/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lies that the device can be told to tell, one at a time, on one kind of queue, until
 * it is told to behave.
 */
#ifndef _DEVICE_LIES_H
#define _DEVICE_LIES_H

#include "device.h"

struct virtio_net_config;

/* A command of who runs the test: "lie NAME rx|tx|ctrl|all", of which "any" is a mixture,
 * and rx0, tx0 are those of one pair; "gone N": after so many accesses to its BAR it
 * looks as if it were not there any more;
 * "keep N": the next frame that pair N sends stays with the device, which uses those
 * behind it; "give-back N": it does not any more. That is no fault;
 * "told": how often it lied; "behave": likewise, and no more of it; "seed N"; "anew":
 * rules are for another driver from now on; "lies", "lies bind": their names. Return:
 * what to answer, static
 */
const char *lies_command(struct device *dev, char *line);

/* An entry for a buffer of @id was written where the ring was @at, and not shown */
void lie_used(struct device *dev, struct queue *q, u16 at, u32 id, u32 len);

/* All entries were shown */
void lie_shown(struct device *dev, struct queue *q);

/* A header is about to be written in front of a received frame */
void lie_header(struct device *dev, struct queue *q, void *hdr);

/* It was, and the driver was told of it */
void lie_behind(struct device *dev, struct queue *q, u8 *hdr);

/* Return: whether to raise an interrupt as one should */
bool lie_interrupt(struct device *dev, struct queue *q);

/* Return: whether to answer a command, with @ack and @len bytes of @data */
bool lie_answer(struct device *dev, struct queue *q, u8 *ack, u8 *data, u32 *len);

/* Return: true to refuse commands of @class */
bool lie_refuses(struct device *dev, struct queue *q, u8 class);

/* Nothing else is to be done. Return: whether to come back at once */
bool lie_idle(struct device *dev);

/* Return: milliseconds for which an answer waits */
u32 lie_late(struct device *dev, struct queue *q);

/* The driver wants the device to be reset. Return: whether to go on as if it had not */
bool lie_deaf(struct device *dev);

/* The driver has reset the device */
void lie_reset(struct device *dev);

/* What a register reads as */
u32 lie_register(struct device *dev, u32 at, u32 val);

/* Its BAR is accessed. Return: whether to be gone */
bool lie_gone(struct device *dev);

/* The network device's configuration is about to be read */
void lie_config(struct device *dev, struct virtio_net_config *config);

/* As is a copy of the configuration space */
void lie_caps(struct device *dev, u8 *config);

#endif /* _DEVICE_LIES_H */
