/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules for drivers, and whether this one keeps them.
 */
#ifndef _DEVICE_RULES_H
#define _DEVICE_RULES_H

#include <stdbool.h>

enum rule {
#define RULE(id, section, level, text) id,
#define ELSEWHERE(id, section, level, text, how)
#include "rules.def"
#undef RULE
#undef ELSEWHERE
	RULES
};

/* The driver did what the rule is about, well or not. Return: @kept */
__attribute__((format(printf, 3, 4)))
bool rule(enum rule rule, bool kept, const char *fmt, ...);

/* What the driver does is not looked at meanwhile */
void rules_pause(bool on);

/* What was seen so far was another driver's */
void rules_anew(void);

/* For each rule a line: kept, broken, or not seen; for each that is checked elsewhere,
 * where. Return: how many were broken
 */
unsigned int rules_report(void);

#endif /* _DEVICE_RULES_H */
