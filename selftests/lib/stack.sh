# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests of what is put on top of the NIC: interfaces that enslave it or
# are stacked on it, a second cable beside its own, namespaces behind it.
# Comes after net.sh. A namespace "." is the current one.

# shellcheck source=arrive.sh
. "$LIB/arrive.sh"

# in_ns NAMESPACE COMMAND...
in_ns()
{
	local ns="$1"

	shift
	if [ "$ns" = . ]; then
		"$@"
	else
		nsenter --net="/run/netns/$ns" "$@"
	fi
}

# new_link NAMESPACE NAME ARGUMENT...: "ip link add", until the test ends;
# the arguments begin with "type" or "link". A kernel may lack the type.
new_link()
{
	local ns="$1" name="$2" out

	shift 2
	if ! out=$(in_ns "$ns" ip link add name "$name" "$@" 2>&1); then
		[[ "$out" != *"nknown device type"* ]] ||
			skip_all "the kernel lacks this interface: $*"
		bail "$name can be made" "ip link add name $name $*: $out"
	fi
	on_exit in_ns "$ns" ip link del "$name"
}

# new_ns NAME: a namespace, until the test ends
new_ns()
{
	ip netns add "$1" || bail "namespace $1 can be made"
	on_exit ip netns del "$1"
	ip -n "$1" link set lo up
}

# address NAMESPACE DEVICE HOST: 192.0.2.HOST and 2001:db8::HOST, and up
address()
{
	in_ns "$1" ip -batch - <<- END
		link set $2 up
		addr replace 192.0.2.$3/24 dev $2
		addr replace 2001:db8::$3/64 dev $2 nodad
	END
}

# The NIC is about to be enslaved: down, as some masters want it, and without
# addresses, which its master gets
hand_over()
{
	in_ns_of "$1" ip -batch - <<- END
		addr flush dev $1 scope global
		neigh flush dev $1 nud all
		link set $1 down
	END
}

# A second cable beside the NIC's own: veth $SECOND here and at the peer. It says
# nothing of itself: with its master's address, a switch would take it for that.
SECOND=vionic_2nd

second_cable()
{
	local ns

	new_link . $SECOND type veth peer name $SECOND netns "$PEERNS"
	for ns in . "$PEERNS"; do
		in_ns "$ns" sysctl -qw "net.ipv6.conf.$SECOND.disable_ipv6=1"
		in_ns "$ns" ip link set $SECOND up
	done
}

# Both cables end in one bridge at the peer, which has the peer's addresses
peer_bridge()
{
	hand_over "$PEERIF"
	new_link "$PEERNS" vionic_sw type bridge stp_state 0 forward_delay 0
	ip -n "$PEERNS" -batch - <<- END
		link set vionic_sw address $PEER_MAC
		link set $PEERIF master vionic_sw
		link set $PEERIF up
		link set $SECOND master vionic_sw
	END
	address "$PEERNS" vionic_sw 2
}

# mac DEVICE
mac()
{
	cat "/sys/class/net/$1/address"
}

# promiscuity DEVICE: how many users want all frames
promiscuity()
{
	ip -d -j link show "$1" | jq '.[0].promiscuity'
}

# to_and_fro TEXT4 TEXT6: traffic in both families, each called from another end
to_and_fro()
{
	check "$1" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1,1472,1473,9000 --tcp 1,300000
	check "$2" traffic verify \
		--server "$PEERNS,$PEER6" --client ".,$LOCAL6" \
		--udp 0,1,1452,1453,9000 --tcp 1,300000
}
