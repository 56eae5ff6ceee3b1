# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What frames look like between a driver and the stack, from the kernel's own
# events: net_dev_start_xmit as the driver gets them, napi_gro_receive_entry
# as it hands them up. Source net.sh first.

# Feature bits, virtio 1.3, 5.1.3
# shellcheck disable=SC2034 # for the tests
{
F_GUEST_CSUM=1 F_GUEST_TSO4=7 F_GUEST_UFO=10 F_GUEST_USO4=54
F_HOST_TSO4=11 F_HOST_TSO6=12 F_HOST_ECN=13 F_HOST_USO=56
F_CTRL_GUEST_OFFLOADS=2 F_HASH_REPORT=57 F_RSC_EXT=61
F_GUEST_TUNNEL=65 F_HOST_TUNNEL=67 F_HOST_TUNNEL_CSUM=68
}

# Kinds of frames that are to be segmented: enum SKB_GSO_*, the same in all
# kernels. The events have 16 bits of it, UDP's is not among them.
# shellcheck disable=SC2034 # for the tests
{
GSO_UDP_L4=0 GSO_TCPV4=0x1 GSO_TCPV6=0x10
GSO_TUNNEL=0x400 GSO_TUNNEL_CSUM=0x800
}
GSO_KINDS=0xc11 GSO_ECN=0x4

# hashes_expected KEY [PORT...]: hashes of frames from the peer from these ports to 5001,
# sorted, or of those without ports
hashes_expected()
{
	py - "$1" "$PEER4" "$LOCAL4" "${@:2}" <<- 'END'
		import socket, struct, sys
		key = bytes.fromhex(sys.argv[1].replace(":", ""))
		window = int.from_bytes(key, "big")
		def toeplitz(data):
		    total = 0
		    for at in range(8 * len(data)):
		        if data[at // 8] >> 7 - at % 8 & 1:
		            total ^= window >> 8 * len(key) - 32 - at & 0xFFFFFFFF
		    return total
		data = b"".join(socket.inet_aton(a) for a in sys.argv[2:4])
		more = [struct.pack("!HH", int(p), 5001) for p in sys.argv[4:]]
		for ports in more or [b""]:
		    print(f"0x{toeplitz(data + ports):08x}")
	END
}

frames_start()
{
	trace_start net:net_dev_start_xmit net:napi_gro_receive_entry
}

frames_stop()
{
	trace_stop "$KSFT_TMP/frames"
}

# streamed TEXT SERVER CLIENT: $bytes by TCP, while frames and counters are kept
streamed()
{
	count_start
	frames_start
	# shellcheck disable=SC2154 # the test's
	check "$1: the stream is intact" traffic stream --bytes "$bytes" \
		--server "$2" --client "$3"
	frames_stop
	count_stop
}

# frames tx|rx DEVICE FIELD...: these fields of each frame, one frame a line
frames()
{
	frames_of 0 "$@"
}

# kinds tx|rx DEVICE FIELD...: "COUNT FIELD..." for each combination of values
kinds()
{
	frames_of 1 "$@"
}

frames_of()
{
	local count="$1" event=napi_gro_receive_entry dev="$3"

	[ "$2" = rx ] || event=net_dev_start_xmit
	shift 3
	awk -v event=" $event: " -v dev=" dev=$dev " -v fields="$*" -v count="$count" '
		BEGIN { n = split(fields, name, " ") }
		index($0, event) && index($0, dev) {
			line = ""
			for (i = 1; i <= n; i++) {
				value = "-"
				if (match($0, " " name[i] "=[^ ]+"))
					value = substr($0,
						RSTART + length(name[i]) + 2,
						RLENGTH - length(name[i]) - 2)
				line = line (i > 1 ? " " : "") value
			}
			if (count)
				seen[line]++
			else
				print line
		}
		END { for (line in seen) print seen[line], line }' "$KSFT_TMP/frames"
}

# gso_frames tx|rx DEVICE KIND: how many are to be segmented in this way
gso_frames()
{
	count_gso "$1" "$2" $GSO_KINDS "$3"
}

# ecn_frames tx|rx DEVICE: how many are that have CWR
ecn_frames()
{
	count_gso "$1" "$2" $GSO_ECN $GSO_ECN
}

# count_gso tx|rx DEVICE MASK VALUE: TCP leaves a type in all frames
count_gso()
{
	local count size type n=0

	while read -r count size type; do
		[ "${size:-0}" = 0 ] || (((type & $3) != $4)) || n=$((n + count))
	done <<< "$(kinds "$1" "$2" gso_size gso_type)"
	echo $n
}

# longest tx|rx DEVICE
longest()
{
	frames "$1" "$2" len | sort -n | tail -n 1
}

# summed tx|rx DEVICE STATE: frames whose checksum is none (0), unnecessary
# (1), complete (2), partial (3)
summed()
{
	kinds "$1" "$2" ip_summed | awk -v state="$3" '
		$2 == state { n = $1 }
		END { print n + 0 }'
}

# switch FEATURE on|off: of the NIC; it goes back when the test ends
switch()
{
	local was

	was=$(feature "$1")
	on_exit ethtool -K "$NETIF" "$1" "${was:-on}"
	check "$1 can be turned $2" ethtool -K "$NETIF" "$1" "$2"
	check_eq "it is $2" "$(feature "$1")" "$2"
}
