/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all fuzz targets share: an input that is taken in pieces, and the end of
 * a run that found something.
 *
 * With UNIT_LIBFUZZER a target is an entry for libFuzzer. Else it is a program
 * that runs inputs from a fixed seed, or those in the files that it is given;
 * or writes what a corpus starts with: --corpus DIRECTORY.
 */
#ifndef _UNIT_FUZZ_H
#define _UNIT_FUZZ_H

#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include "rng.h"
#include "tap.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The input. Choices are taken from its front; where a target tells them from
 * what the device says, the latter is taken from its end.
 */
static struct {
	const u8 *data;
	size_t left;
} fuzz;

#define MUST(cond)							\
	do {								\
		if (!(cond))						\
			fuzz_fail(__FILE__, __LINE__, #cond);		\
	} while (0)

__attribute__((noreturn))
static void fuzz_fail(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

static inline void fuzz_begin(const u8 *data, size_t size)
{
	fuzz.data = data;
	fuzz.left = size;
}

/* Zeroes when there is nothing left */
static inline u8 byte(void)
{
	if (!fuzz.left)
		return 0;
	fuzz.left--;
	return *fuzz.data++;
}

static inline u16 word(void)
{
	u8 low = byte();

	return low | byte() << 8;
}

static inline u32 dword(void)
{
	u16 low = word();

	return low | (u32)word() << 16;
}

static inline u8 last_byte(void)
{
	return fuzz.left ? fuzz.data[--fuzz.left] : 0;
}

/* An input that a corpus starts with: what makes it calls put() */
struct fuzz_seed {
	const char *name;
	void (*make)(void);
};

#ifndef UNIT_LIBFUZZER
#define FUZZ_MAX	4096

static u8 fuzz_input[FUZZ_MAX];
static u32 fuzz_size;

static inline void put(u64 val, u32 bytes)
{
	for (; bytes--; val >>= 8)
		fuzz_input[fuzz_size++] = val & 0xff;
}

static inline void fuzz_make(const struct fuzz_seed *seed)
{
	fuzz_size = 0;
	memset(fuzz_input, 0, sizeof(fuzz_input));
	seed->make();
}

/* In memory of exactly that size, so that its end is guarded */
static void fuzz_run(void)
{
	u8 *copy = malloc(fuzz_size);

	memcpy(copy, fuzz_input, fuzz_size);
	LLVMFuzzerTestOneInput(copy, fuzz_size);
	free(copy);
}

static int fuzz_files(char **names)
{
	for (; *names; names++) {
		FILE *f = fopen(*names, "rb");

		if (!f) {
			perror(*names);
			return 1;
		}
		fuzz_size = fread(fuzz_input, 1, sizeof(fuzz_input), f);
		fclose(f);
		fuzz_run();
	}
	return 0;
}

static int fuzz_corpus(const char *dir, const struct fuzz_seed *seeds, u32 num)
{
	char path[4096];
	FILE *f;
	u32 i;

	for (i = 0; i < num; i++) {
		fuzz_make(&seeds[i]);
		snprintf(path, sizeof(path), "%s/%s", dir, seeds[i].name);
		f = fopen(path, "wb");
		if (!f || fwrite(fuzz_input, fuzz_size, 1, f) != 1 ||
		    fclose(f)) {
			perror(path);
			return 1;
		}
	}
	return 0;
}

/* A seed with a tail of noise and some bytes of it changed */
static void fuzz_mutate(struct rng *rng, const struct fuzz_seed *seed)
{
	u32 n;

	fuzz_make(seed);
	for (n = rng_below(rng, 200); n; n--)
		put(rng_below(rng, 2) ? 0 : rng_next(rng), 1);
	for (n = rng_below(rng, 8); n; n--)
		fuzz_input[rng_below(rng, fuzz_size)] = rng_next(rng);
}

static void fuzz_noise(struct rng *rng, u32 max)
{
	fuzz_size = 0;
	for (max = rng_below(rng, max); max; max--)
		put(rng_next(rng), 1);
}

static int fuzz_main(int argc, char **argv, u32 runs,
		     const struct fuzz_seed *seeds, u32 num)
{
	struct rng rng;
	u32 i;

	if (argc == 3 && !strcmp(argv[1], "--corpus"))
		return fuzz_corpus(argv[2], seeds, num);
	if (argc > 1)
		return fuzz_files(argv + 1);
	tap_begin();
	for (i = 0; i < num; i++) {
		fuzz_make(&seeds[i]);
		fuzz_run();
		T_CASE("%s", seeds[i].name);
	}
	rng_seed(&rng, 7);
	for (i = 1; i <= runs; i++) {
		if (num && i % 8)
			fuzz_mutate(&rng, &seeds[rng_below(&rng, num)]);
		else
			fuzz_noise(&rng, i % 8 ? 400 : FUZZ_MAX);
		fuzz_run();
	}
	T_CASE("%u random inputs", runs);
	return tap_end();
}
#endif /* UNIT_LIBFUZZER */

#endif /* _UNIT_FUZZ_H */
