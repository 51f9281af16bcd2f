/* SPDX-License-Identifier: 0BSD */
/*
 * What kernel/log/ keeps: the last LOG_RING_BYTES of text, from the first message on, for a panic's report, a console
 * that is found late, and a debugger (`x/s log_ring`).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LOG_RING_BYTES 16384

/* Writes the last whole lines of the ring that fit size_bytes to the console. The caller holds it, or panics. */
void log_write_last(size_t size_bytes);

/* Copies the same lines to a buffer of size_bytes, without a null at the end. Returns how many bytes. Not in a panic.
 */
size_t log_read_last(char *buffer, size_t size_bytes);

/* The rate of arch_ticks() is known now: for the times of the messages that follow. */
void log_set_ticks_hz(uint64_t ticks_hz);
