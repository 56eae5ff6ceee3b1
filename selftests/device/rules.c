// SPDX-License-Identifier: GPL-2.0
#include "rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TOLD_MAX	10	/* times that a rule's being broken is worth a line */

static const struct {
	enum rule rule;
	const char *id, *section, *level, *text, *how;
} statements[] = {
#define RULE(id, section, level, text) { id, #id, section, #level, text, NULL },
#define ELSEWHERE(id, section, level, text, how) \
	{ RULES, #id, section, #level, text, how },
#include "rules.def"
#undef RULE
#undef ELSEWHERE
};

static const char *const names[] = {
#define RULE(id, section, level, text) #id,
#define ELSEWHERE(id, section, level, text, how)
#include "rules.def"
#undef RULE
#undef ELSEWHERE
};

#define STATEMENTS (sizeof(statements) / sizeof(statements[0]))

static unsigned long kept[RULES], broken[RULES];
static bool paused;

void rules_anew(void)
{
	memset(kept, 0, sizeof(kept));
	memset(broken, 0, sizeof(broken));
}

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
		fprintf(stderr, "%s broken: ", names[r]);
		va_start(ap, fmt);
		vfprintf(stderr, fmt, ap);
		va_end(ap);
		fprintf(stderr, "\n");
	}
	return false;
}

static const char *result(enum rule r)
{
	return r == RULES ? "elsewhere" : broken[r] ? "BROKEN" :
	       kept[r] ? "kept" : "not seen";
}

unsigned int rules_report(void)
{
	unsigned int i, seen = 0, bad = 0;

	for (i = 0; i < STATEMENTS; i++) {
		enum rule r = statements[i].rule;

		printf("%-19s %-17s %-6s %-9s ", statements[i].id,
		       statements[i].section, statements[i].level, result(r));
		if (r == RULES)
			printf("%10s %s: %s\n", "", statements[i].text,
			       statements[i].how);
		else
			printf("%10lu %s\n", kept[r] + broken[r],
			       statements[i].text);
	}
	printf("not seen:");
	for (i = 0; i < RULES; i++) {
		seen += kept[i] || broken[i];
		bad += !!broken[i];
		if (!kept[i] && !broken[i])
			printf(" %s", names[i]);
	}
	printf("\n%zu statements, %zu checked elsewhere; of %u rules ", STATEMENTS,
	       STATEMENTS - RULES, RULES);
	printf("%u seen, %u passed, %u broken%s\n", seen, seen - bad, bad,
	       paused ? ", but not looked at to the end" : "");
	return bad + paused;
}
