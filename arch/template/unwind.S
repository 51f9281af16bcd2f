/* SPDX-License-Identifier: 0BSD */
/*
 * The unwinder's two changes of context (unwind.h says what each is for). A port copies one of the others' and changes
 * the registers; as long as it does not, CONFIG_PANIC_UNWIND=n.
 */
