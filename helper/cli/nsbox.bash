# SPDX-License-Identifier: MIT
# Completion of nsbox(1) for bash(1): verbs, options, users. Needs nothing but bash.

_nsbox()
{
	local word=$2 before=$3 verb=${COMP_WORDS[1]} users=0 i offer=

	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'check repair show try --help --version' -- "$word")
		return
	fi
	# What has been said already: a user, or the -- before a command?
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)
			[ "$verb" = try ] && mapfile -t COMPREPLY < <(compgen -c -- "$word")
			return
			;;
		--from | --service | --tty) i=$((i + 1)) ;;
		-*) ;;
		*) users=$((users + 1)) ;;
		esac
	done
	case $before in
	--from | --tty) return ;;
	--service)
		offer=$(cd /etc/pam.d 2>/dev/null && echo *)
		mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$word")
		return
		;;
	esac
	case $verb in
	check) offer='--json --help' ;;
	repair) offer='--help' ;;
	show) offer='--from --service --tty --plan --json --help' ;;
	try) offer='--from --service --help' ;;
	*) return ;;
	esac
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$word") ;;
	*)
		[ "$users" -eq 0 ] || return 0
		if [ "$verb" = check ]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			compopt -o filenames 2>/dev/null
		elif [ "$verb" != repair ]; then
			mapfile -t COMPREPLY < <(compgen -u -- "$word")
		fi
		;;
	esac
	return 0
}

complete -F _nsbox nsbox
