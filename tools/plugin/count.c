/*
 * A QEMU TCG plugin that counts the instructions which the whole machine executes.
 *
 *	-plugin count.so,out=FILE[,range=START:END]...
 *
 * At the emulator's exit FILE holds one count a line: first the instructions outside of every
 * range, then those of each range in the order given. A block of code belongs to the range in
 * which its first (virtual) address lies.
 *
 * QEMU's distributions ship no header for plugins, so what is used of it is declared here. The
 * interface was changed: up to 8.2 a counter is a plain word (version 1), from 9.0 on it is one
 * word a CPU in a "scoreboard" (version 2 and later). PLUGIN_API says which one this is built for.
 */

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PLUGIN_API
#define PLUGIN_API 1
#endif

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_info;
enum plugin_op { PLUGIN_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
		void (*translated)(plugin_id id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_atexit_cb(plugin_id id, void (*at_exit)(plugin_id id, void *data),
		void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

#define MAX_COUNTERS 9

#if PLUGIN_API == 1

void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum plugin_op op,
		void *word, uint64_t value);

static uint64_t counters[MAX_COUNTERS];

static void counters_make(void)
{
}

static void counter_add(struct qemu_plugin_tb *tb, unsigned int n, uint64_t value)
{
	qemu_plugin_register_vcpu_tb_exec_inline(tb, PLUGIN_ADD_U64, &counters[n], value);
}

static uint64_t counter_read(unsigned int n)
{
	return counters[n];
}

#else

struct qemu_plugin_scoreboard;

typedef struct {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
} plugin_u64;

struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb,
		enum plugin_op op, plugin_u64 entry, uint64_t value);
uint64_t qemu_plugin_u64_sum(plugin_u64 entry);

static struct qemu_plugin_scoreboard *board;

static plugin_u64 counter(unsigned int n)
{
	return (plugin_u64){ .score = board, .offset = n * sizeof(uint64_t) };
}

static void counters_make(void)
{
	board = qemu_plugin_scoreboard_new(MAX_COUNTERS * sizeof(uint64_t));
}

static void counter_add(struct qemu_plugin_tb *tb, unsigned int n, uint64_t value)
{
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, PLUGIN_ADD_U64, counter(n), value);
}

static uint64_t counter_read(unsigned int n)
{
	return qemu_plugin_u64_sum(counter(n));
}

#endif

static struct {
	uint64_t start, end;
} ranges[MAX_COUNTERS];
static unsigned int n_counters = 1;
static FILE *out;

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t at = qemu_plugin_tb_vaddr(tb);
	unsigned int n;

	(void)id;
	for (n = 1; n < n_counters; n++)
		if (at >= ranges[n].start && at < ranges[n].end)
			break;
	counter_add(tb, n < n_counters ? n : 0, qemu_plugin_tb_n_insns(tb));
}

static void at_exit(plugin_id id, void *data)
{
	(void)id;
	(void)data;
	for (unsigned int n = 0; n < n_counters; n++)
		fprintf(out, "%" PRIu64 "\n", counter_read(n));
	fclose(out);
}

EXPORT int qemu_plugin_version = PLUGIN_API;

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv);

EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4) && !out) {
			out = fopen(argv[i] + 4, "w");
		} else if (!strncmp(argv[i], "range=", 6) && n_counters < MAX_COUNTERS) {
			char *end;

			ranges[n_counters].start = strtoull(argv[i] + 6, &end, 0);
			ranges[n_counters].end = *end == ':' ? strtoull(end + 1, NULL, 0) : 0;
			n_counters++;
		} else {
			fprintf(stderr, "count: %s is not understood\n", argv[i]);
			return -1;
		}
	}
	if (!out) {
		fprintf(stderr, "count: out=FILE is missing or can't be written\n");
		return -1;
	}
	counters_make();
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
