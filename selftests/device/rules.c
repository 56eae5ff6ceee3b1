// SPDX-License-Identifier: GPL-2.0
#include "rules.h"

#include <stdarg.h>
#include <stdio.h>

#define TOLD_MAX	10	/* times that a rule's being broken is worth a line */

static const struct {
	const char *id, *section, *level, *text;
} rules[] = {
#define RULE(id, section, level, text) { #id, section, #level, text },
#include "rules.def"
#undef RULE
};

static unsigned long kept[RULES], broken[RULES];
static bool paused;

void rules_pause(bool on)
{
	paused = on;
}

bool rule(enum rule r, bool is_kept, const char *fmt, ...)
{
	va_list ap;

	if (paused)
		return is_kept;
	if (is_kept) {
		kept[r]++;
		return true;
	}
	if (broken[r]++ < TOLD_MAX) {
		fprintf(stderr, "%s broken: ", rules[r].id);
		va_start(ap, fmt);
		vfprintf(stderr, fmt, ap);
		va_end(ap);
		fprintf(stderr, "\n");
	}
	return false;
}

unsigned int rules_report(void)
{
	unsigned int r, seen = 0, bad = 0;

	for (r = 0; r < RULES; r++) {
		const char *result = broken[r] ? "BROKEN" :
				     kept[r] ? "kept" : "not seen";

		printf("%-16s %-12s %-6s %-8s %10lu  %s\n", rules[r].id,
		       rules[r].section, rules[r].level, result,
		       kept[r] + broken[r], rules[r].text);
		seen += kept[r] || broken[r];
		bad += !!broken[r];
	}
	printf("%u of %u rules seen, %u broken\n", seen, RULES, bad);
	return bad;
}
