/* SPDX-License-Identifier: MIT */
/*
 * The landing: the mount namespace in which the monitor and sshd's own child live.
 *
 * It is what the staging tree becomes once init has its copy: nothing can be executed but the
 * doors, and LANDING_DIR holds what the landing alone has.
 */
#ifndef NSBOX_LANDING_H
#define NSBOX_LANDING_H

#include "doors.h"
#include "error.h"
#include "paths.h"
#include "session.h"

/**
 * struct landing_host - what the landing takes from the host, before the tree is changed
 * @log: detached copy of the system log's socket, or -1 when there is none
 * @overlay: detached copy of an overlay for later logins to share, or -1 when there is none
 * @lastlog: the tenant's entry in the host's lastlog: the size is the host's libc's, not musl's
 * @has_lastlog: there is one
 * @keeps_wtmp: the host keeps a wtmp
 * @keeps_lastlog: and a lastlog
 */
struct landing_host {
	int log;
	int overlay;
	char lastlog[NSBOX_LASTLOG_SIZE];
	int has_lastlog;
	int keeps_wtmp;
	int keeps_lastlog;
};

/**
 * landing_take() - take from the host while its /dev, /run and /var/log are still to be seen
 * @uid: the tenant
 * @ret: the caller closes @ret->log; @ret->overlay is left alone
 * @err: filled on failure
 *
 * A host without a log socket, or without a lastlog, is no failure.
 *
 * Return: 0 or -errno.
 */
int landing_take(uid_t uid, struct landing_host *ret, struct nsbox_error *err);

/**
 * landing_make() - turn the caller's mount namespace into a landing
 * @doors: where doors go
 * @record: the session's record
 * @host: what landing_take() got
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int landing_make(const struct door_plan *doors, const struct session_record *record,
		 const struct landing_host *host, struct nsbox_error *err);

#endif
