#include <arch/x86.h>
#include <hv/grade.h>
#include <hv/string.h>

/*
 * A CPU that is made up: what cpuid(), msr_read() and msr_write() find while grade_mocked is set.
 * The same question has the same answer, in whatever order and however often it is asked.
 */
static struct {
	bool amd, vmx, svm;
	u32 max_extended;
	u64 chance;
	struct cpuid svm_leaf;
	struct {
		u32 msr;
		u64 value;
	} msrs[32];
	u32 nr_msrs;
} grade_1_cpu;

u64 grade_1_refused; /* bits of MSRs that can't be changed */

u64 *grade_1_msr(u32 msr)
{
	u32 n = 0;

	while (n < grade_1_cpu.nr_msrs && grade_1_cpu.msrs[n].msr != msr)
		n++;
	grade_1_cpu.msrs[n].msr = msr;
	if (n == grade_1_cpu.nr_msrs)
		grade_1_cpu.nr_msrs++;
	return &grade_1_cpu.msrs[n].value;
}

u64 mock_msr_read(u32 msr)
{
	u64 value;

	for (u32 n = 0; n < grade_1_cpu.nr_msrs; n++)
		if (grade_1_cpu.msrs[n].msr == msr)
			return grade_1_cpu.msrs[n].value;
	if (msr == MSR_FEATURE_CONTROL || (msr >= MSR_VMX_BASIC && msr < MSR_VMX_BASIC + 0x20) ||
	    msr == MSR_VM_CR || msr == MSR_VM_HSAVE_PA) {
		tell("  MSR %x is read, and that traps: this CPU has none", msr);
		return grade_1_cpu.chance;
	}
	grade_mocked = false;
	value = msr_read(msr);
	grade_mocked = true;
	return value;
}

void mock_msr_write(u32 msr, u64 value)
{
	u64 old = mock_msr_read(msr), *at = grade_1_msr(msr);

	if (msr == MSR_FEATURE_CONTROL && old & BIT(0))
		tell("  IA32_FEATURE_CONTROL is written, and that traps: it was locked");
	else
		*at = (value & ~grade_1_refused) | (old & grade_1_refused);
}

static u32 grade_1_with(u32 value, u64 bit, bool set)
{
	return set ? value | bit : value & ~bit;
}

struct cpuid mock_cpuid(u32 leaf, u32 subleaf)
{
	u64 z = (grade_1_cpu.chance ^ leaf ^ (u64)subleaf << 32) * 0x9e3779b97f4a7c15, y;
	struct cpuid r;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	y = (z ^ z >> 27) * 0x94d049bb133111eb;
	r = (struct cpuid){ z >> 32, y >> 32, z >> 20, y >> 20 };
	if (leaf == 0)		/* "GenuineIntel", "AuthenticAMD" */
		return grade_1_cpu.amd ?
			(struct cpuid){ 0xd, 0x68747541, 0x444d4163, 0x69746e65 } :
			(struct cpuid){ 0x16, 0x756e6547, 0x6c65746e, 0x49656e69 };
	if (leaf == 1)
		r.ecx = grade_1_with(r.ecx, BIT(5), grade_1_cpu.vmx);
	if (leaf == 0x80000000)
		r.eax = grade_1_cpu.max_extended;
	/* A leaf that is not there says anything. */
	if (leaf == 0x80000001)
		r.ecx = grade_1_with(r.ecx, BIT(2),
				     grade_1_cpu.svm || leaf > grade_1_cpu.max_extended);
	if (leaf == 0x8000000a && grade_1_cpu.svm)
		r = grade_1_cpu.svm_leaf;
	return r;
}

enum grade_1_2_fault { NO_FAULT, NEITHER, FIRMWARE, OLD, UNCACHED, NO_SECOND_STAGE, SEVERAL };

static u64 grade_1_2_both(u64 allowed, u64 bit, bool set)
{
	/* Upper half: may be 1. Lower half: must be 1. */
	allowed = set ? allowed | bit : allowed & ~bit;
	return allowed << 32 | (grade_random() & allowed & 0x401e172);
}

static void grade_1_2_intel(u32 faults)
{
	u64 control = grade_random() & 0x17ff02, basic, second;
	bool secondary = !(faults & BIT(NO_SECOND_STAGE)) || grade_below(2);

	control |= faults & BIT(FIRMWARE) ? 1 : (u64[]){ 0, 4, 5, 5 }[grade_below(4)];
	basic = (grade_random() & 0x7fffffff) | (grade_random() & 0x7f) << 48;
	basic |= (grade_below(2) ? 4096 : 1 + grade_below(4095)) << 32;
	basic = (basic & ~(15ul << 50)) | (faults & BIT(UNCACHED) ? 0ul : 6ul << 50);
	basic |= faults & BIT(OLD) ? 0 : BIT(55);
	*grade_1_msr(MSR_FEATURE_CONTROL) = control;
	*grade_1_msr(MSR_VMX_BASIC) = basic;
	*grade_1_msr(MSR_VMX_PROCBASED) =
		grade_1_2_both((u32)grade_random() | 0x401e172, BIT(31), secondary);
	*grade_1_msr(MSR_VMX_MISC) = grade_random();
	second = grade_1_2_both((u32)grade_random(), BIT(1), !(faults & BIT(NO_SECOND_STAGE)));
	if (secondary)
		*grade_1_msr(MSR_VMX_PROCBASED2) = second = second & ~0xfffffffful;
	for (u32 msr = MSR_VMX_TRUE_PINBASED; basic & BIT(55) && msr < 0x491; msr++)
		*grade_1_msr(msr) = *grade_1_msr(MSR_VMX_PROCBASED);
	if (secondary && second & (BIT(33) | BIT(37)))
		*grade_1_msr(MSR_VMX_EPT_VPID_CAP) = grade_random();
	tell("a CPU with VMX: feature control %lx, basic %lx, controls %lx, second %lx", control,
	     basic, *grade_1_msr(MSR_VMX_PROCBASED), secondary ? second : 0);
}

static void grade_1_2_amd(u32 faults)
{
	struct cpuid r = { grade_random(), grade_random(), grade_random(), grade_random() };
	u64 vm_cr = grade_random() & 0x0f;

	if (grade_below(2))
		r.ebx %= 65536;
	r.edx = grade_1_with(r.edx, BIT(0), !(faults & BIT(NO_SECOND_STAGE)));
	grade_1_cpu.svm_leaf = r;
	*grade_1_msr(MSR_VM_CR) = vm_cr |= faults & BIT(FIRMWARE) ? BIT(4) : 0;
	*grade_1_msr(MSR_VM_HSAVE_PA) = 0;
	tell("a CPU with SVM: VM_CR %lx, leaf 8000000a %x %x %x %x", vm_cr, r.eax, r.ebx, r.ecx,
	     r.edx);
}

static void grade_1_2_found(bool possible)
{
	if (possible)
		tell("  %s, %u tags of translations%s", virt->name, cpu_features.nr_asids,
		     virt != &svm ? "" : cpu_features.nrips ? ", next rip told" : ", not told");
}

void grade_1_2(void)
{
	const struct virt *own = virt;
	const char *reason, *reasons[SEVERAL] = { 0 };
	bool alike = false;

	for (u32 i = 0; i < 120; i++) {
		bool vmx_there = i % 10 == 9 ? own != &vmx : own == &vmx, possible;
		enum grade_1_2_fault fault = grade_below(SEVERAL + 1);
		u32 faults = fault == NO_FAULT ? 0 : fault < SEVERAL ? BIT(fault) :
			     (u32)grade_random() & ~(u32)BIT(NEITHER);

		/* Two that only VMX has. */
		if (!vmx_there && (fault == OLD || fault == UNCACHED))
			fault = NO_FAULT, faults = 0;
		memset(&grade_1_cpu, 0, sizeof(grade_1_cpu));
		grade_1_cpu.chance = grade_random();
		grade_1_cpu.amd = !vmx_there;
		grade_1_cpu.vmx = fault != NEITHER && vmx_there;
		grade_1_cpu.svm = fault != NEITHER && !vmx_there;
		grade_1_cpu.max_extended = 0x80000000;
		if (grade_1_cpu.svm || grade_below(2))
			grade_1_cpu.max_extended += vmx_there ? 8 : 0xa + grade_below(0x20);
		if (fault == NEITHER)
			tell("a CPU with neither, extended leaves up to %x",
			     grade_1_cpu.max_extended);
		else if (vmx_there)
			grade_1_2_intel(faults);
		else
			grade_1_2_amd(faults);
		virt = NULL;
		reason = NULL;
		cpu_features = (struct cpu_features){ 77, i % 2 };
		grade_mocked = true;
		possible = arch_detect(&reason);
		grade_mocked = false;
		tell("  it can%s host guests%s", possible ? "" : "not",
		     possible ? "" : reason && *reason ? ", for a reason" : ", for no reason");
		grade_1_2_found(possible);
		if (i % 10 != 9 && !possible && fault < SEVERAL)
			reasons[fault] = reason;
	}
	for (u32 i = NEITHER; i < SEVERAL; i++)
		for (u32 n = i + 1; n < SEVERAL; n++)
			alike |= reasons[i] && reasons[n] && !strcmp(reasons[i], reasons[n]) &&
				 !(i == OLD && n == UNCACHED);
	tell("what is missing is told %s", alike ? "in the same words for two things" : "apart");
	virt = NULL;
	tell("this CPU:");
	grade_1_2_found(arch_detect(&reason));
}
