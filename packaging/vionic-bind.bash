# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion for bash.

# _vionic_bind_devices: of virtio-net NICs, names and PCI addresses
_vionic_bind_devices()
{
	local d name

	for d in /sys/bus/pci/drivers/{virtio-pci,vionic}/*:*; do
		[ "$(cat "$d/vendor" 2> /dev/null)" = 0x1af4 ] || continue
		case $(cat "$d/device") in
		0x1000|0x1041) ;;
		*) continue ;;
		esac
		echo "${d##*/}"
		for name in "$d"/net/* "$d"/virtio*/net/*; do
			[ ! -e "$name" ] || echo "${name##*/}"
		done
	done
}

_vionic_bind()
{
	local cur=${COMP_WORDS[COMP_CWORD]} i verb='' words=''

	# a PCI address is one word, colons and all
	if declare -F _get_comp_words_by_ref > /dev/null; then
		_get_comp_words_by_ref -n : cur
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*) ;;
		*) verb=${verb:-${COMP_WORDS[i]}} ;;
		esac
	done
	case $verb in
	'') words="bind unbind status persist forget boot --force --help" ;;
	bind) words="$(_vionic_bind_devices) --force" ;;
	unbind) words="$(_vionic_bind_devices) all --force" ;;
	status|boot) words=$(_vionic_bind_devices) ;;
	persist) words="$(_vionic_bind_devices) all" ;;
	forget) words="$(awk '$1 == "nic" { print $2 }' /etc/vionic.conf 2> /dev/null) all" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	if declare -F __ltrim_colon_completions > /dev/null; then
		__ltrim_colon_completions "$cur"
	fi
}

complete -F _vionic_bind vionic-bind
