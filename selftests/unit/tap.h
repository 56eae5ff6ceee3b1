/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks and their report in the Test Anything Protocol.
 */
#ifndef _UNIT_TAP_H
#define _UNIT_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define TAP_SHOWN	5	/* failed checks of a case that are printed */
#define TAP_SECONDS	300	/* after which a test counts as hung */

static struct {
	unsigned int cases;
	unsigned int cases_failed;
	unsigned int failed;	/* checks of the present case */
} tap;

static inline void tap_eq(unsigned long long got, unsigned long long want,
			  const char *file, int line, const char *what)
{
	if (__builtin_expect(got == want, 1))
		return;
	if (tap.failed++ < TAP_SHOWN)
		printf("# %s:%d: %s: got %llu, want %llu\n", file, line, what,
		       got, want);
}

/* Both end up in the case that the next T_CASE() reports */
#define T_EQ(got, want)							\
	tap_eq((unsigned long long)(got), (unsigned long long)(want),	\
	       __FILE__, __LINE__, #got)
#define T_TRUE(cond)							\
	tap_eq(!!(cond), 1, __FILE__, __LINE__, #cond)
#define T_FALSE(cond)							\
	tap_eq(!!(cond), 0, __FILE__, __LINE__, #cond)

/* Name the case that all checks since the last T_CASE() belong to */
__attribute__((format(printf, 1, 2)))
static inline void T_CASE(const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", tap.failed ? "not " : "", ++tap.cases);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	tap.cases_failed += !!tap.failed;
	tap.failed = 0;
}

static inline void tap_begin(void)
{
	alarm(TAP_SECONDS);
	setvbuf(stdout, NULL, _IOLBF, 0);	/* abort() loses nothing */
	printf("TAP version 13\n");
}

/* Return: the exit code */
static inline int tap_end(void)
{
	printf("1..%u\n", tap.cases);
	return !!tap.cases_failed;
}

#endif /* _UNIT_TAP_H */
