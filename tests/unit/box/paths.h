/* SPDX-License-Identifier: MIT */
/*
 * Where test_box.c puts the programs: for the rooms of the builder that it compiles for itself.
 */
#define NSBOX_DOOR "/mnt/nsbox-enter"
#define NSBOX_INIT "/mnt/nsbox-init"

#include <lastlog.h>

#define NSBOX_LASTLOG_SIZE sizeof(struct lastlog)

