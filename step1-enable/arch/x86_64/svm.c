// SPDX-License-Identifier: MIT
/* AMD SVM (APM, chapter 15). */
#include <arch/cpu.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/printf.h>

#define CPUID_EXTENDED     0x80000000
#define CPUID_EXTENDED_SVM BIT(2) /* leaf 0x80000001, ECX (APM 15.4) */
#define CPUID_SVM          0x8000000a
#define CPUID_SVM_NPT      BIT(0) /* its EDX */
#define CPUID_SVM_NRIPS    BIT(3)

/* VM_CR (APM 15.30.1) */
#define VM_CR_SVMDIS BIT(4)

/* The CPU keeps the host's state here while a guest runs (APM 15.30.4). */
static u8 host_save_area[4096] __attribute__((aligned(4096)));

static bool svm_offered(void)
{
	return cpuid(CPUID_EXTENDED, 0).eax >= CPUID_SVM &&
	       (cpuid(CPUID_EXTENDED + 1, 0).ecx & CPUID_EXTENDED_SVM);
}

static bool svm_detect(const char **reason)
{
	struct cpuid svm = cpuid(CPUID_SVM, 0);
	u64 vm_cr = msr_read(MSR_VM_CR);

	printf("ladder: detect: SVM, by CPUID\n");
	printf("  VM_CR          %s\n", vm_cr & VM_CR_SVMDIS ? "SVM disabled" : "SVM allowed");
	if (vm_cr & VM_CR_SVMDIS) {
		*reason = "the firmware has switched SVM off (VM_CR.SVMDIS)";
		return false;
	}
	printf("  VMCB           revision %u, 4096 bytes\n", svm.eax & 0xff);
	printf("  second stage   %s\n", svm.edx & CPUID_SVM_NPT ? "NPT, real mode too" : "none");
	if (!(svm.edx & CPUID_SVM_NPT)) {
		*reason = "CPUID does not offer nested paging (NPT)";
		return false;
	}
	cpu_features.nr_asids = svm.ebx;
	cpu_features.nrips = svm.edx & CPUID_SVM_NRIPS;
	printf("  VMID bits      %u\n", 31 - __builtin_clz(svm.ebx | 1));
	printf("  next rip       %s\n", cpu_features.nrips ? "told by an exit" : "not told");
	return true;
}

static bool svm_enable(void)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
	msr_write(MSR_VM_HSAVE_PA, virt_to_phys(host_save_area));
	if (!(msr_read(MSR_EFER) & EFER_SVME)) {
		printf("ladder: enable: EFER does not take SVME\n");
		return false;
	}
	printf("  efer             %016lx  SVME: VMRUN and its kin are instructions now\n",
	       msr_read(MSR_EFER));
	printf("  vm_hsave_pa      %016lx  where the CPU keeps our state\n",
	       msr_read(MSR_VM_HSAVE_PA));
	return true;
}

static void svm_disable(void)
{
	msr_write(MSR_VM_HSAVE_PA, 0);
	msr_write(MSR_EFER, msr_read(MSR_EFER) & ~(u64)EFER_SVME);
}

const struct virt svm = {
	.name = "SVM",
	.offered = svm_offered,
	.detect = svm_detect,
	.enable = svm_enable,
	.disable = svm_disable,
};
