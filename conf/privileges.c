// SPDX-License-Identifier: MIT
/*
 * What the words of the policy's capabilities and umask mean.
 *
 * Pure: runs with any privilege. Must never give a capability that was not named.
 */
#include "privileges.h"

#include <linux/capability.h>
#include <string.h>
#include <strings.h>

#define PREFIX "cap_"
#define CAP(name, number) [number] = PREFIX name

static const char *const names[] = {
	CAP("chown", CAP_CHOWN),
	CAP("dac_override", CAP_DAC_OVERRIDE),
	CAP("dac_read_search", CAP_DAC_READ_SEARCH),
	CAP("fowner", CAP_FOWNER),
	CAP("fsetid", CAP_FSETID),
	CAP("kill", CAP_KILL),
	CAP("setgid", CAP_SETGID),
	CAP("setuid", CAP_SETUID),
	CAP("setpcap", CAP_SETPCAP),
	CAP("linux_immutable", CAP_LINUX_IMMUTABLE),
	CAP("net_bind_service", CAP_NET_BIND_SERVICE),
	CAP("net_broadcast", CAP_NET_BROADCAST),
	CAP("net_admin", CAP_NET_ADMIN),
	CAP("net_raw", CAP_NET_RAW),
	CAP("ipc_lock", CAP_IPC_LOCK),
	CAP("ipc_owner", CAP_IPC_OWNER),
	CAP("sys_module", CAP_SYS_MODULE),
	CAP("sys_rawio", CAP_SYS_RAWIO),
	CAP("sys_chroot", CAP_SYS_CHROOT),
	CAP("sys_ptrace", CAP_SYS_PTRACE),
	CAP("sys_pacct", CAP_SYS_PACCT),
	CAP("sys_admin", CAP_SYS_ADMIN),
	CAP("sys_boot", CAP_SYS_BOOT),
	CAP("sys_nice", CAP_SYS_NICE),
	CAP("sys_resource", CAP_SYS_RESOURCE),
	CAP("sys_time", CAP_SYS_TIME),
	CAP("sys_tty_config", CAP_SYS_TTY_CONFIG),
	CAP("mknod", CAP_MKNOD),
	CAP("lease", CAP_LEASE),
	CAP("audit_write", CAP_AUDIT_WRITE),
	CAP("audit_control", CAP_AUDIT_CONTROL),
	CAP("setfcap", CAP_SETFCAP),
	CAP("mac_override", CAP_MAC_OVERRIDE),
	CAP("mac_admin", CAP_MAC_ADMIN),
	CAP("syslog", CAP_SYSLOG),
	CAP("wake_alarm", CAP_WAKE_ALARM),
	CAP("block_suspend", CAP_BLOCK_SUSPEND),
	CAP("audit_read", CAP_AUDIT_READ),
	CAP("perfmon", CAP_PERFMON),
	CAP("bpf", CAP_BPF),
	CAP("checkpoint_restore", CAP_CHECKPOINT_RESTORE),
};

#define NAMES (sizeof(names) / sizeof(names[0]))
_Static_assert(NAMES <= 64, "capabilities are bits of a uint64_t");

static bool is_close(const char *word, const char *name)
{
	return !strcasecmp(word, name) || !strcasecmp(word, name + strlen(PREFIX));
}

int privileges_check_name(const char *word, struct value_why *why)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (!strcmp(word, names[i]))
			return 0;
		if (is_close(word, names[i]))
			return value_bad(why, 0, "write %s", names[i]);
	}
	return value_bad(why, 0, "no capability has this name");
}

static uint64_t named(const char *word)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(word, names[i]))
			return UINT64_C(1) << i;
	return 0;
}

uint64_t privileges_kept(const struct policy *policy)
{
	const char *word = words_next(&policy->capabilities, NULL);
	uint64_t kept = 0;

	if (!word || !strcmp(word, "none"))
		return 0;
	if (!strcmp(word, "auto"))
		return policy->user_map == USER_MAP_SELF ? 0 : UINT64_MAX;
	if (!strcmp(word, "namespace"))
		return UINT64_MAX;
	for (; word; word = words_next(&policy->capabilities, word))
		kept |= named(word);
	return kept;
}

bool privileges_umask(const char *value, uint32_t *ret)
{
	uint32_t mask = 0;

	if (!strcmp(value, "keep"))
		return false;
	for (; *value; value++)
		mask = mask << 3 | (uint32_t)(*value - '0');
	*ret = mask;
	return true;
}

int privileges_check_umask(const char *value, struct value_why *why)
{
	size_t len = strlen(value), digits = strspn(value, "01234567");

	if (!strcmp(value, "keep"))
		return 0;
	if (digits != len || len < 3 || len > 4)
		return value_bad(why, 0, "it is neither keep nor three or four octal digits");
	if (len == 4 && *value != '0')
		return value_bad(why, 0, "it is more than 777");
	return 0;
}
