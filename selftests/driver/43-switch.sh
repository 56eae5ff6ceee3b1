#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: bind tools link host
#
# vionic-bind moves a NIC that is in use to the in-tree driver and back: addresses,
# routes, neighbours and settings are as they were, connections go on without a
# wrong byte. A driver that does not bring the link up loses the NIC again. What is
# to be done at boot is read as a whole or not at all, and done if nobody uses the
# NIC.
#
# VIONIC_BIND names the script, if it is not beside the tests.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"
# shellcheck source=../lib/bind.sh
. "$LIB/bind.sh"

export VIONIC_CONF=$KSFT_TMP/vionic.conf

# A bit of everything. 192.0.2.77 is nobody's.
things_given()
{
	sysctl -qw "net.ipv4.conf.$NETIF.rp_filter=2" \
		"net.ipv6.conf.$NETIF.hop_limit=77"
	ip -batch - <<- END
		link set $NETIF mtu 1400
		link set $NETIF txqueuelen 777
		link set $NETIF alias "the one"
		link property add dev $NETIF altname another
		addr add 198.51.100.1/24 dev $NETIF label $NETIF:1
		addr add 198.51.100.2/24 dev $NETIF
		addr add 10.9.8.1 peer 10.9.8.2/32 dev $NETIF
		addr add 203.0.113.1/24 metric 300 dev $NETIF valid_lft 3000 preferred_lft 2000
		addr add 2001:db8:1::1/64 dev $NETIF nodad
		addr add 2001:db8:2::1/64 dev $NETIF noprefixroute
		route add 10.1.0.0/16 via $PEER4 dev $NETIF
		route add 10.2.0.0/16 via $PEER4 dev $NETIF metric 50 mtu 1300
		route add 10.3.0.0/16 dev $NETIF src 198.51.100.1
		route add default via $PEER4 dev $NETIF table 100 proto static
		route add 10.4.0.0/16 nexthop via $PEER4 dev $NETIF nexthop via 192.0.2.3 dev $NETIF weight 3
		route add 2001:db8:9::/48 via $PEER6 dev $NETIF
		route add default via $PEER6 dev $NETIF table 100
		rule add from 198.51.100.2 table 100
		rule add iif $NETIF table 100
		neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev $NETIF nud permanent
		neigh add 192.0.2.78 lladdr 02:00:00:00:00:78 dev $NETIF nud reachable
		neigh add proxy 192.0.2.79 dev $NETIF
	END
	on_exit things_gone
}

things_gone()
{
	ip rule del from 198.51.100.2 table 100
	ip rule del iif "$NETIF" table 100
	ip route flush table 100
	ip -6 route flush table 100
	ip -batch - <<- END
		link set $NETIF txqueuelen 1000
		link set $NETIF alias ""
		link property del dev $NETIF altname another
	END
} 2> /dev/null

# As the kernel tells it, without what must differ: numbers and times
state()
{
	local dir="/sys/class/net/$NETIF"

	echo "$(< "$dir/mtu") $(< "$dir/tx_queue_len") $(< "$dir/ifalias")"
	ip link show dev "$NETIF" | grep altname
	grep '' "/proc/sys/net/ipv4/conf/$NETIF/rp_filter" \
		"/proc/sys/net/ipv6/conf/$NETIF/"{hop_limit,accept_dad,mtu}
	ip -o addr show dev "$NETIF" | sed 's/^[0-9]*://; s/[0-9]*sec/N/g'
	ip -4 route show table all | grep -A 2 "$NETIF" | sort
	ip -6 route show table all dev "$NETIF" | sort
	ip rule
	# one that is not used is only known for half a minute
	ip neigh show dev "$NETIF" | grep -E 'PERMANENT|:78 ' |
		sed 's/REACHABLE/STALE/' | sort
	ip neigh show proxy dev "$NETIF"
}

# moves HOW TO: everything as before
moves()
{
	local out before

	wait_for 5 no_tentative
	before=$(state)
	check "$1, streams under way" eval \
		"'$VIONIC_BIND' $1 '$NETIF' > '$KSFT_TMP/said' 2>&1"
	out=$(< "$KSFT_TMP/said")
	diag "$out"
	check_eq "$2 has it" "$(driver)" "$2"
	[[ "$out" =~ ^$NETIF:\ $2,\ outage\ ([0-9]+)\ ms$ ]]
	check_num "the outage is told, in ms" "${BASH_REMATCH[1]}" -gt 0
	wait_for 10 has_carrier "$NETIF"
	wait_for 5 no_tentative
	out=$(diff <(echo "$before") <(state))
	check_eq "all is as it was" "$out" ""
	check "frames pass" wait_for 10 ping -q -c 1 -W 1 $PEER6
}

no_tentative()
{
	! ip addr show dev "$NETIF" tentative | grep -q inet6
}

# In both streams
bytes_pass()
{
	local now

	now=$(if_bytes)
	wait_for 20 moved $((now + 500000))
}

restore()
{
	rm -rf /run/udev/control /run/vionic/failed-* /run/vionic/unbound-*
	[ "$(driver)" = vionic ] || "$VIONIC_BIND" bind "$NIC_PCI" --force
	wait_for 10 nic_has_interface
	[ "$(nic_interface)" = "$NETIF" ] ||
		ip link set "$(nic_interface)" name "$NETIF"
	echo "$override" > "/sys/bus/pci/devices/$NIC_PCI/driver_override"
}

# refused TEXT...: such a configuration, and where it is wrong is said
refused()
{
	printf '%s\n' "$@" > "$VIONIC_CONF"
	check "refused: ${*: -1}" says "$VIONIC_CONF, line $#: " "$VIONIC_BIND" boot
}

conf()
{
	grep -v '^#' "$VIONIC_CONF" | paste -s -d ';'
}

need ping comm flock
[ -x "$VIONIC_BIND" ] || skip_all "no vionic-bind (VIONIC_BIND)"
net_setup
ours || skip_all "$NETIF is not driven by vionic"
override=$(cat "/sys/bus/pci/devices/$NIC_PCI/driver_override")
on_exit restore

# in use
things_given
wait_for 5 no_tentative
streams_start
moves unbind virtio-pci
check "the streams go on" bytes_pass
moves bind vionic
check "the streams go on" bytes_pass
streams_end

# what would be lost is not taken away without a word
ip link add link "$NETIF" name "$NETIF.5" type vlan id 5
check "an interface on top of it" says "$NETIF.5, which is on top of it" \
	"$VIONIC_BIND" unbind "$NETIF"
ip link del "$NETIF.5"
tc qdisc replace dev "$NETIF" root pfifo limit 100
check "a queueing discipline" says "queueing discipline" \
	"$VIONIC_BIND" unbind "$NETIF"
tc qdisc del dev "$NETIF" root
check_eq "neither has moved it" "$(driver)" vionic

# part of a bridge, and back in it
ip link add br43 type bridge
on_exit ip link del br43
ip link set "$NETIF" master br43
check "part of a bridge" "$VIONIC_BIND" unbind "$NETIF"
check_eq "still part of it" "$(basename "$(readlink "/sys/class/net/$NETIF/master")")" br43
check "and back" "$VIONIC_BIND" bind "$NETIF"
check_eq "still part of it" "$(basename "$(readlink "/sys/class/net/$NETIF/master")")" br43
ip link set "$NETIF" nomaster

# the cable is out by the time the new driver looks: where udev would be asked for
# names, for which the interface has to have another one
if vm-host ping > /dev/null 2>&1 && [ ! -e /run/udev ]; then
	mkdir -p "$KSFT_TMP/bin" /run/udev
	on_exit rm -rf /run/udev
	printf '#!/bin/sh\nexec vm-host link off\n' > "$KSFT_TMP/bin/udevadm"
	chmod +x "$KSFT_TMP/bin/udevadm"
	touch /run/udev/control
	ip link set "$NETIF" down
	ip link set "$NETIF" name odd0
	ip link set odd0 up
	NETIF=odd0 net_addresses
	wait_for 10 has_carrier odd0
	echo "timeout 1" > "$VIONIC_CONF"
	check "no link under the new driver" says "virtio-pci does not bring the link" \
		env PATH="$KSFT_TMP/bin:$PATH" "$VIONIC_BIND" unbind odd0
	rm /run/udev/control
	check_eq "the former one has it again" "$(driver) $(nic_interface)" "vionic odd0"
	check "with its addresses" eval "ip addr show dev odd0 | grep -q ' $LOCAL4/24 '"
	vm-host link on > /dev/null
	check "and frames pass" wait_for 10 ping -q -c 1 -W 1 $PEER4
	ip link set odd0 down
	ip link set odd0 name "$NETIF"
	net_addresses
else
	skip "no link under the new driver" "nobody pulls the cable"
fi

# the configuration
rm -f "$VIONIC_CONF"
check "nothing is asked for: nothing is done" "$VIONIC_BIND" boot
check "persist, by name" "$VIONIC_BIND" persist "$NETIF"
check "persist, by MAC address" "$VIONIC_BIND" persist "${NIC_MAC^^}"
check "persist, once more" "$VIONIC_BIND" persist "${NIC_PCI#0000:}"
check_eq "each stands there once" "$(conf)" "timeout 10;nic $NIC_PCI;nic $NIC_MAC"
check "status tells" eval "'$VIONIC_BIND' status | grep -q '^$NIC_PCI .* vionic$'"
check "forget one" "$VIONIC_BIND" forget "$NIC_MAC"
check_eq "the other stays" "$(conf)" "timeout 10;nic $NIC_PCI"
check "what is not there can't be forgotten" says "is not in" \
	"$VIONIC_BIND" forget "$NIC_MAC"
check "forget all" "$VIONIC_BIND" forget all
check_eq "nothing is left" "$(conf)" "timeout 10"
check "persist: no such device" says "no such device" \
	"$VIONIC_BIND" persist 0000:7f:1f.7
check "persist: nobody's MAC address" says "no virtio-net device" \
	"$VIONIC_BIND" persist 02:00:00:00:00:99
refused "nic all" "nic eth0"
refused "nic"
refused "nic all 00:03.0"
refused "# well" "" "timeout soon"
refused "driver vionic"
check "nor is it written to" says "line 1" "$VIONIC_BIND" persist "$NETIF"
check_eq "as it was" "$(conf)" "driver vionic"

# As a boot finds it
in_tree_again()
{
	"$VIONIC_BIND" unbind "$NETIF" > /dev/null
	rm -f /run/vionic/unbound-*
}

# boot, of a NIC that nobody uses and of one that is in use
rm "$VIONIC_CONF"
"$VIONIC_BIND" unbind "$NETIF" > /dev/null
printf '%s\n' "nic $NIC_MAC # this one" "timeout 5" > "$VIONIC_CONF"
check "boot leaves what was unbound by hand" "$VIONIC_BIND" boot "$NIC_PCI"
check_eq "in-tree keeps it" "$(driver)" virtio-pci
rm /run/vionic/unbound-*
check "boot leaves what is in use" says "is in use already" "$VIONIC_BIND" boot
check_eq "in-tree has it" "$(driver)" virtio-pci
ip link set "$NETIF" down
check "boot takes what is free" "$VIONIC_BIND" boot
check_eq "vionic has it" "$(driver)" vionic
ip link set "$(nic_interface)" name "$NETIF"
in_tree_again
net_addresses
check "what was plugged in is moved as it is" "$VIONIC_BIND" boot "$NIC_PCI"
check_eq "vionic has it" "$(driver)" vionic
check "and its addresses are there" eval "ip addr show dev $NETIF | grep -q ' $LOCAL4/24 '"
ip link set "$NETIF" down
in_tree_again
if vm-host link off > /dev/null 2>&1; then
	echo "nic all" > "$VIONIC_CONF"
	echo "timeout 1" >> "$VIONIC_CONF"
	check "boot, and no link" says "does not bring" "$VIONIC_BIND" boot "$NIC_PCI"
	check_eq "in-tree has it again" "$(driver)" virtio-pci
	vm-host link on > /dev/null
	check "it is not tried again" "$VIONIC_BIND" boot "$NIC_PCI"
	check_eq "in-tree keeps it" "$(driver)" virtio-pci
else
	skip "boot, and no link" "nobody pulls the cable"
fi
ksft_done
