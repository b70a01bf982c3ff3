// SPDX-License-Identifier: MIT
/*
 * The audit's list of findings, and the words that go with each code. Runs as root; must never
 * print.
 */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "match.h"

const struct finding_kind finding_kinds[FINDING_CODES] = {
	[PAM_FILE] = {
		"pam-file",
		"who can write it decides whether logins are boxed",
		"make it readable, root's, and writable by nobody else",
	},
	[PAM_MISSING] = {
		"pam-missing",
		"logins by this service are not boxed",
		"add `session required pam_nsbox.so` as its last session line, or take the service "
		"out of `services`",
	},
	[PAM_FAIL_OPEN] = {
		"pam-fail-open",
		"a login goes on outside when its container cannot be made",
		"write `session required pam_nsbox.so`",
	},
	[PAM_SKIPPED] = {
		"pam-skipped",
		"logins that skip the line of pam_nsbox are not boxed",
		"put pam_nsbox where no earlier session line can end the stack or jump over it",
	},
	[PAM_WORDS] = {
		"pam-words",
		"every login but root's and that of exempt groups is refused",
		"see pam_nsbox(8) for the words that it takes",
	},
	[PAM_PAIR] = {
		"pam-pair",
		"the session is not opened, or not closed, as it should be",
		"use one plain line, or `close` as the first and `open` as the last session line, "
		"with the same exempt groups",
	},
	[PAM_NOT_FIRST] = {
		"pam-not-first",
		"at logout these modules close their sessions in the landing and not on the host",
		"make `pam_nsbox.so close` the first session line",
	},
	[PAM_NOT_LAST] = {
		"pam-not-last",
		"modules after it run in the landing, where nothing can be executed",
		"make pam_nsbox the last session line, after every @include",
	},
	[PAM_TWO_LINES] = {
		"pam-two-lines",
		"with one line it closes in the landing what it has opened on the host",
		"use two lines: `pam_nsbox.so close` first and `pam_nsbox.so open` last",
	},
	[PAM_REQUISITE] = {
		"pam-requisite",
		"when it refuses, later modules still open sessions, and nobody closes them",
		"write `session requisite pam_nsbox.so close`",
	},
	[SSHD_USE_PAM] = {
		"sshd-use-pam",
		"sshd does not call PAM's session modules: nobody is boxed",
		"set `UsePAM yes`",
	},
	[SSHD_USER_ENVIRONMENT] = {
		"sshd-user-environment",
		"users set LD_PRELOAD and the like for what runs before their shell",
		"set `PermitUserEnvironment no`",
	},
	[SSHD_ACCEPT_ENV] = {
		"sshd-accept-env",
		"clients set LD_PRELOAD and the like for what runs before the shell",
		"accept named variables only, such as `AcceptEnv LANG LC_*`",
	},
	[SSHD_CHROOT] = {
		"sshd-chroot",
		"the shell's door is not in the new root: boxed users get internal-sftp only",
		"drop ChrootDirectory for boxed users: the container is what it was for",
	},
	[SSHD_TUNNEL] = {
		"sshd-tunnel",
		"a container has no tun device: `ssh -w` fails for boxed users, and for others it "
		"reaches the host's network",
		"set `PermitTunnel no`",
	},
	[KERNEL_OLD] = {
		"kernel-old",
		"nsbox is tested with Linux 6.1 and later; logins may be refused",
		"run a newer kernel",
	},
	[KERNEL_CALL] = {
		"kernel-call",
		"a container cannot be made without it: boxed logins are refused",
		"run a kernel, or a container host, that has this system call",
	},
	[KERNEL_NAMESPACES] = {
		"kernel-namespaces",
		"a container cannot be made: boxed logins are refused",
		"see to the kernel's configuration and the sysctls user.max_*_namespaces",
	},
	[SYSCTL_MAX] = {
		"sysctl-max",
		"each boxed login takes one of these: when none is left, logins are refused",
		"raise it with sysctl(8)",
	},
	[SYSCTL_USERNS] = {
		"sysctl-userns",
		"this host is in a user namespace itself, so to the kernel its root has no "
		"privilege: boxed logins are refused",
		"allow it with sysctl(8), on the outer host",
	},
	[FILE_MISSING] = {
		"file-missing",
		"boxed logins are refused",
		"install nsbox again",
	},
	[FILE_MODE] = {
		"file-mode",
		"users could get at the setuid file, or change what runs as root; or logins are "
		"refused",
		"install nsbox again, or set owner and mode as said",
	},
	[NAME_UNKNOWN] = {
		"name-unknown",
		"the section speaks of nobody",
		"correct the name, or remove the section",
	},
	[USER_POLICY] = {
		"user-policy",
		"this user's logins are refused",
		"change one of the two values",
	},
	[USER_LOOKUP] = {
		"user-lookup",
		"this user's logins are refused",
		"see to NSS, nsswitch.conf(5)",
	},
	[SUBIDS_MISSING] = {
		"subids-missing",
		"this user's logins are refused, for `user-map = subids` needs them",
		"`usermod --add-subuids FIRST-LAST --add-subgids FIRST-LAST USER`, or another "
		"user-map",
	},
	[SUBIDS_OVERLAP] = {
		"subids-overlap",
		"root inside could be this other user; so the user's logins are refused",
		"give the user ids that nobody else has, and see to the owners of files that have "
		"them",
	},
	[SUBIDS_BAD] = {
		"subids-bad",
		"logins of users with `user-map = subids` are refused",
		"correct the file; see nsbox.conf(5) for what may be in it",
	},
	[SHELL_DOOR] = {
		"shell-door",
		"no door can be put there: boxed logins with this shell are refused",
		"use a shell whose folder, and all above it, only root can write",
	},
	[SHELL_MISSING] = {
		"shell-missing",
		"boxed logins with this shell end at once",
		"install it, or give the users another shell",
	},
	[SHELL_WRITABLE] = {
		"shell-writable",
		"who can write it runs programs as every user that has it",
		"make it root's, and writable by nobody else",
	},
	[SHELL_UNLISTED] = {
		"shell-unlisted",
		"su, ftp servers and pam_shells treat its users as restricted",
		"add it to /etc/shells",
	},
	[SLAVE_NOT_SHARED] = {
		"slave-not-shared",
		"what the host mounts there later does not appear in containers",
		"make the mount that it is on shared: mount --make-rshared",
	},
	[USER_MANAGER] = {
		"user-manager",
		"systemd runs the user's own units on the host, outside the container",
		"`systemctl mask user@.service`, or mask user@UID.service for each boxed user",
	},
	[LINGER] = {
		"linger",
		"systemd runs the user's own units on the host, also without a login",
		"`loginctl disable-linger USER`",
	},
	[CRON_ACCESS] = {
		"cron-access",
		"what crontab(1) has taken from them runs on the host, outside the container",
		"name in /etc/cron.allow only users that are not boxed",
	},
	[AT_ACCESS] = {
		"at-access",
		"what at(1) has taken from them runs on the host, outside the container",
		"name in /etc/at.allow only users that are not boxed",
	},
	[DEVICE_DANGEROUS] = {
		"device-dangerous",
		"whoever can open it reads or changes the host, or other users' input",
		"name only the devices that users need, such as /dev/fuse or /dev/nvidia*",
	},
	[NAT_TABLE] = {
		"nat-table",
		"sessions with `network = nat` are cut off, or not as far apart as they should be",
		"`nsbox repair`; the next such login mends it, too",
	},
	[NAT_RULES] = {
		"nat-rules",
		"they keep sessions apart when the firewall is flushed",
		"`nsbox repair`; the next login with `network = nat` mends them, too",
	},
	[NAT_RULE_PLACE] = {
		"nat-rule-place",
		"nsbox's own must come first: logins with `network = nat` are refused",
		"give it a priority over 3, see ip-rule(8)",
	},
	[NAT_FORWARDING] = {
		"nat-forwarding",
		"sessions with `network = nat` reach nothing",
		"`nsbox repair`, and take it out of sysctl.d(5), or it will be off again",
	},
	[NAT_FIREWALL] = {
		"nat-firewall",
		"sessions with `network = nat` reach nothing, and nobody their published ports",
		"let packets pass that come from or go to nsb*; README has it for firewalld, ufw "
		"and Docker",
	},
	[NAT_KERNEL] = {
		"nat-kernel",
		"logins with `network = nat` are refused",
		"run a kernel that has it: nf_tables with inet and nat, veth, sch_ingress, cls_bpf",
	},
	[NAT_POOL] = {
		"nat-pool",
		"packets to these addresses go to sessions, or nowhere: whoever else has them is "
		"out of reach",
		"give `address-pool` a network that nobody else has",
	},
	[NAT_PORTS] = {
		"nat-ports",
		"from elsewhere these ports lead to sessions, or nowhere",
		"give `publish-ports` ports that the host does not use, or none",
	},
	[BRIDGE_MISSING] = {
		"bridge-missing",
		"logins with this network are refused",
		"make the bridge, see ip-link(8), or correct the name",
	},
	[NAMES_UNREACHABLE] = {
		"names-unreachable",
		"`dns = auto` has nobody to ask: an address of loopback is another one inside",
		"have systemd-resolved write /run/systemd/resolve/resolv.conf, let a resolver "
		"listen on 127.0.0.1, or name servers: `dns = ADDRESS`",
	},
};

void audit_add(struct audit *audit, enum finding_code code, const char *fmt, ...)
{
	struct finding *grown = reallocarray(audit->findings, audit->n + 1, sizeof(*grown));
	va_list ap;
	int r;

	if (!grown) {
		audit->failed = true;
		return;
	}
	audit->findings = grown;
	va_start(ap, fmt);
	r = vasprintf(&grown[audit->n].what, fmt, ap);
	va_end(ap);
	if (r < 0) {
		audit->failed = true;
		return;
	}
	text_clean(grown[audit->n].what);
	grown[audit->n++].kind = &finding_kinds[code];
}

static int find_site(struct audit *audit)
{
	struct conf_values values;
	int r;

	if (audit->doc)
		return match_site(audit->doc, &audit->site, NULL, NULL);
	r = conf_default(&values, NULL);
	if (r == 0)
		audit->site = values.site;
	return r;
}

void audit_run(const struct conf_doc *doc, struct audit *ret)
{
	static void (*const rooms[])(struct audit *) = {
		audit_tenants, audit_files, audit_subids, audit_kernel, audit_pam,
		audit_sshd, audit_shells, audit_slaves, audit_outside, audit_devices,
		audit_nat, audit_legacy, audit_wire, audit_pool, audit_ports,
		audit_bridge, audit_names,
	};

	memset(ret, 0, sizeof(*ret));
	ret->doc = doc;
	if (find_site(ret) < 0)
		ret->failed = true;
	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
		rooms[i](ret);
}

void audit_release(struct audit *audit)
{
	for (size_t i = 0; i < audit->n; i++)
		free(audit->findings[i].what);
	for (size_t i = 0; i < audit->n_tenants; i++)
		login_release(&audit->tenants[i].login);
	free(audit->findings);
	free(audit->tenants);
	memset(audit, 0, sizeof(*audit));
}
