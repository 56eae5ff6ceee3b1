#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: link control reset host
#
# The machine moves to another emulator while traffic flows: connections go on,
# the NIC has all that it was asked for, and it tells its address to the switches
# of the place where it is now. Evidence: frames at the peer.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/wanted.sh
. "$(dirname "$0")/../lib/wanted.sh"

F_GUEST_ANNOUNCE=21
heard=$KSFT_TMP/heard

# announced: how often the NIC has told its address, by an ARP about itself
announced()
{
	grep -c "^[0-9:.]* $NIC_MAC > .* $LOCAL4 tell $LOCAL4\b\|^[0-9:.]* $NIC_MAC > .* Announcement $LOCAL4\b" \
		"$heard"
}

more_announced()
{
	[ "$(announced)" -gt "$1" ]
}

# moves: to another emulator, by a file
moves()
{
	vm-host migrate
}

need tcpdump
net_setup
command -v vm-host > /dev/null || skip_all "no vm-host to migrate the machine"
wanted_set
in_peer tcpdump -n -e -l --immediate-mode -i "$PEERIF" arp > "$heard" \
	2> "$KSFT_TMP/tcpdump" &
on_exit stop_child $!
wait_for 10 file_has 'listening on' "$KSFT_TMP/tcpdump" ||
	bail "tcpdump starts" "$(cat "$KSFT_TMP/tcpdump")"
for time in once "once more"; do
	before=$(announced)
	survives "the machine moves $time" moves
	if has_feature $F_GUEST_ANNOUNCE; then
		check "it tells its address" wait_for 10 more_announced "$before"
	else
		skip "it tells its address" "the device does not ask for it"
	fi
done
ip link set "$NETIF" down
check "it moves while the NIC is down" moves
wanted_up
check_wanted "moved while down"
ksft_done
