// SPDX-License-Identifier: MIT
/*
 * Remote fences (SBI 2.0, 8). All vCPUs of a VM run on this hart and under one VMID, so a fence
 * here is a fence for every one of them; which harts are asked for is only checked.
 */
#include <arch/csr.h>
#include <arch/sbi.h>
#include <hv/vm.h>

enum { FENCE_I, SFENCE_VMA, SFENCE_VMA_ASID };

/* Page by page up to here; beyond, everything. */
#define MAX_PAGES 64

static void fence_all(void)
{
	__asm__ volatile(H_INSN("hfence.vvma zero, zero") ::: "memory");
}

static void fence(u64 start, u64 size)
{
	if ((!start && !size) || size > MAX_PAGES * 4096) {
		fence_all();
		return;
	}
	for (u64 done = 0; done < size; done += 4096)
		__asm__ volatile(H_INSN("hfence.vvma %0, zero") ::"r"(start + done) : "memory");
}

static void fence_asid(u64 start, u64 size, u64 asid)
{
	if ((!start && !size) || size > MAX_PAGES * 4096) {
		__asm__ volatile(H_INSN("hfence.vvma zero, %0") ::"r"(asid) : "memory");
		return;
	}
	for (u64 done = 0; done < size; done += 4096)
		__asm__ volatile(H_INSN("hfence.vvma %0, %1")::"r"(start + done), "r"(asid)
				 : "memory");
}

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	if (function > SFENCE_VMA_ASID)
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	if (!sbi_mask_is_valid(vcpu->vm, args[0], args[1]))
		return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
	if (function == FENCE_I)
		__asm__ volatile("fence.i" ::: "memory");
	else if (function == SFENCE_VMA)
		fence(args[2], args[3]);
	else
		fence_asid(args[2], args[3], args[4]);
	return (struct sbi_ret){ SBI_SUCCESS, 0 };
}

const struct sbi_extension sbi_rfence = { SBI_EXT_RFENCE, SBI_EXT_RFENCE, call };
