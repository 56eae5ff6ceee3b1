/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many CPUs there could be: the test says.
 */
#ifndef _UNIT_LINUX_CPUMASK_H
#define _UNIT_LINUX_CPUMASK_H

unsigned int num_possible_cpus(void);

#endif /* _UNIT_LINUX_CPUMASK_H */
