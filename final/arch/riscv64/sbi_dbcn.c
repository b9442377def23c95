// SPDX-License-Identifier: MIT
/* Debug console: text by the buffer instead of by the byte (SBI 2.0, 12). */
#include <arch/sbi.h>
#include <hv/vm.h>

enum { CONSOLE_WRITE, CONSOLE_READ, CONSOLE_WRITE_BYTE };

/*
 * Both calls may do less than was asked for and say so, which also bounds the time that one call
 * takes.
 */
#define CHUNK 256

static struct sbi_ret write(struct vm *vm, u64 length, gpa_t from)
{
	char buf[CHUNK];

	if (length > CHUNK)
		length = CHUNK;
	if (!vm_read_guest(vm, from, buf, length))
		return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
	for (u64 i = 0; i < length; i++)
		vm_putc(vm, buf[i]);
	return (struct sbi_ret){ SBI_SUCCESS, length };
}

static struct sbi_ret read(struct vm *vm, u64 length, gpa_t to)
{
	u64 done;

	for (done = 0; done < length && done < CHUNK; done++) {
		int c = vm_getc(vm);
		u8 byte = c;

		if (c < 0)
			break;
		if (!vm_write_guest(vm, to + done, &byte, 1))
			return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
	}
	return (struct sbi_ret){ SBI_SUCCESS, done };
}

static struct sbi_ret call(struct vcpu *vcpu, u64 function, const u64 *args)
{
	switch (function) {
	case CONSOLE_WRITE:
	case CONSOLE_READ:
		/* args: length, address, and the address's upper half on a 128-bit hart */
		if (args[2])
			return (struct sbi_ret){ SBI_ERR_INVALID_PARAM, 0 };
		return function == CONSOLE_WRITE ? write(vcpu->vm, args[0], args[1]) :
						   read(vcpu->vm, args[0], args[1]);
	case CONSOLE_WRITE_BYTE:
		vm_putc(vcpu->vm, args[0]);
		return (struct sbi_ret){ SBI_SUCCESS, 0 };
	default:
		return (struct sbi_ret){ SBI_ERR_NOT_SUPPORTED, 0 };
	}
}

const struct sbi_extension sbi_dbcn = { SBI_EXT_DBCN, SBI_EXT_DBCN, call };
