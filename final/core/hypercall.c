// SPDX-License-Identifier: MIT
#include <hv/hypercall.h>
#include <hv/printf.h>
#include <hv/vm.h>

struct ladder_answer ladder_call(struct vcpu *vcpu, u64 function, u64 arg)
{
	switch (function) {
	case LADDER_PING:
		return (struct ladder_answer){ 0, ladder_ping(arg) };
	case LADDER_DONE:
		/*
		 * A status other than 0 must not become 0 when it is cut to the emulator's 8 bits.
		 */
		vm_end(vcpu->vm, arg > 255 ? 255 : (int)arg);
		return (struct ladder_answer){ 0, 0 };
	case LADDER_SHOW:
		printf("ladder: vm %s: shows %lu\n", vcpu->vm->name, arg);
		return (struct ladder_answer){ 0, 0 };
	case LADDER_PUTC:
		vm_putc(vcpu->vm, arg);
		return (struct ladder_answer){ 0, 0 };
	default:
		return (struct ladder_answer){ -1, 0 };
	}
}
