#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack control
#
# macvlans on the NIC: each has its own address in the device's filter, so the
# NIC is not promiscuous and no stranger's frames come up; they reach the peer,
# and each other if they may. More addresses than a device's table has, or
# than one command takes, pass all the same. A passthru macvlan takes the
# whole NIC.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/stack.sh
. "$LIB/stack.sh"

macs=(- 02:00:5e:00:53:0a 02:00:5e:00:53:0b)
stranger=02:00:5e:00:53:63

# macvlan N MODE: the Nth, in a namespace of its own, as host 10 + N
macvlan()
{
	new_link . "vionic_mv$1" link "$NETIF" address "${macs[$1]}" \
		type macvlan mode "$2"
	ip link set "vionic_mv$1" netns "vionic_ns$1"
	ip -n "vionic_ns$1" link set "vionic_mv$1" name mv
	address "vionic_ns$1" mv $((10 + $1))
}

# reach FROM,ADDRESS TO,ADDRESS
reach()
{
	traffic verify --client "$1" --server "$2" \
		--udp 0,1,1472,1473,5000 --tcp 1,300000
}

# unicast N: the Nth of many
unicast()
{
	printf '02:00:5e:01:%02x:%02x' $(($1 / 256)) $(($1 % 256))
}

# many add|del N: each takes effect by a command of its own, or all of them by
# one when the NIC comes up
many()
{
	local i

	[ "$2" -le 100 ] || ip link set "$NETIF" down
	for ((i = 0; i < $2; i++)); do
		echo "fdb $1 $(unicast $i) dev $NETIF self permanent"
	done | bridge -batch -
	ip link set "$NETIF" up
	wait_for 10 has_carrier "$NETIF"
}

need jq bridge ping
net_setup
new_ns vionic_ns1
new_ns vionic_ns2
macvlan 1 bridge
macvlan 2 bridge
check_num "the NIC is not promiscuous for them" "$(promiscuity "$NETIF")" -eq 0
check_arrive "frames to each arrive, to a stranger do not" \
	"20 otherhost;20 otherhost;0" \
	"${macs[@]:1}" $stranger
check "the peer to one" reach "$PEERNS,$PEER4" vionic_ns1,192.0.2.11
check "the other to the peer, IPv6" reach vionic_ns2,2001:db8::12 \
	"$PEERNS,$PEER6"
check "the peer to the NIC itself" reach "$PEERNS,$PEER4" ".,$LOCAL4"
count_start
check "mode bridge: to each other" reach vionic_ns1,192.0.2.11 \
	vionic_ns2,192.0.2.12
count_stop
check_delta "without a way through the NIC" tx_bytes -lt 10000

for i in 1 2; do
	ip -n vionic_ns$i link set mv type macvlan mode private
	ip -n vionic_ns$i neigh flush dev mv nud all
done
check_refused "mode private: not to each other" \
	in_ns vionic_ns1 ping -q -c 1 -W 1 192.0.2.12
check "but to the peer" reach vionic_ns1,192.0.2.11 "$PEERNS,$PEER4"

for n in 100 350; do
	many add $n
	check_arrive "of $n more addresses first and last arrive, and the macvlans'" \
		"20 otherhost;20 otherhost;20 otherhost;20 otherhost" \
		"$(unicast 0)" "$(unicast $((n - 1)))" "${macs[@]:1}"
	check "a macvlan works beside them" \
		wait_for 5 in_ns vionic_ns1 ping -q -c 1 -W 1 $PEER4
	many del $n
	check_arrive "$n removed: none of them arrives, the macvlans' do" \
		"0;0;20 otherhost;20 otherhost" \
		"$(unicast 0)" "$(unicast $((n - 1)))" "${macs[@]:1}"
done

ip netns del vionic_ns1
ip netns del vionic_ns2
gone()
{
	[ "$(arrive "${macs[@]:1}")" = "0;0" ]
}
check "the macvlans gone, their addresses do not arrive" wait_for 5 gone

own=$NIC_MAC
ip addr flush dev "$NETIF" scope global
new_link . vionic_pt link "$NETIF" type macvlan mode passthru nopromisc
address . vionic_pt 1
check_eq "passthru: the macvlan has the NIC's address" "$(mac vionic_pt)" \
	"$own"
check_num "the NIC need not be promiscuous" "$(promiscuity "$NETIF")" -eq 0
check "traffic" reach "$PEERNS,$PEER4" ".,$LOCAL4"
NIC_MAC=${macs[1]}
check "its address can be changed" ip link set vionic_pt address "$NIC_MAC"
check_eq "the NIC's follows" "$(mac "$NETIF")" "$NIC_MAC"
check_arrive "frames to that arrive, to the one before do not" "20 host;0" \
	"$NIC_MAC" "$own"
static_neighbours
check "traffic" reach "$PEERNS,$PEER4" ".,$LOCAL4"
ip link del vionic_pt
NIC_MAC=$own
check_eq "gone, the NIC has its own again" "$(mac "$NETIF")" "$own"
check_arrive "and listens to that" "20 host;0" "$own" "${macs[1]}"

new_link . vionic_pt link "$NETIF" type macvlan mode passthru
ip link set vionic_pt up
check_num "passthru without nopromisc is promiscuous" \
	"$(promiscuity "$NETIF")" -eq 1
check_arrive "strangers arrive" "20 otherhost" $stranger
ip link del vionic_pt
check_arrive "and then no longer" 0 $stranger
ksft_done
