// SPDX-License-Identifier: MIT
/*
 * Frames and address spaces. Memory is mapped one to one in the kernel, in 4 KiB pages, so a
 * frame's address is also a pointer to it. Frames that user mode can write are a process' own;
 * its code is the kernel image's.
 */
#include "kernel.h"

#define ENTRIES		512
#define USER_STACK_SIZE (4 * PAGE_SIZE)

extern char kernel_start[], rodata_start[], data_start[], kernel_end[]; /* guest.ld */
extern char user_load[], user_load_data[], user_load_end[];

struct free_frame {
	struct free_frame *next;
};

static struct free_frame *free_list; /* given back; used again first */
static u64 never_used;		     /* from here to RAM_END: not touched before it must be */
static u64 nr_free;
static pte_t *kernel_space;

static void frame_free(void *frame)
{
	struct free_frame *f = frame;

	f->next = free_list;
	free_list = f;
	nr_free++;
}

static void *frame_alloc(void)
{
	void *frame = free_list;

	if (!nr_free)
		return NULL;
	nr_free--;
	if (frame) {
		free_list = free_list->next;
	} else {
		frame = (void *)never_used;
		never_used += PAGE_SIZE;
	}
	return memset(frame, 0, PAGE_SIZE);
}

u64 vm_free_frames(void)
{
	return nr_free;
}

/* The last-level entry for @va; NULL if there is none and, with @create, no memory for one. */
static pte_t *walk(pte_t *table, u64 va, bool create)
{
	for (int level = PT_LEVELS - 1; level > 0; level--) {
		pte_t *pte = &table[(va >> (12 + 9 * level)) % ENTRIES];

		if (!pte_is_present(*pte)) {
			void *frame = create ? frame_alloc() : NULL;

			if (!frame)
				return NULL;
			*pte = pte_table((u64)frame);
		}
		table = (pte_t *)pte_addr(*pte);
	}
	return &table[(va >> 12) % ENTRIES];
}

static bool map(pte_t *root, u64 va, u64 pa, u64 size, u32 prot)
{
	for (u64 offset = 0; offset < size; offset += PAGE_SIZE) {
		pte_t *pte = walk(root, va + offset, true);

		if (!pte)
			return false;
		*pte = pte_leaf(pa + offset, prot);
	}
	return true;
}

/* A page of the process' own, filled from @from if that is given. */
static bool map_private(pte_t *root, u64 va, const void *from)
{
	void *frame = frame_alloc();

	if (!frame)
		return false;
	if (from)
		memcpy(frame, from, PAGE_SIZE);
	if (map(root, va, (u64)frame, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_USER))
		return true;
	frame_free(frame);
	return false;
}

/* A root that shares the kernel's tables, and the programs' code. */
static pte_t *new_root(void)
{
	pte_t *root = frame_alloc();

	if (!root)
		return NULL;
	memcpy(root, kernel_space, PAGE_SIZE);
	if (map(root, USER_BASE, (u64)user_load, user_load_data - user_load,
		PROT_READ | PROT_EXEC | PROT_USER))
		return root;
	vm_free_space(root);
	return NULL;
}

/* For a program's start: data as it was linked, an empty stack. NULL: out of memory. */
pte_t *vm_new_space(void)
{
	pte_t *root = new_root();
	bool ok = root;

	for (char *p = user_load_data; ok && p < user_load_end; p += PAGE_SIZE)
		ok = map_private(root, USER_BASE + (p - user_load), p);
	for (u64 va = USER_STACK_TOP - USER_STACK_SIZE; ok && va < USER_STACK_TOP; va += PAGE_SIZE)
		ok = map_private(root, va, NULL);
	if (ok)
		return root;
	vm_free_space(root);
	return NULL;
}

/* For fork: the same addresses, other frames with the same content. */
pte_t *vm_copy_space(pte_t *from)
{
	pte_t *root = new_root();
	bool ok = root;

	for (u64 va = USER_BASE; ok && va < USER_STACK_TOP; va += PAGE_SIZE) {
		pte_t *pte = walk(from, va, false);

		if (pte && pte_allows(*pte, PROT_USER | PROT_WRITE))
			ok = map_private(root, va, (void *)pte_addr(*pte));
	}
	if (ok)
		return root;
	vm_free_space(root);
	return NULL;
}

static void free_table(pte_t *table, int level)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (!pte_is_present(table[i]))
			continue;
		if (level > 0)
			free_table((pte_t *)pte_addr(table[i]), level - 1);
		else if (pte_allows(table[i], PROT_USER | PROT_WRITE))
			frame_free((void *)pte_addr(table[i]));
	}
	frame_free(table);
}

/* All that is not the kernel's. The space must not be in use. */
void vm_free_space(pte_t *root)
{
	if (!root)
		return;
	for (int i = 0; i < ENTRIES; i++)
		if (pte_is_present(root[i]) && root[i] != kernel_space[i])
			free_table((pte_t *)pte_addr(root[i]), PT_LEVELS - 2);
	frame_free(root);
}

/*
 * User pointers are followed by walking the tables in software: no fault can happen on the way,
 * and a pointer into the kernel is refused like any bad one.
 */
static bool copy(pte_t *root, u64 va, u8 *buf, size_t len, u32 prot)
{
	while (len) {
		size_t n = PAGE_SIZE - va % PAGE_SIZE < len ? PAGE_SIZE - va % PAGE_SIZE : len;
		pte_t *pte = va < USER_STACK_TOP ? walk(root, va, false) : NULL;
		u8 *p;

		if (!pte || !pte_allows(*pte, PROT_USER | prot))
			return false;
		p = (u8 *)pte_addr(*pte) + va % PAGE_SIZE;
		if (prot == PROT_WRITE)
			memcpy(p, buf, n);
		else
			memcpy(buf, p, n);
		va += n;
		buf += n;
		len -= n;
	}
	return true;
}

bool vm_copy_in(pte_t *root, void *dst, u64 va, size_t len)
{
	return copy(root, va, dst, len, PROT_READ);
}

bool vm_copy_out(pte_t *root, u64 va, const void *src, size_t len)
{
	return copy(root, va, (u8 *)src, len, PROT_WRITE);
}

pte_t *vm_kernel_space(void)
{
	return kernel_space;
}

/* In place of start.S' one large page: code read-only, data not executable, no firmware. */
void vm_init(void)
{
	u64 text = (u64)kernel_start, rodata = (u64)rodata_start, data = (u64)data_start;

	never_used = (u64)kernel_end;
	nr_free = (RAM_END - never_used) / PAGE_SIZE;
	kernel_space = frame_alloc();
	if (!map(kernel_space, text, text, rodata - text, PROT_READ | PROT_EXEC) ||
	    !map(kernel_space, rodata, rodata, data - rodata, PROT_READ) ||
	    !map(kernel_space, data, data, RAM_END - data, PROT_READ | PROT_WRITE))
		panic("out of memory");
	for (const struct arch_region *d = arch_devices; d->size; d++)
		if (!map(kernel_space, d->start, d->start, d->size,
			 PROT_READ | PROT_WRITE | PROT_DEVICE))
			panic("out of memory");
	arch_use_space(kernel_space);
}
