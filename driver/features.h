/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Feature negotiation (virtio 1.3, 2.2 and 5.1.3): which of the offered bits
 * are accepted. Pure: also compiles in user space (selftests/unit).
 */
#ifndef _VIONIC_FEATURES_H
#define _VIONIC_FEATURES_H

#include <linux/kernel.h>
#include <linux/types.h>
#include <vionic/wire.h>

#define VIONIC_FEATURE_WORDS	4	/* of 32 bits, as the device has them */
#define VIONIC_FEATURE_BITS	(VIONIC_FEATURE_WORDS * 32)

/**
 * struct vionic_features - a set of feature bits
 * @word: bit n of the set is bit n % 32 of word n / 32
 */
struct vionic_features {
	u32 word[VIONIC_FEATURE_WORDS];
};

static inline bool vionic_has(const struct vionic_features *f, unsigned int bit)
{
	return f->word[bit / 32] & (1u << (bit % 32));
}

static inline void vionic_feature_set(struct vionic_features *f,
				      unsigned int bit)
{
	f->word[bit / 32] |= 1u << (bit % 32);
}

static inline void vionic_feature_clear(struct vionic_features *f,
					unsigned int bit)
{
	f->word[bit / 32] &= ~(1u << (bit % 32));
}

/**
 * vionic_features_accept() - choose from what the device offers
 * @offered:	the device's bits
 *
 * Takes every bit that the driver knows, less those whose prerequisites
 * (5.1.3.1) are not offered or that the driver could not serve together.
 *
 * Return: the bits to write back. Without VIRTIO_F_VERSION_1 in it the device
 * cannot be driven.
 */
struct vionic_features
vionic_features_accept(const struct vionic_features *offered);

/**
 * vionic_features_accept_legacy() - choose from what a legacy device offers
 * @offered:	the device's bits, only the first word of which can be set
 *
 * Return: as vionic_features_accept(), and VIRTIO_F_ANY_LAYOUT (6.4).
 */
struct vionic_features
vionic_features_accept_legacy(const struct vionic_features *offered);

/**
 * vionic_features_lacking() - find a feature in use that a device does not offer
 * @used:	features that were accepted before a reset
 * @offered:	features that the device offers after it
 *
 * Context: Any.
 * Return: the lowest bit of @used that is not in @offered, -1 if there is none.
 */
int vionic_features_lacking(const struct vionic_features *used,
			    const struct vionic_features *offered);

#endif /* _VIONIC_FEATURES_H */
