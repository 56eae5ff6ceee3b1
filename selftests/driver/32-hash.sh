#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: rss rx
#
# The hash that the device reports with a frame becomes that of the packet, of
# addresses (L3) or of ports, too (L4), and can be switched off. Evidence: the
# hash of each frame as the driver hands it up, against a Toeplitz hash
# calculated here with the key that the kernel gives to drivers.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/offload.sh
. "$(dirname "$0")/../lib/offload.sh"

# hashes PROTOCOL: "HASH IS-L4" of the frames of this kind, each once
hashes()
{
	frames rx "$NETIF" protocol hash l4_hash |
		sed -n "s/^$1 //p" | sort -u
}

burst()
{
	frames_start
	check "$1" traffic burst --source "$PEERNS,$PEERIF" --mac "$NIC_MAC" \
		--ip "$PEER4,$LOCAL4" --flows 8 --count 80
	wait_for 5 eval "[ \"\$(trace_count)\" -ge 80 ]"
	frames_stop
}

trace_count()
{
	# shellcheck disable=SC2154 # of trace_start
	grep -c "napi_gro_receive_entry: dev=$NETIF " "$trace_dir/trace"
}

net_setup
has_feature $F_HASH_REPORT || skip_all "the device has no HASH_REPORT"
check_eq "receive-hashing is on" "$(feature receive-hashing)" on

# one flow each: the same hash for all frames
for there in $PEER4 $PEER6; do
	here=$LOCAL4 proto=0x0800
	[ "$there" = $PEER4 ] || here=$LOCAL6 proto=0x86dd
	frames_start
	check "TCP from $there: the stream is intact" traffic stream \
		--bytes 300000 --server ".,$here" --client "$PEERNS,$there"
	frames_stop
	diag "hashes: $(hashes $proto | paste -s -d ';')"
	check_num "its frames have one hash that reached the ports" \
		"$(hashes $proto | grep -c ' 1$')" -eq 1
done

net_quiet
key=$(cat /proc/sys/net/core/netdev_rss_key)
burst "datagrams of 8 flows"
check_eq "each has the hash of addresses and ports" "$(hashes 0x0800)" \
	"$(hashes_expected "$key" {20000..20007} | sort | sed 's/$/ 1/')"
frames_start
check "ping" in_peer ping -q -c 5 -i 0.05 $LOCAL4
frames_stop
check_eq "what has no ports has the hash of the addresses" \
	"$(hashes 0x0800)" "$(hashes_expected "$key") 0"
frames_start
check "frames of no known protocol" traffic frames --at ".,$NETIF" \
	--source "$PEERNS,$PEERIF" --marker "$NIC_MAC" "$NIC_MAC"
frames_stop
check_eq "they have none" "$(hashes 0x88b5)" "0x00000000 0"

switch receive-hashing off
burst "datagrams, with receive-hashing off"
check_eq "they have none" "$(hashes 0x0800)" "0x00000000 0"
switch receive-hashing on
burst "datagrams, with receive-hashing on again"
check_num "they have hashes again" \
	"$(hashes 0x0800 | grep -c ' 1$')" -eq 8
ip link set "$NETIF" down
ip link set "$NETIF" up
wait_for 10 has_carrier "$NETIF"
net_addresses
static_neighbours
burst "datagrams, after down and up"
check_num "they still have" "$(hashes 0x0800 | grep -c ' 1$')" -eq 8
ksft_done
