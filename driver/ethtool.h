/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ethtool shows and sets.
 */
#ifndef _VIONIC_ETHTOOL_H
#define _VIONIC_ETHTOOL_H

#include <linux/ethtool.h>

extern const struct ethtool_ops vionic_ethtool_ops;

#endif /* _VIONIC_ETHTOOL_H */
