/* SPDX-License-Identifier: MIT */
/*
 * What `nsbox check` has to say of the host, when root asks.
 *
 * MUST 1: nothing of a tenant's is executed, and no link that a tenant can have made is followed.
 * MUST 2: nothing of the host is changed.
 * MUST 3: a finding's code never changes its meaning: programs look for it. nsbox(1) lists them.
 */
#ifndef NSBOX_AUDIT_H
#define NSBOX_AUDIT_H

#include <stddef.h>

#include "load.h"
#include "login.h"
#include "policy.h"

enum finding_code {
	PAM_FILE,
	PAM_MISSING,
	PAM_FAIL_OPEN,
	PAM_SKIPPED,
	PAM_WORDS,
	PAM_PAIR,
	PAM_NOT_FIRST,
	PAM_NOT_LAST,
	PAM_TWO_LINES,
	PAM_REQUISITE,
	SSHD_USE_PAM,
	SSHD_USER_ENVIRONMENT,
	SSHD_ACCEPT_ENV,
	SSHD_CHROOT,
	SSHD_TUNNEL,
	KERNEL_OLD,
	KERNEL_CALL,
	KERNEL_NAMESPACES,
	SYSCTL_MAX,
	SYSCTL_USERNS,
	FILE_MISSING,
	FILE_MODE,
	NAME_UNKNOWN,
	USER_POLICY,
	USER_LOOKUP,
	SUBIDS_MISSING,
	SUBIDS_OVERLAP,
	SUBIDS_BAD,
	SHELL_DOOR,
	SHELL_MISSING,
	SHELL_WRITABLE,
	SHELL_UNLISTED,
	SLAVE_NOT_SHARED,
	USER_MANAGER,
	LINGER,
	CRON_ACCESS,
	AT_ACCESS,
	DEVICE_DANGEROUS,
	NAT_TABLE,
	NAT_RULES,
	NAT_RULE_PLACE,
	NAT_FORWARDING,
	NAT_FIREWALL,
	NAT_KERNEL,
	NAT_POOL,
	NAT_PORTS,
	BRIDGE_MISSING,
	NAMES_UNREACHABLE,
	FINDING_CODES,
};

/**
 * struct finding_kind - what is the same for all findings of a code
 * @code: as nsbox(1) and programs know it
 * @why: why it matters
 * @remedy: what to do
 */
struct finding_kind {
	const char *code;
	const char *why;
	const char *remedy;
};

/* One row for each enum finding_code, in that order. */
extern const struct finding_kind finding_kinds[FINDING_CODES];

/**
 * struct finding - something about the host
 * @kind: row of finding_kinds
 * @what: what is so, printable ASCII
 */
struct finding {
	const struct finding_kind *kind;
	char *what;
};

/**
 * struct tenant - a user that can log in, and that the policy boxes
 * @login: who; as by sshd from nowhere in particular
 * @policy: the effective policy
 */
struct tenant {
	struct login login;
	struct policy policy;
};

/**
 * struct audit - one audit
 * @doc: the policy; NULL when it has faults: then nobody is known to be boxed
 * @site: what [nsbox] says, or the defaults
 * @tenants: the boxed users that can be listed, by audit_tenants()
 * @n_tenants: how many
 * @findings: in the order of finding
 * @n: how many
 * @failed: there was no memory: the audit is not whole
 */
struct audit {
	const struct conf_doc *doc;
	struct site site;
	struct tenant *tenants;
	size_t n_tenants;
	struct finding *findings;
	size_t n;
	bool failed;
};

/**
 * audit_run() - look at everything
 * @doc: see struct audit
 * @ret: audit_release() in any case
 *
 * Runs as root of the host.
 */
void audit_run(const struct conf_doc *doc, struct audit *ret);

/* Free what it owns. */
void audit_release(struct audit *audit);

/* Report something. */
void audit_add(struct audit *audit, enum finding_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The rooms, each for one side of the host, in the order in which they are asked. */
void audit_tenants(struct audit *audit);	/* first: lists the boxed users */
void audit_files(struct audit *audit);
void audit_subids(struct audit *audit);
void audit_kernel(struct audit *audit);
void audit_pam(struct audit *audit);
void audit_sshd(struct audit *audit);
void audit_shells(struct audit *audit);
void audit_slaves(struct audit *audit);
void audit_outside(struct audit *audit);
void audit_names(struct audit *audit);
void audit_devices(struct audit *audit);
void audit_nat(struct audit *audit);
void audit_wire(struct audit *audit);
void audit_pool(struct audit *audit);
void audit_ports(struct audit *audit);
void audit_bridge(struct audit *audit);
void audit_legacy(struct audit *audit);

#endif
