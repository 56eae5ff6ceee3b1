/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks and their report in the Test Anything Protocol.
 */
#ifndef _UNIT_TAP_H
#define _UNIT_TAP_H

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TAP_SHOWN	5	/* failed checks of a case that are printed */
#define TAP_CPU_SECONDS	300	/* of CPU time, after which a test counts as hung */
#define TAP_PERIOD	10	/* seconds between two looks at that */
#define TAP_IDLE_PERIODS 6	/* without CPU time, likewise */

/* A wait for something that a hung process never does. The time on the clock says nothing on
 * a busy machine: what counts is the CPU time that this process got.
 */
struct tap_wait {
	double since;
	double last;
	unsigned int idle;
};

static struct {
	unsigned int cases;
	unsigned int cases_failed;
	unsigned int failed;	/* checks of the present case */
	struct tap_wait whole;
} tap;

static inline double tap_cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static inline void tap_wait_begin(struct tap_wait *w)
{
	w->since = tap_cpu_seconds();
	w->last = w->since;
	w->idle = 0;
}

/* To be called once in a while. Return: true if this process got @cpu seconds since the wait
 * began, or nothing at all during @periods calls
 */
static inline bool tap_wait_hung(struct tap_wait *w, double cpu,
				 unsigned int periods)
{
	double now = tap_cpu_seconds();

	w->idle = now - w->last < 0.001 ? w->idle + 1 : 0;
	w->last = now;
	return w->idle >= periods || now - w->since > cpu;
}

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

static inline void tap_alarm(int sig __attribute__((unused)))
{
	static const char text[] = "Bail out! The test hangs\n";

	if (tap_wait_hung(&tap.whole, TAP_CPU_SECONDS, TAP_IDLE_PERIODS))
		_exit(write(STDOUT_FILENO, text, sizeof(text) - 1) ? 1 : 2);
	alarm(TAP_PERIOD);
}

static inline void tap_begin(void)
{
	tap_wait_begin(&tap.whole);
	signal(SIGALRM, tap_alarm);	/* system calls go on */
	alarm(TAP_PERIOD);
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
