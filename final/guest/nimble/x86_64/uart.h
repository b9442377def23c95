/* SPDX-License-Identifier: MIT */
#ifndef UART_H
#define UART_H

#define UART_PATTERN 0x5a0ff1ce5eed0000

#endif
