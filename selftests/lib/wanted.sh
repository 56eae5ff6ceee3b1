# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# All that a user can ask of a NIC, set away from its defaults, and whether it
# still holds after the device forgot. Source net.sh first.

# shellcheck source=arrive.sh
. "$LIB/arrive.sh"

wanted_mac=02:00:5e:00:53:10
wanted_second=02:00:5e:00:53:11
wanted_group=01:00:5e:00:53:12
wanted_stranger=02:00:5e:00:53:13
wanted_vlan=77

# wanted_set: what this NIC can be asked for, until the test ends
wanted_set()
{
	local channels key

	channels=$(channels max)
	if [ "$channels" -gt 1 ]; then
		on_exit ethtool -L "$NETIF" combined "$(channels)"
		ethtool -L "$NETIF" combined "$((channels - 1))" 2> /dev/null
	fi
	rings_fixed || set_rings rx 128 tx 64
	if ours; then
		on_exit ethtool -G "$NETIF" rx-buf-len 4096
		ethtool -G "$NETIF" rx-buf-len 2048
	fi
	offload "$NETIF" rx-gro-hw off
	key=$(ethtool -x "$NETIF" 2> /dev/null |
		awk 'hit { print; exit } /^RSS hash key/ { hit = 1 }')
	if [ "$(feature receive-hashing)" = on ] &&
	   ethtool -X "$NETIF" hkey "$(printf ':%02x' {1..40} | cut -c 2-)" \
		2> /dev/null
	then
		# "default" is of the table only
		on_exit ethtool -X "$NETIF" hkey "$key"
		on_exit ethtool -X "$NETIF" default
	fi
	if ethtool -C "$NETIF" rx-usecs 50 rx-frames 8 2> /dev/null; then
		on_exit ethtool -C "$NETIF" rx-usecs 0 rx-frames 0
	fi
	on_exit ip link set "$NETIF" address "$NIC_MAC"
	ip link set "$NETIF" address $wanted_mac
	NIC_MAC=$wanted_mac
	bridge fdb add $wanted_second dev "$NETIF" self permanent
	on_exit bridge fdb del $wanted_second dev "$NETIF" self permanent
	ip maddr add $wanted_group dev "$NETIF"
	on_exit ip maddr del $wanted_group dev "$NETIF"
	ip link add link "$NETIF" name "$NETIF.$wanted_vlan" type vlan \
		id $wanted_vlan
	on_exit ip link del "$NETIF.$wanted_vlan"
	ip link set "$NETIF.$wanted_vlan" up
	sysctl -qw "net.ipv6.conf.$NETIF/$wanted_vlan.disable_ipv6=1"
	on_exit ip link set "$NETIF" mtu 1500
	ip link set "$NETIF" mtu 1400
	static_neighbours
	wait_for 5 operates	# the kernel says so up to a second after
	wanted=$(wanted_shown)
	diag "$wanted"
}

operates()
{
	[ "$(cat "/sys/class/net/$NETIF/operstate")" = up ]
}

# wanted_shown: what the kernel and ethtool say of it
wanted_shown()
{
	local what

	for what in -g -l -k -x -c; do
		ethtool $what "$NETIF" 2>&1 | sed "s/^/$what /"
	done
	ip -d link show dev "$NETIF" | tr '\n' ' ' |
		grep -oE 'mtu [0-9]+|ether [0-9a-f:]+|promiscuity [0-9]+'
	bridge fdb show dev "$NETIF" | grep "^$wanted_second"
	ip maddr show dev "$NETIF" | grep static
	cat "/sys/class/net/$NETIF/operstate"
}

# check_wanted WHEN: shown as it was set, and in force
check_wanted()
{
	local now tries=100

	until now=$(wanted_shown); [ "$now" = "$wanted" ] || [ $((tries--)) -eq 0 ]; do
		nap 0.1
	done
	if [ "$now" = "$wanted" ]; then
		ok "$1: all that was set is shown"
	else
		not_ok "$1: all that was set is shown" \
			"$(diff <(echo "$wanted") <(echo "$now"))"
	fi
	check_arrive "$1: its address, a second one and a group arrive" \
		"20 host;20 otherhost;20 multicast" \
		$wanted_mac $wanted_second $wanted_group
	check_arrive "$1: a stranger does not" 0 $wanted_stranger
	check_soon "$1: nor VLANs but its own" "20 host;0" wanted_vlans
}

wanted_vlans()
{
	echo "$(arrive --vlan $wanted_vlan "$NIC_MAC");$(arrive \
		--vlan $((wanted_vlan + 1)) "$NIC_MAC")"
}

# wanted_up: what goes with the interface that was down, set again
wanted_up()
{
	net_addresses
	ip link set "$NETIF" mtu 1400
	wait_for 10 has_carrier "$NETIF"
	static_neighbours
}

# peer_rests COMMAND...: the machine sleeps, and the peer sends nothing meanwhile.
# Its driver, virtio_net, may be told to while it is being frozen: it then looks at
# rings that it has freed (6.1: a TCP timer, start_xmit, virtqueue_disable_cb)
peer_rests()
{
	local status=0

	ip -n "$PEERNS" link set "$PEERIF" down
	"$@" || status=$?
	peer_addresses
	return $status
}

# survives WHAT COMMAND...: it comes back by itself, streams each way go on, and
# all that was set is in force
survives()
{
	local what="$1"

	shift
	streams_start
	check "$what" "$@"
	check "$what: the carrier is back" wait_for 10 has_carrier "$NETIF"
	check "$what: traffic goes on" wait_for $((30 * ${SLOWNESS:-1})) moved \
		$(($(if_bytes) + 100000))
	streams_end
	check_wanted "$what"
}
