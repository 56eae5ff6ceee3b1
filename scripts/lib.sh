# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Shared by the scripts: messages, options, the cache, and running things in a
# root file system of another Debian release. Sets TOP, CACHE, KERNELS and WATCHERS.
#
# shellcheck disable=SC2034

set -euo pipefail

# ip, tc, depmod and others are not for users, Debian thinks
PATH=$PATH:/usr/sbin:/sbin
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${VIONIC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vionic}
KERNELS="6.1 6.12 7.2"
# built here of Debian's source, to watch the module: slowly
WATCHERS="7.2-debug 7.2-kcsan"

info() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
usage_error() { printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2; exit 2; }

# The comment at the top of a script is its help
show_help() { sed -n '/shellcheck/d; 4,/^[^#]/s/^# \{0,1\}//p' "$0"; }

need_value() { [ $# -ge 2 ] || usage_error "$1 needs a value"; }
need_number() {
	case $2 in
	''|*[!0-9]*) usage_error "$1 needs a number, not '$2'" ;;
	esac
}

known_kernel() {
	case " $KERNELS $WATCHERS " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

# kill_tree PID: a process and what it started
kill_tree() {
	local child IFS=$' \t\n'	# "read" may have been at work

	for child in $(pgrep -P "$1"); do
		kill_tree "$child"
	done
	kill "$1" 2> /dev/null || true
}

# Be root in a user namespace, unless root already
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		unshare --user --map-root-user --map-auto "$@"
	fi
}

# in_root DIRECTORY COMMAND...: run a command in a root file system, with $TOP
# as /vionic. objtool wants /proc, the rest at least /dev/null.
in_root() {
	local root=$1
	shift
	# shellcheck disable=SC2016
	as_root unshare --mount --pid --fork --kill-child sh -ec '
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		mount --bind "$2" "$1/vionic"
		root=$1
		shift 2
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C.UTF-8 "$@"' sh "$root" "$TOP" "$@"
}

# No test wants these, and unpacking takes a guest's time
DROP_NET="bluetooth mac80211 wireless nfc ieee802154 mac802154 6lowpan ceph
	sunrpc rxrpc can tipc rds dccp ax25 netrom rose appletalk atm
	batman-adv 9p smc lapb x25 qrtr phonet"

# pack_modules DIRECTORY FILE: of /lib/modules/VERSION those that tests may want,
# as a piece of a guest's initramfs
pack_modules() {
	local from=$1 to=$2 version=${1##*/} part into
	local root=$2.d dir=$2.d/usr/lib/modules/$version

	mkdir -p "$dir/kernel/drivers/net" "$dir/kernel/arch/x86"
	cp "$from"/modules.{order,builtin*} "$dir/"
	for part in net lib crypto arch/x86/crypto drivers/virtio drivers/net \
		drivers/block fs/configfs; do
		into=$dir/kernel/$part
		mkdir -p "$into"
		[ ! -d "$from/kernel/$part" ] || cp -rT "$from/kernel/$part" "$into"
	done
	for part in $DROP_NET; do
		rm -rf "$dir/kernel/net/$part"
	done
	rm -f "$dir"/kernel/lib/test_*
	find "$root" -name '*.ko.xz' -exec xz -d {} +
	find "$root" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	ln -s usr/lib "$root/lib"
	depmod -b "$root" "$version"
	rm "$root/lib"
	pack "$root" > "$to"
	rm -rf "$root"
}

# pack DIRECTORY: the pieces are simply strung together
pack() {
	(cd "$1" && find . -xdev ! -path './dev/*' ! -path './proc/*' |
		cpio -o -H newc --quiet -R 0:0)
}
