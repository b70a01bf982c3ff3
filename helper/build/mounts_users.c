// SPDX-License-Identifier: MIT
/*
 * Plan what hides other users: their homes, and their names in /etc, with what else the session has
 * there of its own. Pure; must never call the kernel.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "mount_list.h"
#include "mounts_parts.h"

#define ETC "/etc"
#define RESOLV ETC "/resolv.conf"
#define SEALED (RO | NOSUID | NODEV | NOEXEC)

/* Beside passwd and group: what else in /etc names users. */
static const struct {
	const char *name;
	bool empty;	/* it is there, with nothing in it; else it is not there */
} others[] = {
	{ "shadow", true }, { "gshadow", true }, { "subuid", true }, { "subgid", true },
	{ "passwd-", false }, { "group-", false }, { "shadow-", false }, { "gshadow-", false },
	{ "subuid-", false }, { "subgid-", false },
};

bool user_file_is_ours(const char *path)
{
	if (!strcmp(path, ETC "/passwd") || !strcmp(path, ETC "/group"))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(path, ETC "/", 5) && !strcmp(path + 5, others[i].name))
			return true;
	return false;
}

/* The last mount is one that an image needs not. */
static void list_of_host(struct mount_plan *p)
{
	if (!p->full)
		p->ops[p->n_ops - 1].of_host = true;
}

void mounts_plan_homes(struct mount_plan *p, const struct user_facts *users)
{
	size_t i = 0;

	for (const char *one = users->hidden; one && *one; one += strlen(one) + 1) {
		const char *name = list_text(p, "homes%zu", i++);

		list_dir(p, name, 0755);
		list_cover(p, name, one, SEALED);
		list_of_host(p);
	}
	if (users->shown) {
		list_place(p, users->shown, SCRATCH_DIR, NULL);
		list_bind(p, users->shown, MOUNT_OWNER_ANY, users->shown, RO | NOSUID | NODEV);
	}
}

/* To an overlay, a node of number 0 is a file that is not there, whatever lies beneath. */
static void list_gone(struct mount_plan *p, const char *path)
{
	list_scratch(p, &(struct scratch_entry){ .kind = SCRATCH_NODE,
						 .path = path,
						 .dev = makedev(0, 0) });
}

static void plan_accounts(struct mount_plan *p, const struct user_facts *users)
{
	list_file(p, "etc/passwd", 0644, users->passwd);
	list_file(p, "etc/group", 0644, users->group);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const char *path = list_text(p, "etc/%s", others[i].name);

		if (others[i].empty)
			list_file(p, path, 0600, NULL);
		else
			list_gone(p, path);
	}
}

/* Is it to show through what is mounted over /etc? What the tenant sees anew is not the host's. */
static bool shows(const struct mount_facts *facts, const char *path)
{
	if (facts->own_resolv && !strcmp(path, RESOLV))
		return false;
	return !facts->users.passwd || !user_file_is_ours(path);
}

bool mounts_cover_etc(const struct mount_facts *facts)
{
	return facts->users.passwd || facts->no_resolv;
}

/*
 * An overlay over the folder, not binds over its files: useradd replaces passwd by rename, and a
 * bind would be gone with the old file. And where there is no file, there is nothing to bind on.
 */
void mounts_plan_etc(struct mount_plan *p, const struct mount_facts *facts)
{
	const struct user_facts *users = &facts->users;

	if (!mounts_cover_etc(facts))
		return;
	list_dir(p, "etc", 0755);
	if (users->passwd)
		plan_accounts(p, users);
	if (facts->own_resolv && !strcmp(facts->resolv, RESOLV))
		list_file(p, "etc/resolv.conf", 0644, facts->resolv_text);
	list_op(p, &(struct mount_op){ .kind = MOUNT_OVERLAY,
				       .stage = MOUNT_STAGING,
				       .source = "etc",
				       .target = ETC,
				       .attr = RO | NOSUID | NODEV,
				       .of_host = true });
	for (const char *one = users->etc_mounts; one && *one; one += strlen(one) + 1) {
		if (!shows(facts, one))
			continue;
		list_bind(p, one, MOUNT_OWNER_ANY, one, RO | NOSUID | NODEV);
		list_of_host(p);
	}
}
