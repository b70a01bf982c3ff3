// SPDX-License-Identifier: MIT
/*
 * Is the host's side of networks as it was made? Runs as root of the host in the builder, at each
 * login with network = nat, and in nsbox-net. Must never change a rule or a table.
 */
#include "net_seal.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "net_rules.h"
#include "netlink.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* NFPROTO_INET: linux/netfilter.h cannot be had beside musl's netinet/in.h. */
#define INET_FAMILY 1
#define STATE_MAX 512
#define FNV_START 0xcbf29ce484222325U
#define FNV_STEP 0x100000001b3U

#define NFT(type) (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | (type))

int net_words_parse(const struct net_words *words, struct net_site *ret, struct nsbox_error *err)
{
	struct value_why why;

	memset(ret, 0, sizeof(*ret));
	ret->block = words->block;
	if (nets_pool(words->pool, &ret->pool, &why) < 0)
		return error_plain(err, EINVAL, "cannot use address-pool: %s", why.text);
	if (nets_range(words->ports, &ret->publish, &why) < 0)
		return error_plain(err, EINVAL, "cannot use publish-ports: %s", why.text);
	return 0;
}

/* The attribute @type of the message, or NULL. */
static const struct nlattr *find_attr(const struct nlmsghdr *msg, uint16_t type)
{
	const struct nlattr *attr = NULL;

	while ((attr = netlink_attr(msg, sizeof(struct nfgenmsg), attr)))
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

/*
 * The first attribute of a table, a chain and a rule alike names the table. Behind the family the
 * head has the count of changes: that is left out, as is the message's own number.
 */
static int add_message(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *name = find_attr(msg, NFTA_TABLE_NAME);
	struct net_print *print = data;
	size_t size = 0;
	const void *text = name ? netlink_data(name, &size) : NULL;

	if (size != sizeof(NET_TABLE) || memcmp(text, NET_TABLE, size))
		return 0;
	print->rules += msg->nlmsg_type == NFT(NFT_MSG_NEWRULE);
	for (size_t i = NLMSG_LENGTH(sizeof(struct nfgenmsg)); i < msg->nlmsg_len; i++) {
		print->hash ^= ((const unsigned char *)msg)[i];
		print->hash *= FNV_STEP;
	}
	return 0;
}

static int take_count(const struct nlmsghdr *msg, void *data)
{
	const struct nlattr *attr = find_attr(msg, NFTA_GEN_ID);

	if (!attr)
		return -EPROTO;
	*(uint32_t *)data = be32toh(netlink_u32(attr));
	return 0;
}

static int ask(int fd, uint8_t type, int (*each)(const struct nlmsghdr *, void *), void *data)
{
	const struct nfgenmsg head = { .nfgen_family = INET_FAMILY, .version = NFNETLINK_V0 };
	struct netlink_batch batch;

	netlink_reset(&batch);
	netlink_begin(&batch, NFT(type), 0, &head, sizeof(head));
	if (type == NFT_MSG_GETRULE)
		netlink_put_text(&batch, NFTA_RULE_TABLE, NET_TABLE);
	return netlink_dump(fd, &batch, each, data);
}

static int count_changes(int fd, uint32_t *ret)
{
	const struct nfgenmsg head = { .nfgen_family = INET_FAMILY, .version = NFNETLINK_V0 };
	struct netlink_batch batch;

	netlink_reset(&batch);
	netlink_begin(&batch, NFT(NFT_MSG_GETGEN), 0, &head, sizeof(head));
	return netlink_get(fd, &batch, take_count, ret);
}

/* Again if somebody changes a table meanwhile, a few times. */
static int look(int fd, struct net_print *ret)
{
	static const uint8_t parts[] = { NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN, NFT_MSG_GETRULE };
	uint32_t before;
	int r, tries = 10;

	do {
		ret->rules = 0;
		ret->hash = FNV_START;
		r = count_changes(fd, &before);
		for (size_t i = 0; r == 0 && i < sizeof(parts); i++)
			r = ask(fd, parts[i], add_message, ret);
		if (r == 0)
			r = count_changes(fd, &ret->count);
		if (r == 0 && before != ret->count)
			r = -EAGAIN;
	} while (r == -EAGAIN && --tries);
	return r == -ENOENT ? 0 : r;
}

int net_seal_look(struct net_print *ret)
{
	_cleanup_close_ int fd = -1;
	int r = netlink_open(NETLINK_NETFILTER, &fd);

	return r < 0 ? r : look(fd, ret);
}

/* What the state says besides the fingerprint. Return: its bytes or -errno. */
static int print_words(const struct net_words *words, int fd, char *buf, size_t size)
{
	uint64_t netns = 0;
	socklen_t len = sizeof(netns);
	int n;

	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &netns, &len) < 0)
		return -errno;
	n = snprintf(buf, size, "nsbox-net 2\nnetns %" PRIu64 "\naddress-pool %s\n"
		     "publish-ports %s\npublish-block %u\n", netns, words->pool, words->ports,
		     words->block);
	return n < 0 || (size_t)n >= size ? -EMSGSIZE : n;
}

static int write_state(const char *text, size_t len)
{
	_cleanup_close_ int fd = -1;
	char new[sizeof(NET_STATE) + 16];
	ssize_t n;

	snprintf(new, sizeof(new), NET_STATE ".%d", getpid());
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EEXIST && unlink(new) == 0)	/* of one that was killed */
		fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n != (ssize_t)len || rename(new, NET_STATE) < 0) {
		int r = n < 0 || n == (ssize_t)len ? -errno : -EIO;

		unlink(new);
		return r;
	}
	return 0;
}

static int seal(const struct net_words *words, int fd, const struct net_print *print)
{
	char text[STATE_MAX];
	int n = print_words(words, fd, text, sizeof(text)), more;

	if (n < 0)
		return n;
	more = snprintf(text + n, sizeof(text) - (size_t)n, "table %016" PRIx64 " %u\n",
			print->hash, print->count);
	if (more < 0 || (size_t)more >= sizeof(text) - (size_t)n)
		return -EMSGSIZE;
	return write_state(text, (size_t)n + (size_t)more);
}

int net_seal_write(const struct net_words *words, const struct net_print *print)
{
	_cleanup_close_ int fd = -1;
	int r = netlink_open(NETLINK_NETFILTER, &fd);

	return r < 0 ? r : seal(words, fd, print);
}

/* Take "table HASH COUNT\n" apart, and nothing else. */
static bool take_print(const char *text, struct net_print *ret)
{
	static const char head[] = "table ";
	unsigned long count;
	char *end;

	if (strncmp(text, head, strlen(head)) != 0)
		return false;
	ret->hash = strtoull(text + strlen(head), &end, 16);
	if (*end != ' ')
		return false;
	count = strtoul(end, &end, 10);
	ret->count = (uint32_t)count;
	return count <= UINT32_MAX && !strcmp(end, "\n");
}

/* What was made, if it was made of @words and here. Return: 1, 0 if not, or -errno. */
static int read_state(const struct net_words *words, int fd, struct net_print *ret)
{
	_cleanup_close_ int file = open(NET_STATE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char want[STATE_MAX], have[STATE_MAX];
	int len = print_words(words, fd, want, sizeof(want));
	ssize_t n;

	if (file < 0)
		return errno == ENOENT ? 0 : -errno;
	if (len < 0)
		return len;
	n = read(file, have, sizeof(have) - 1);
	if (n < 0)
		return -errno;
	have[n] = '\0';
	if (n < len || memcmp(have, want, (size_t)len))
		return 0;
	return take_print(have + len, ret);
}

/* The table: by the count alone where nothing was changed since. */
static int check_table(const struct net_words *words)
{
	struct net_print made = { .count = 0 }, now = { .count = 0 };
	_cleanup_close_ int fd = -1;
	uint32_t count;
	int r = netlink_open(NETLINK_NETFILTER, &fd);

	if (r == 0)
		r = read_state(words, fd, &made);
	if (r <= 0)
		return r;
	r = count_changes(fd, &count);
	if (r < 0 || count == made.count)
		return r < 0 ? r : 1;
	r = look(fd, &now);
	if (r < 0 || now.hash != made.hash)
		return r < 0 ? r : 0;
	seal(words, fd, &now);	/* the next login need not look; if it fails, it looks */
	return 1;
}

static int check_rules(int route, const struct net_words *words, struct nsbox_error *err)
{
	struct net_rules have;
	struct net_site site;
	int r = net_words_parse(words, &site, err);

	if (r < 0)
		return r;
	r = net_rules_read(route, &have);
	if (r < 0)
		return error_errno(err, r, "cannot read the routing rules");
	return net_rules_good(&have, &site.pool);
}

int net_seal_check(int route, const struct net_words *words, struct nsbox_error *err)
{
	int r = check_table(words);

	if (r < 0)
		return error_errno(err, r, "cannot read the firewall's table inet " NET_TABLE);
	return r ? check_rules(route, words, err) : 0;
}
