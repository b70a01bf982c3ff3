// SPDX-License-Identifier: MIT
/*
 * The firewall, as it is and as it should be. Runs as root of the host in nsbox-net. Must never
 * change a table of the host's: what is made for comparison is made in a network of its own, which
 * ends with this look.
 */
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "net_audit.h"

/* What nft(8) prints. @flags: NFT_CTX_OUTPUT_* */
static int run(const char *text, unsigned int flags, char **ret, struct nsbox_error *err)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *said;
	int r = 0;

	if (!nft)
		return error_errno(err, ENOMEM, "cannot look at the firewall");
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	nft_ctx_output_set_flags(nft, flags);
	if (nft_run_cmd_from_buffer(nft, text)) {
		said = nft_ctx_get_error_buffer(nft);
		r = error_plain(err, EIO, "cannot use nftables: %.*s",
				(int)strcspn(said ? said : "", "\n"), said ? said : "");
	} else if (ret) {
		*ret = strdup(nft_ctx_get_output_buffer(nft));
		if (!*ret)
			r = error_errno(err, ENOMEM, "cannot look at the firewall");
	}
	nft_ctx_free(nft);
	return r;
}

#define LIST "list table inet " NET_TABLE

static int make_and_list(const char *table, char **ret, struct nsbox_error *err)
{
	int r = run(table, 0, NULL, err);

	return r < 0 ? r : run(LIST, 0, ret, err);
}

/* As this kernel and this library tell it back. */
static int wanted(const struct net_site *site, char **ret, struct nsbox_error *err)
{
	_cleanup_close_ int host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *table = NULL;
	int r = net_table_text(site, &table, err);

	if (r < 0)
		return r;
	if (host < 0 || unshare(CLONE_NEWNET) < 0)
		return error_errno(err, errno, "cannot make a network to try the firewall in");
	r = make_and_list(table, ret, err);
	if (setns(host, CLONE_NEWNET) < 0)
		return error_errno(err, errno, "cannot come back to the host's network");
	return r;
}

int net_audit_table(const struct net_site *site, net_say_fn say, struct nsbox_error *err)
{
	_cleanup_free_ char *want = NULL, *have = NULL;
	struct net_print now;
	int r = wanted(site, &want, err);

	if (r < 0)
		return r;
	r = net_seal_look(&now);
	if (r < 0)
		return error_errno(err, r, "cannot read the firewall's table inet " NET_TABLE);
	if (!now.rules) {
		say(NET_SAYS_TABLE, "the firewall's table inet " NET_TABLE " is missing");
		return 1;
	}
	r = run(LIST, 0, &have, err);
	return r < 0 ? r : net_table_compare(want, have, say);
}

int net_audit_firewall(net_say_fn say, struct nsbox_error *err)
{
	_cleanup_free_ char *all = NULL;
	int r = run("list ruleset", NFT_CTX_OUTPUT_TERSE | NFT_CTX_OUTPUT_STATELESS, &all, err);

	return r < 0 ? r : net_firewall_find(all, say);
}
