// SPDX-License-Identifier: MIT
/* Intel VMX (SDM, chapters 24 to 33). */
#include <arch/cpu.h>
#include <arch/virt.h>
#include <arch/x86.h>
#include <hv/arch.h>
#include <hv/printf.h>

#define CPUID_VMX BIT(5) /* leaf 1, ECX (SDM 24.6) */

/* IA32_FEATURE_CONTROL (SDM 24.7): once locked it can't be written until the next reset. */
#define FEATURE_LOCKED BIT(0)
#define FEATURE_VMXON  BIT(2) /* outside of SMX operation */

/* IA32_VMX_BASIC (SDM A.1) */
#define BASIC_REVISION(basic) ((u32)(basic) & 0x7fffffff)
#define BASIC_SIZE(basic)     ((u32)((basic) >> 32) & 0x1fff)
#define BASIC_32_BIT          BIT(48) /* VMCS and its kin must lie below 4 GiB */
#define BASIC_TYPE(basic)     ((u32)((basic) >> 50) & 0xf)
#define BASIC_TYPE_WB         6
#define BASIC_IO_INFO         BIT(54) /* exits of INS and OUTS are described */
#define BASIC_TRUE_CONTROLS   BIT(55)

/* What may be 1 stands in the upper half of a capability register (SDM A.3). */
#define PROCBASED_SECONDARY BIT(63)
#define PROCBASED2_EPT      BIT(33)
#define PROCBASED2_VPID     BIT(37)
#define PROCBASED2_UNRESTRICTED BIT(39)

/* The CPU keeps what it likes here while VMX operation is on (SDM 25.11.5). */
static u8 vmxon_region[4096] __attribute__((aligned(4096)));

static bool vmx_offered(void)
{
	return cpuid(1, 0).ecx & CPUID_VMX;
}

static bool vmx_detect(const char **reason)
{
	u64 basic, secondary = 0, control = msr_read(MSR_FEATURE_CONTROL);

	printf("ladder: detect: VMX, by CPUID\n");
	printf("  feature control %s\n", !(control & FEATURE_LOCKED) ? "not locked yet" :
					 control & FEATURE_VMXON     ? "locked, VMXON allowed" :
								       "locked, VMXON forbidden");
	if ((control & FEATURE_LOCKED) && !(control & FEATURE_VMXON)) {
		*reason = "the firmware has switched VMX off (IA32_FEATURE_CONTROL)";
		return false;
	}

	basic = msr_read(MSR_VMX_BASIC);
	printf("  VMCS           revision %x, %u bytes%s%s\n", BASIC_REVISION(basic),
	       BASIC_SIZE(basic), basic & BASIC_32_BIT ? ", below 4 GiB" : "",
	       basic & BASIC_IO_INFO ? ", string I/O described" : "");
	if (!(basic & BASIC_TRUE_CONTROLS)) {
		*reason = "IA32_VMX_BASIC: no IA32_VMX_TRUE_* registers; the CPU is too old";
		return false;
	}
	if (BASIC_SIZE(basic) > sizeof(vmxon_region) || BASIC_TYPE(basic) != BASIC_TYPE_WB) {
		*reason = "IA32_VMX_BASIC: a VMCS is larger than a page or not write-back memory";
		return false;
	}
	if (msr_read(MSR_VMX_PROCBASED) & PROCBASED_SECONDARY)
		secondary = msr_read(MSR_VMX_PROCBASED2);
	printf("  second stage   %s%s\n", secondary & PROCBASED2_EPT ? "EPT" : "none",
	       secondary & PROCBASED2_UNRESTRICTED ? ", real mode too" : "");
	if (!(secondary & PROCBASED2_EPT)) {
		*reason = "IA32_VMX_PROCBASED_CTLS2 does not offer EPT";
		return false;
	}
	cpu_features.nr_asids = secondary & PROCBASED2_VPID ? 0x10000 : 1;
	printf("  VMID bits      %u\n", secondary & PROCBASED2_VPID ? 16 : 0);
	return true;
}

/* CR0 and CR4 must have some bits at 1 and others at 0 in VMX operation (SDM 24.8, A.7, A.8). */
static u64 fixed(u64 value, u32 fixed0, u32 fixed1)
{
	return (value | msr_read(fixed0)) & msr_read(fixed1);
}

static bool vmxon(void)
{
	u64 region = virt_to_phys(vmxon_region);
	bool failed;

	*(u32 *)vmxon_region = BASIC_REVISION(msr_read(MSR_VMX_BASIC));
	/* Sets the carry flag, or the zero flag, where it fails (SDM 31.2). */
	__asm__ volatile("vmxon %1\n	setbe %0" : "=r"(failed) : "m"(region) : "cc", "memory");
	return !failed;
}

static bool vmx_enable(void)
{
	u64 control = msr_read(MSR_FEATURE_CONTROL);

	if (!(control & FEATURE_LOCKED))
		msr_write(MSR_FEATURE_CONTROL, control | FEATURE_VMXON | FEATURE_LOCKED);
	printf("  feature control  %016lx  VMXON allowed, and locked\n",
	       msr_read(MSR_FEATURE_CONTROL));
	cr_write(cr0, fixed(cr_read(cr0), MSR_VMX_CR0_FIXED0, MSR_VMX_CR0_FIXED1));
	cr_write(cr4, fixed(cr_read(cr4) | CR4_VMXE, MSR_VMX_CR4_FIXED0, MSR_VMX_CR4_FIXED1));
	printf("  cr0              %016lx  the bits that VMX fixes\n", cr_read(cr0));
	printf("  cr4              %016lx  the same, and VMXE\n", cr_read(cr4));
	if (!vmxon()) {
		printf("ladder: enable: VMXON failed\n");
		return false;
	}
	printf("  vmxon region     %016lx  the CPU's own notes\n", virt_to_phys(vmxon_region));
	return true;
}

static void vmx_disable(void)
{
	__asm__ volatile("vmxoff" ::: "cc", "memory");
	cr_write(cr4, cr_read(cr4) & ~(u64)CR4_VMXE);
}

const struct virt vmx = {
	.name = "VMX",
	.offered = vmx_offered,
	.detect = vmx_detect,
	.enable = vmx_enable,
	.disable = vmx_disable,
};
