// SPDX-License-Identifier: MIT
/*
 * Make or mend the host's side of networks, in an order in which nothing is ever open that was not
 * before. Runs as root of the host in nsbox-net, as many at once as there are logins.
 */
#include "net_mend.h"

#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "netlink.h"

#define RUN_DIR "/run/nsbox"
#define TRIES 5		/* others change tables, too, and the kernel then takes ours back */

/* The lock is the kernel's: it goes with whoever holds it. */
static int lock(int *ret_fd, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;

	if (mkdir(RUN_DIR, 0755) < 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make %s", RUN_DIR);
	if (mkdir(NET_DIR, 0700) < 0 && errno != EEXIST)
		return error_errno(err, errno, "cannot make %s", NET_DIR);
	fd = open(NET_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return error_errno(err, errno, "cannot lock %s/lock", NET_DIR);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* What nft(8) says of a table: its first line has the reason. */
static int refused(struct nft_ctx *nft, struct nsbox_error *err)
{
	const char *said = nft_ctx_get_error_buffer(nft);
	size_t len = said ? strcspn(said, "\n") : 0;

	return error_plain(err, EIO, "cannot make the firewall's table inet " NET_TABLE ": %.*s",
			   (int)(len ? len : strlen("no reason given")),
			   len ? said : "no reason given");
}

static int run(const char *text, struct nsbox_error *err)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int r = -EIO;

	if (!nft)
		return error_errno(err, ENOMEM, "cannot make the firewall's table inet " NET_TABLE);
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	for (int i = 0; i < TRIES && r < 0; i++)
		r = nft_run_cmd_from_buffer(nft, text) == 0 ? 0 : refused(nft, err);
	nft_ctx_free(nft);
	return r;
}

static int mend_table(const struct net_site *site, struct net_print *ret, struct nsbox_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = net_table_text(site, &text, err);

	if (r == 0)
		r = run(text, err);
	if (r < 0)
		return r;
	r = net_seal_look(ret);
	if (r == 0 && ret->rules < NET_TABLE_RULES_MIN)
		r = -EBUSY;	/* flushed while we looked */
	return r < 0 ? error_errno(err, r, "cannot make the firewall's table inet " NET_TABLE) : 0;
}

/* The seal is broken first: whoever comes meanwhile waits for the lock. */
static int mend_all(int route, const struct net_words *words, struct net_site *site,
		    struct nsbox_error *err)
{
	struct net_print print;
	int r = 0;

	if (unlink(NET_STATE) < 0 && errno != ENOENT)
		return error_errno(err, errno, "cannot remove %s", NET_STATE);
	r = net_router_find(site, err);
	if (r == 0)
		r = net_mend_rules(route, &site->pool, err);
	if (r == 0)
		r = mend_table(site, &print, err);
	if (r == 0)
		r = net_router_start(err);
	if (r < 0)
		return r;
	r = net_seal_write(words, &print);
	return r < 0 ? error_errno(err, r, "cannot write %s", NET_STATE) : 0;
}

int net_mend(const struct net_words *words, struct nsbox_error *err)
{
	_cleanup_close_ int held = -1, route = -1;
	struct net_site site;
	int r = net_words_parse(words, &site, err);

	if (r == 0)
		r = lock(&held, err);
	if (r < 0)
		return r;
	r = netlink_open(NETLINK_ROUTE, &route);
	if (r < 0)
		return error_errno(err, r, "cannot talk to the kernel of routing rules");
	r = net_seal_check(route, words, err);
	if (r < 0)
		return r;
	if (r == 1 && net_router_is(AF_INET) && net_router_is(AF_INET6))
		return 0;
	return mend_all(route, words, &site, err);
}
