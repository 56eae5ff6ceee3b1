# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What serves the guest's NICs on this machine's side, for scripts that have
# sourced lib.sh:
#
#	tap		QEMU itself, on two taps that are wired back to back
#	standby		likewise, with a third tap at the peer's side of the wire
#			for the primary NIC whose standby the one under test is;
#			"vm-host primary on" plugs it in
#	dpdk		DPDK's testpmd, which forwards between both NICs; the
#			rings are in memory that it shares with the guest
#	hub		a hub inside of QEMU, where the peer sends when a timer of
#			the guest's own time says so
#	device		a device of this project (selftests/device) for the NIC under
#			test, by vfio-user, that checks the driver
#	passt		passt for the NIC under test, by a socket: what the guest
#			sends ends in sockets on this machine, which are
#			connected to the peer's tap
#
# backend_args is for the script that knows the options, backend_start for the
# namespaces in which QEMU is about to start, and which end what it starts.
#
# shellcheck disable=SC2034

BACKENDS="tap standby dpdk passt hub device"
PORTS=20000-20063

# backend_items NAME: what scripts/setup has to have made for it
backend_items() {
	one_of "$1" "tap standby hub device" || echo peers
}

# backend_lacks NAME QEMU VECTORS: sets missing if that QEMU cannot use it.
# bookworm's dies, when emulating, as soon as a guest starts a vhost-user NIC
# with MSI-X, and knows nothing of vfio-user.
backend_lacks() {
	missing=$1
	[ "$2" = bookworm ] || return 1
	[ "$1" = device ] || { [ "$1" = dpdk ] && [ "$3" != 0 ]; }
}

# backend_args NAME QUEUES MEMORY DIRECTORY VECTORS: sets backend, what is meant
# for QEMU's command line and makes the netdevs vut and vpeer; peer_device,
# properties of the peer's NIC; and adds to kernel_words
backend_args() {
	local queues='' mem dir=$4
	local vut=tap,ifname=vut,script=no,downscript=no
	local vpeer=tap,ifname=vpeer,script=no,downscript=no

	backend=() peer_device=''
	[ "$2" = 1 ] || queues=,queues=$2
	case $1 in
	tap) vut+=$queues ;;
	standby)
		backend=(-netdev "${vut/vut/vprimary},id=vprimary")
		vut+=$queues ;;
	dpdk)
		mem=memory-backend-memfd,id=ram,share=on,size=$3
		backend=(-object "$mem" -machine memory-backend=ram
			-chardev "socket,id=vut,path=$dir/vut"
			-chardev "socket,id=vpeer,path=$dir/vpeer")
		vut=vhost-user,chardev=vut$queues
		vpeer=vhost-user,chardev=vpeer$queues
		# queue by queue, frames go from one NIC to the other
		[ "$2" = 1 ] || peer_device=,mq=on,vectors=$((2 * $2 + 2))
		# what QEMU can't do for one it can't for the other
		[ "$5" != 0 ] || peer_device+=,vectors=0 ;;
	device)
		mem=memory-backend-memfd,id=ram,share=on,size=$3
		backend=(-object "$mem" -machine memory-backend=ram)
		vut='' ;;
	hub)
		vut=hubport,hubid=0 vpeer=hubport,hubid=0
		peer_device=,tx=timer,x-txtimer=2000000,x-txburst=256 ;;
	passt)
		vut=stream,server=off,addr.type=unix,addr.path=$dir/vut
		# of what listens in the guest, passt knows the ports
		kernel_words+=" sysctl.net.ipv4.ip_local_port_range=\"${PORTS/-/ }\"" ;;
	esac
	[ -z "$vut" ] || backend+=(-netdev "$vut,id=vut")
	backend+=(-netdev "$vpeer,id=vpeer")
}

# backend_start NAME QUEUES DIRECTORY: when it returns, QEMU can connect
backend_start() {
	ip link set lo up
	case $1 in
	hub) ;;
	tap) start_taps "$2" ;;
	device) start_device "$3" ;;
	standby) start_taps "$2" vprimary ;;
	dpdk) start_testpmd "$2" "$3" ;;
	passt) start_passt "$3" ;;
	esac
}

# tap NAME [MULTI_QUEUE]
tap() {
	ip tuntap add "$1" mode tap vnet_hdr ${2:+multi_queue}
	ip link set "$1" mtu 65521
	ip link set "$1" up
}

# What comes in on one goes out on the other, untouched: a bridge would look
# into it. u32 is the classifier that kernels have most often.
#
#	wire FROM TO [ALSO-TO]
wire() {
	tc filter add dev "$1" ingress protocol all pref 1 u32 match u32 0 0 \
		${3:+action mirred egress mirror dev "$3" pipe} \
		action mirred egress redirect dev "$2"
}

# start_taps QUEUES [PRIMARY]
start_taps() {
	local multi='' dev

	[ "$1" = 1 ] || multi=1
	tap vut $multi
	tap vpeer
	[ -z "${2:-}" ] || tap "$2"
	for dev in vut vpeer ${2:-}; do
		sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1" \
			2> /dev/null || true
		tc qdisc add dev "$dev" clsact
	done
	wire vut vpeer
	wire vpeer vut ${2:+"$2"}
	[ -z "${2:-}" ] || wire "$2" vpeer
}

# peer_program NAME ARGUMENT...: from the cache, with the libraries there
peer_program() {
	local root=$CACHE/peers/fs/usr name=$1
	shift

	${POLLS:+nice -n 10} "$root/lib64/ld-linux-x86-64.so.2" \
		--library-path "$root/lib/x86_64-linux-gnu" \
		${PRELOAD:+--preload "$PRELOAD"} "$root/bin/$name" "$@"
}

# peer_listens PROCESS SOCKET...: at most ten seconds until all exist
peer_listens() {
	local pid=$1 end=$((SECONDS + 10)) path
	shift

	for path; do
		until [ -S "$path" ]; do
			if [ $SECONDS -ge $end ] || ! kill -0 "$pid" 2> /dev/null
			then
				die "nobody listens at ${path##*/}"
			fi
			sleep 0.05
		done
	done
}

# Ports and memory pool are loaded beforehand, since DPDK takes plugins only
# from directories that nobody else can write to, all the way up. It polls, on
# whichever CPU is free: of one that others want it gets a tenth, as frames should
# not take seconds either.
start_testpmd() {
	local queues=$1 dir=$2 mbufs=$((8192 + 4096 * $1)) cpus

	cpus=$(sed -n 's/^Cpus_allowed_list:[ \t]*//p' /proc/self/status)
	# its standard input is what keeps it going
	mkfifo "$dir/testpmd.in"
	exec 7<> "$dir/testpmd.in"
	export RUNTIME_DIRECTORY=$dir
	PRELOAD="librte_bus_vdev.so.25 librte_mempool_ring.so.25 librte_net_vhost.so.25" \
		POLLS=1 peer_program dpdk-testpmd --no-huge --no-shconf --no-pci \
		--no-telemetry -m $((64 + mbufs / 256)) --lcores "(0,1)@($cpus)" \
		--vdev "net_vhost0,iface=$dir/vut,queues=$queues" \
		--vdev "net_vhost1,iface=$dir/vpeer,queues=$queues" -- \
		--total-num-mbufs=$mbufs --rxq="$queues" --txq="$queues" \
		--forward-mode=io --auto-start \
		<&7 >&2 &
	exec 7<&-
	peer_listens $! "$dir/vut" "$dir/vpeer"
}

# It is done when QEMU is, and then says what it has seen: see backend_end
start_device() {
	local dir=$1 args

	mapfile -t args < "$dir/vdev.args"
	start_taps 1
	"${args[@]}" --socket "$dir/vdev" --tap vut --control "$dir/lies" > "$dir/rules" &
	reporter=$!
	peer_listens $reporter "$dir/vdev"
}

# backend_end: behind QEMU's end
backend_end() {
	[ -z "${reporter:-}" ] || wait "$reporter" || true
}

# It acts for the guest in the network of its host: that is one cable to the
# peer, at whose end the guest's addresses are, that of the NIC included. IPv6
# wants a link-local one even before there is a carrier.
start_passt() {
	local dir=$1

	tap vpeer
	ip link set vpeer address 52:54:00:00:00:01
	ip -batch - <<-END
		addr add 192.0.2.1/24 dev vpeer
		addr add 2001:db8::1/64 dev vpeer nodad
		addr add fe80::fe/64 dev vpeer nodad
		route add default via 192.0.2.2
		route add default via 2001:db8::2
	END
	sysctl -qw net.ipv4.ping_group_range="0 2147483647"
	peer_program passt --foreground --one-off --quiet --runas 0 --mtu 1500 \
		--socket "$dir/vut" --interface vpeer --no-map-gw \
		--tcp-ports "$PORTS" --udp-ports "$PORTS" >&2 &
	peer_listens $! "$dir/vut"
}
