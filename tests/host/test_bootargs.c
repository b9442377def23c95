// SPDX-License-Identifier: MIT
/* SOURCES: lib/bootargs.c lib/printf.c */
#include "host.h"
#include <hv/bootargs.h>

static unsigned char *tree;
static size_t tree_size;

static void word(u32 value)
{
	tree = realloc(tree, tree_size + 4);
	for (int i = 0; i < 4; i++)
		tree[tree_size++] = value >> (24 - 8 * i);
}

static void bytes(const char *data, size_t length)
{
	for (size_t i = 0; i < ALIGN_UP(length, 4); i++) {
		tree = realloc(tree, tree_size + 1);
		tree[tree_size++] = i < length ? data[i] : 0;
	}
}

static void node(const char *name)
{
	word(1);
	bytes(name, strlen(name) + 1);
}

static void property(u32 name, const char *value, size_t length)
{
	word(3);
	word(length);
	word(name);
	bytes(value, length);
}

enum { NAME_REG = 0, NAME_BOOTARGS = 4, NAME_BOOTARGS2 = 13 };

/* A tree with header, structure and strings; in memory that ends where it does. */
static void *make(const char *bootargs)
{
	static const char names[] = "reg\0bootargs\0bootargs2";
	size_t structure = 40, strings;

	for (int i = 0; i < 10; i++)
		word(0);
	node("");
	property(NAME_REG, "\1\2\3", 3);
	word(4);
	node("memory@80000000");
	property(NAME_BOOTARGS2, "wrong", 6);
	word(2);
	node("chosen");
	if (bootargs)
		property(NAME_BOOTARGS, bootargs, strlen(bootargs) + 1);
	word(2);
	word(2);
	word(9);
	strings = tree_size;
	bytes(names, sizeof(names));
	size_t size = tree_size;

	tree_size = 0;
	unsigned char *whole = tree;
	u32 header[] = { 0xd00dfeed, size, structure, strings, 40, 17, 16, 0, sizeof(names),
			 strings - structure };

	for (int i = 0; i < 40; i++)
		whole[i] = header[i / 4] >> (24 - 8 * (i % 4));
	return whole;
}

TEST(bootargs_are_found)
{
	char text[64];

	fdt_bootargs(make("nonce=12345678 guest=hello"), text, sizeof(text));
	CHECK(!strcmp(text, "nonce=12345678 guest=hello"));
}

TEST(bootargs_are_cut)
{
	char text[6];

	fdt_bootargs(make("nonce=12345678"), text, sizeof(text));
	CHECK(!strcmp(text, "nonce"));
}

TEST(tree_without_bootargs)
{
	char text[8] = "before";

	fdt_bootargs(make(NULL), text, sizeof(text));
	CHECK(!strcmp(text, ""));
}

TEST(no_tree)
{
	char text[8] = "before";

	fdt_bootargs(NULL, text, sizeof(text));
	CHECK(!strcmp(text, ""));
}

TEST(what_is_no_tree)
{
	char text[8] = "before";
	u32 *junk = calloc(1, 40);

	fdt_bootargs(junk, text, sizeof(text));
	CHECK(!strcmp(text, ""));
}
