/* SPDX-License-Identifier: MIT */
/*
 * The effective policy of one login: what the loader and the matcher make of nsbox.conf, and all
 * that the builder's plans are made from.
 */
#ifndef NSBOX_POLICY_H
#define NSBOX_POLICY_H

#include <limits.h>
#include <stdbool.h>

#include "values.h"
#include "words.h"

enum container_word {
	CONTAINER_YES,
	CONTAINER_NO,
	CONTAINER_DENY,
};

enum mode_word {
	MODE_ENFORCE,
	MODE_AUDIT,
};

enum user_map_word {
	USER_MAP_SELF,
	USER_MAP_ROOT,
	USER_MAP_SUBIDS,
};

enum network_word {
	NETWORK_LOOPBACK,
	NETWORK_HOST,
	NETWORK_NAT,
	NETWORK_BRIDGE,
};

enum network_admin_word {
	NETWORK_ADMIN_AUTO,	/* yes with a loopback alone, no with what leads out */
	NETWORK_ADMIN_NO,
	NETWORK_ADMIN_YES,
};

enum proc_word {
	PROC_OWN,
	PROC_HIDEPID,
	PROC_PID_ONLY,
};

enum overlay_word {
	OVERLAY_NONE,
	OVERLAY_SESSION,
	OVERLAY_USER,
};

enum users_word {
	USERS_ALL,
	USERS_SELF,
};

#define POLICY_HOSTNAME_MAX 128	/* of the template; the expansion is cut at the kernel's 64 */
#define POLICY_MESSAGE_MAX 191	/* of the template, with the NUL */
#define POLICY_NETWORK_MAX 32
#define POLICY_ADDRESS_MAX 192
#define POLICY_SHORT_MAX 32	/* of what is a word or two */
#define POLICY_UMASK_MAX 8

/**
 * struct policy - one login's effective policy
 * @container: whether the login is boxed, left alone, or refused
 * @mode: whether a container is entered, or built and only logged
 * @message: template of a line shown at login; %u user, %h host, %i session id; may be empty
 * @namespaces: OR of CLONE_NEW* flags (see nstable.h)
 * @hostname: template; %u user, %h host, %i session id
 * @user_map: who the tenant is inside
 * @home: "host", "session", "none", or template of the folder that is the home
 * @read_only: the host's tree cannot be written
 * @hide: paths; place_*() of places.h take these six apart
 * @bind: what is shown as it is on the host
 * @bind_ro: what is shown read-only
 * @bind_idmap: what is shown as the tenant's own
 * @tmpfs: empty folders of the tenant's
 * @slave: folders below which later mounts of the host appear
 * @root: the tree that the tenant sees: "/" is the host's, or a folder, or an image file
 * @overlay: what becomes of writes to it
 * @private_tmp: own /tmp and /var/tmp
 * @tmp_size: of all session files together
 * @tmp_files: how many there may be; 0: as many as fit @tmp_size with 16 KiB each
 * @proc: how much of itself /proc shows
 * @devices: patterns of the host's devices that the tenant gets
 * @users: whose names and homes the tenant sees
 * @network: nets_network() takes it apart
 * @network_admin: whether root inside may administer it
 * @address: of a bridge; nets_address() takes it apart
 * @egress: "any" alone, "none" alone, or targets for nets_target()
 * @egress_deny: targets, also of what @egress allows
 * @reach_host: "no" alone, or ports for nets_ports()
 * @dns: "auto" alone, "none" alone, or addresses for nets_server()
 * @publish: nets_publish() takes it apart
 * @rate: nets_rate() takes it apart
 * @low_ports: ports below 1024 can be bound by anybody inside
 * @no_new_privileges: no program gets more privilege than who starts it
 * @capabilities: "auto", "none" or "namespace" alone, or names; privileges_kept() takes it apart
 * @nested_user_namespaces: further ones may be made inside
 * @umask: "keep", or what it becomes; privileges_umask() takes it apart
 * @core_dumps: the login's own limit of them holds; else there are none
 * @shell: the shell to run instead of the password entry's; empty: the password entry's
 * @nss_sockets: what the landing binds from the host; nss_path() tells the path of each
 * @nss_inside: the container has them as well
 *
 * It holds no pointers: it is copied and compared as it is.
 */
struct policy {
	enum container_word container;
	enum mode_word mode;
	char message[POLICY_MESSAGE_MAX];
	int namespaces;
	char hostname[POLICY_HOSTNAME_MAX];
	enum user_map_word user_map;
	char home[PATH_MAX];
	bool read_only;
	struct words hide;
	struct words bind;
	struct words bind_ro;
	struct words bind_idmap;
	struct words tmpfs;
	struct words slave;
	char root[PATH_MAX];
	enum overlay_word overlay;
	bool private_tmp;
	struct amount tmp_size;
	unsigned int tmp_files;
	enum proc_word proc;
	struct words devices;
	enum users_word users;
	char network[POLICY_NETWORK_MAX];
	enum network_admin_word network_admin;
	char address[POLICY_ADDRESS_MAX];
	struct words egress;
	struct words egress_deny;
	struct words reach_host;
	struct words dns;
	char publish[POLICY_SHORT_MAX];
	char rate[POLICY_SHORT_MAX];
	bool low_ports;
	bool no_new_privileges;
	struct words capabilities;
	bool nested_user_namespaces;
	char umask[POLICY_UMASK_MAX];
	bool core_dumps;
	char shell[PATH_MAX];
	struct words nss_sockets;
	bool nss_inside;
};

#define SITE_POOL_MAX 128
#define SITE_RANGE_MAX 16
#define SITE_TEMPLATES_MAX 32

/**
 * struct site - what holds for all logins alike
 * @services: the PAM services whose logins are nsbox's business; others are left alone
 * @deadline_ms: how long a login may wait for its container, in milliseconds
 * @address_pool: nets_pool() takes it apart; may be empty
 * @publish_ports: nets_range() takes it apart; may be empty
 * @publish_block: how many of them a session has
 * @templates: how many different templates of address are in the policy, in any of its sections
 * @template: each of them; nets_template() takes it apart
 */
struct site {
	struct words services;
	unsigned int deadline_ms;
	char address_pool[SITE_POOL_MAX];
	char publish_ports[SITE_RANGE_MAX];
	unsigned int publish_block;
	unsigned int templates;
	char template[SITE_TEMPLATES_MAX][POLICY_ADDRESS_MAX];
};

#endif
