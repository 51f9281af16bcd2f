/* SPDX-License-Identifier: 0BSD */
/*
 * The error numbers Ossa's functions return, negated. The names and the values are those of POSIX and of Linux
 * (asm-generic/errno-base.h numbering), so that logs read the same everywhere. A function names in its contract which
 * of them it returns; 0 is success.
 */
#pragma once

#define ENOENT    2   /* nothing by that name */
#define EIO       5   /* the device or firmware failed */
#define E2BIG     7   /* larger than the caller's buffer or table */
#define ENOMEM    12  /* no memory */
#define EFAULT    14  /* the address cannot be accessed */
#define EBUSY     16  /* somebody else has it */
#define EEXIST    17  /* already there */
#define EINVAL    22  /* the argument or the data is malformed */
#define ENOSPC    28  /* a table or list is full */
#define ERANGE    34  /* the value does not fit its type or window */
#define ENOSYS    38  /* not available on this machine */
#define ETIMEDOUT 110 /* it did not come in time */
