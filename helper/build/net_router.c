// SPDX-License-Identifier: MIT
/*
 * The host as a router. Runs as root of the host in nsbox-net. Must remember that it was none,
 * since others' packets are then kept from being forwarded (net_table.c).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "net_mark.h"
#include "net_mend.h"

#define SWITCH4 "/proc/sys/net/ipv4/ip_forward"
#define CONF6 "/proc/sys/net/ipv6/conf"
#define SWITCH6 CONF6 "/all/forwarding"

static const char *switch_of(int family)
{
	return family == AF_INET ? SWITCH4 : SWITCH6;
}

/* The first byte of a small file, or 0. */
static char first_of(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char first;

	if (fd < 0 || read(fd, &first, 1) != 1)
		return '\0';
	return first;
}

static int set(const char *path, const char *value)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return -errno;
	return 0;
}

bool net_router_is(int family)
{
	return access(switch_of(family), F_OK) < 0 || first_of(switch_of(family)) != '0';
}

bool net_router_recall(struct net_site *ret)
{
	_cleanup_close_ int fd = open(NET_FORWARDING, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[8] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) != 4 || text[3] != '\n')
		return false;
	ret->router4 = text[0] == '1';
	ret->router6 = text[2] == '1';
	return true;
}

int net_router_find(struct net_site *ret, struct nsbox_error *err)
{
	static const char new[] = NET_FORWARDING ".new";
	_cleanup_close_ int fd = -1;
	char text[8];
	int len;

	if (net_router_recall(ret))
		return 0;
	ret->router4 = net_router_is(AF_INET);
	ret->router6 = net_router_is(AF_INET6);
	len = snprintf(text, sizeof(text), "%d %d\n", ret->router4, ret->router6);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write(fd, text, (size_t)len) != len || rename(new, NET_FORWARDING) < 0)
		return error_errno(err, errno, "cannot write %s", NET_FORWARDING);
	return 0;
}

/*
 * A router takes no advertisements of other routers, unless it is told to: the host would lose its
 * own address and way out in the moment that it becomes one. See ip-sysctl.rst, accept_ra.
 */
static int keep_advertised(void)
{
	DIR *dir = opendir(CONF6);
	struct dirent *entry;
	char path[sizeof(CONF6) + 300];
	int r = 0;

	if (!dir)
		return -errno;
	while (r == 0 && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (name[0] == '.' || !strcmp(name, "all") || !strcmp(name, "default") ||
		    !strncmp(name, NET_LINK_PREFIX, strlen(NET_LINK_PREFIX)))
			continue;
		snprintf(path, sizeof(path), CONF6 "/%s/accept_ra", name);
		if (first_of(path) == '1')
			r = set(path, "2");
		if (r == -ENOENT)	/* the interface has gone */
			r = 0;
	}
	closedir(dir);
	return r;
}

int net_router_start(struct nsbox_error *err)
{
	int r = 0;

	if (!net_router_is(AF_INET))
		r = set(SWITCH4, "1");
	if (r < 0)
		return error_errno(err, r, "cannot let the host forward IPv4");
	if (!net_router_is(AF_INET6)) {
		r = keep_advertised();
		if (r == 0)
			r = set(SWITCH6, "1");
	}
	return r < 0 ? error_errno(err, r, "cannot let the host forward IPv6") : 0;
}
