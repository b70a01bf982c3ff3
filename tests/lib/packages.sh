# SPDX-License-Identifier: MIT
# Sourced by tests/demo and tests/run: what they need from Debian, and how it is installed.

# To build nsbox and to log in to it.
packages_demo='
	gcc libc6-dev pkgconf meson ninja-build musl-tools
	libpam0g-dev libinih-dev libjansson-dev libsubid-dev libnftables-dev
	openssh-server openssh-client
	python3 iproute2 procps util-linux login git
'

# To run every test as well.
packages_tests='
	libcmocka-dev libcap2-bin libpam-modules
	python3-pytest python3-pexpect python3-paramiko
	rsync xauth strace keyutils uidmap nscd libnss-extrausers
	busybox-static squashfs-tools erofs-utils mmdebstrap
	cppcheck clang libclang-rt-14-dev clang-tidy binutils mandoc man-db
	user-mode-linux nftables iptables iputils-ping
'

# Daemons among those: package:service.
packages_daemons='openssh-server:ssh nscd:nscd'

# Print those of the packages "$@" that are not installed.
packages_missing() {
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) echo "$package" ;;
		esac
	done
}

# Install those of the packages "$@" that are missing. Nothing is asked of the network when none is.
packages_install() {
	if ! command -v dpkg-query >/dev/null; then
		echo "this is not Debian: install the like of:" "$@" >&2
		return 0
	fi
	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "root is needed to install:" $missing >&2
		return 1
	fi
	echo "installing:" $missing >&2
	without_services packages_fetch $missing
}

packages_fetch() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update >&2 &&
	apt-get -qq install --no-install-recommends --yes "$@" >&2 </dev/null
}

# Run "$@" so that installing a daemon neither starts it now nor enables it for the next boot: which
# daemons run is the admin's business. Where the admin has a policy-rc.d, that one decides.
without_services() {
	policy=/usr/sbin/policy-rc.d
	result=0
	new=
	for daemon in $packages_daemons; do
		[ -z "$(packages_missing "${daemon%:*}")" ] || new="$new ${daemon#*:}"
	done
	if [ ! -e "$policy" ]; then
		trap 'rm -f "$policy"' EXIT INT TERM HUP
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		"$@" || result=$?
		rm -f "$policy"
		trap - EXIT INT TERM HUP
	else
		"$@" || result=$?
	fi
	for service in $new; do
		if command -v systemctl >/dev/null; then
			systemctl --quiet disable "$service.service" 2>/dev/null || :
		fi
	done
	return "$result"
}
