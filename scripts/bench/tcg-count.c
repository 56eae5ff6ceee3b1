// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for QEMU's emulation that counts the instructions a guest executes in
 * its kernel, block by block, between marks that the guest itself executes:
 *
 *	nopl 0x76696f00(%rax)	off
 *	nopl 0x76696f01(%rax)	on
 *	nopl 0x76696f02(%rax)	write what was counted, and forget it
 *
 *	-plugin file=tcg-count.so,out=FILE
 *
 * FILE gets each time a line "stretch" and then
 *
 *	ADDRESS INSTRUCTIONS TIMES
 *
 * for each block that was executed, the address in hexadecimal. User space is one
 * block at address 0. Blocks that an exception ended early count in full: that is
 * few. A string instruction counts once, however long the string.
 *
 * For guests with one CPU: where CPUs take turns, as they do when time goes by
 * instructions, QEMU 11.1 names the CPU that a block was translated on.
 *
 * What is used of QEMU's interface is declared here, as Debian has no package with
 * its header.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT	__attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { CB_NO_REGS };

typedef void (*trans_cb)(struct qemu_plugin_tb *tb, void *data);
typedef void (*exec_cb)(unsigned int cpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, trans_cb cb,
					   void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    exec_cb cb, int flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_cb cb,
					  int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t i);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to,
			     size_t len);

EXPORT int qemu_plugin_version = 7;

#define BLOCKS	(1 << 20)
#define KERNEL	(1ull << 63)

/* Blocks by number; the same code translated twice is two of them */
static struct {
	uint64_t address;
	uint32_t insns;
} block[BLOCKS];
static uint32_t blocks;
static uint64_t times[BLOCKS];
static bool counting;
static FILE *out;

static void executed(unsigned int cpu, void *data)
{
	if (counting)
		times[(uintptr_t)data]++;
}

static void off(unsigned int cpu, void *data)
{
	counting = false;
}

static void on(unsigned int cpu, void *data)
{
	counting = true;
}

static void write_all(unsigned int cpu, void *data)
{
	uint64_t user = 0;
	uint32_t i;

	fputs("stretch\n", out);
	for (i = 0; i < blocks; i++) {
		uint64_t n = times[i];

		if (!n)
			continue;
		if (block[i].address & KERNEL)
			fprintf(out, "%" PRIx64 " %" PRIu32 " %" PRIu64 "\n",
				block[i].address, block[i].insns, n);
		else
			user += n * block[i].insns;
	}
	fprintf(out, "0 1 %" PRIu64 "\n", user);
	fflush(out);
	memset(times, 0, sizeof(times));
}

static void find_marks(struct qemu_plugin_tb *tb)
{
	static const uint8_t mark[] = { 0x0f, 0x1f, 0x80, 0, 'o', 'i', 'v' };
	static const exec_cb act[] = { off, on, write_all };
	size_t n = qemu_plugin_tb_n_insns(tb);
	size_t i;

	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint8_t code[sizeof(mark)];

		if (qemu_plugin_insn_data(insn, code, sizeof(code)) <
		    sizeof(code) || memcmp(code, mark, 3) ||
		    memcmp(code + 4, mark + 4, 3) || code[3] > 2)
			continue;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, act[code[3]],
						       CB_NO_REGS, NULL);
	}
}

/* Each round of a repeated string instruction but the first is a block of its
 * own, which begins with it
 */
static bool is_round(const struct qemu_plugin_insn *insn)
{
	uint8_t code[4] = {};
	int i = 1;

	if (qemu_plugin_insn_data(insn, code, sizeof(code)) < 2 ||
	    (code[0] != 0xf3 && code[0] != 0xf2))
		return false;
	if ((code[i] & 0xf0) == 0x40)
		i++;
	return (code[i] >= 0xa4 && code[i] <= 0xa7) ||
	       (code[i] >= 0xaa && code[i] <= 0xaf);
}

static void translated(struct qemu_plugin_tb *tb, void *data)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	uint32_t i = __atomic_fetch_add(&blocks, 1, __ATOMIC_RELAXED);

	if (i >= BLOCKS) {
		fputs("tcg-count: more blocks than there is room for\n", stderr);
		exit(1);
	}
	block[i].address = address;
	block[i].insns = qemu_plugin_tb_n_insns(tb) -
			 is_round(qemu_plugin_tb_get_insn(tb, 0));
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, CB_NO_REGS,
					     (void *)(uintptr_t)i);
	if (!(address & KERNEL))
		find_marks(tb);
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc,
			       char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	if (!out) {
		fprintf(stderr, "tcg-count: out=FILE, which can be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated, NULL);
	return 0;
}
