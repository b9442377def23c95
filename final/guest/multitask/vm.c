// SPDX-License-Identifier: MIT
/*
 * Frames, page tables and address spaces. Memory is mapped one to one in the kernel, so a
 * frame's address is also a pointer to it.
 */
#include "kernel.h"
#include "user.h"

#define ENTRIES		512
#define USER_STACK_SIZE PAGE_SIZE

extern char kernel_start[]; /* these come from guest.ld */
extern char user_load[], user_load_data[], user_load_end[];

static u64 frame_next, frame_end;
static pte_t *kernel_space;

/*
 * The image fits into the first 2 MiB; the frames start behind it. None is ever given back: the
 * final checks look into the address spaces of tasks that have ended.
 */
static void *frame_alloc(void)
{
	void *frame = (void *)frame_next;

	if (frame_next == frame_end)
		panic("out of memory");
	frame_next += PAGE_SIZE;
	return memset(frame, 0, PAGE_SIZE);
}

u32 vm_frames_used(void)
{
	return (frame_next - (u64)kernel_start - LARGE_PAGE_SIZE) / PAGE_SIZE;
}

/* Level 0 has the 4 KiB entries. */
static pte_t *entry_at(pte_t *table, u64 va, int level)
{
	return &table[(va >> (12 + 9 * level)) % ENTRIES];
}

static void map_one(pte_t *table, u64 va, u64 pa, int leaf_level, u32 prot)
{
	pte_t *pte;

	for (int level = PT_LEVELS - 1; level > leaf_level; level--) {
		pte = entry_at(table, va, level);
		if (!pte_is_present(*pte))
			*pte = pte_table((u64)frame_alloc());
		else if (pte_is_leaf(*pte, level))
			panic("mapping 0x%lx inside a larger page", va);
		table = (pte_t *)pte_addr(*pte);
	}
	pte = entry_at(table, va, leaf_level);
	if (pte_is_present(*pte))
		panic("0x%lx is mapped already", va);
	*pte = pte_leaf(pa, leaf_level, prot);
}

void vm_map(pte_t *root, u64 va, u64 pa, u64 size, u32 prot)
{
	u64 end = va + size;

	while (va < end) {
		bool large = !((va | pa) % LARGE_PAGE_SIZE) && end - va >= LARGE_PAGE_SIZE;
		u64 step = large ? LARGE_PAGE_SIZE : PAGE_SIZE;

		map_one(root, va, pa, large, prot);
		va += step;
		pa += step;
	}
}

/* The physical address of @va if it is mapped with all of @prot, else 0. */
u64 vm_translate(pte_t *root, u64 va, u32 prot)
{
	pte_t *table = root;

	for (int level = PT_LEVELS - 1; level >= 0; level--) {
		pte_t pte = *entry_at(table, va, level);

		if (!pte_is_present(pte))
			return 0;
		if (pte_is_leaf(pte, level)) {
			u64 offset = va & ((PAGE_SIZE << (9 * level)) - 1);

			return pte_allows(pte, prot) ? pte_addr(pte) + offset : 0;
		}
		table = (pte_t *)pte_addr(pte);
	}
	return 0;
}

/*
 * User pointers are never followed by hardware in kernel mode: walking the tables in software
 * needs no fault handling, and a pointer into the kernel is refused like any bad one.
 */
bool vm_copy_from_user(pte_t *root, void *dst, u64 va, size_t len)
{
	while (len) {
		u64 pa = vm_translate(root, va, PROT_USER | PROT_READ);
		size_t n = PAGE_SIZE - va % PAGE_SIZE;

		if (!pa)
			return false;
		if (n > len)
			n = len;
		memcpy(dst, (void *)pa, n);
		dst = (u8 *)dst + n;
		va += n;
		len -= n;
	}
	return true;
}

static void map_private_copy(pte_t *root, u64 va, const char *from, const char *end)
{
	for (; from < end; from += PAGE_SIZE, va += PAGE_SIZE) {
		void *frame = memcpy(frame_alloc(), from, PAGE_SIZE);

		vm_map(root, va, (u64)frame, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_USER);
	}
}

/*
 * The kernel's root entries are copied, so all spaces share its lower tables, and a trap needs
 * no change of address space. The user's root entry is empty in the kernel's own space.
 */
pte_t *vm_new_space(void)
{
	pte_t *root = memcpy(frame_alloc(), kernel_space, PAGE_SIZE);
	u64 code_size = user_load_data - user_load;

	vm_map(root, USER_BASE, (u64)user_load, code_size, PROT_READ | PROT_EXEC | PROT_USER);
	map_private_copy(root, USER_BASE + code_size, user_load_data, user_load_end);
	vm_map(root, USER_STACK_TOP - USER_STACK_SIZE, (u64)frame_alloc(), USER_STACK_SIZE,
	       PROT_READ | PROT_WRITE | PROT_USER);
	return root;
}

void vm_init(void)
{
	const struct arch_region *r;
	u64 base = (u64)kernel_start;
	int n;

	frame_next = base + LARGE_PAGE_SIZE;
	frame_end = base + RAM_SIZE;
	kernel_space = frame_alloc();
	for (r = arch_regions(&n); n--; r++)
		vm_map(kernel_space, r->start, r->start, r->size, r->prot);
	vm_map(kernel_space, base + LARGE_PAGE_SIZE, base + LARGE_PAGE_SIZE,
	       RAM_SIZE - LARGE_PAGE_SIZE, PROT_READ | PROT_WRITE);
	arch_use_space(kernel_space);
}
