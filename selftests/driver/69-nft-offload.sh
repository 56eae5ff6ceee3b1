#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# tags: stack offload
#
# Rules for hardware only: the NIC has none, so each is refused with an error
# and leaves nothing behind, and the same rule in software works. A rule that
# was taken and not followed would let through what is to be dropped.

# shellcheck source=../lib/net.sh
. "$(dirname "$0")/../lib/net.sh"

# chain FLAGS: drops UDP to port 5069, on ingress
chain()
{
	nft -f - <<- END
		table netdev vionic_test {
			counter dropped { }
			chain in {
				type filter hook ingress device "$NETIF" priority 0; $1
				udp dport 5069 counter name dropped drop
			}
		}
	END
}

# plain_chain FLAGS: an offloaded rule must not have a named counter
plain_chain()
{
	nft -f - <<- END
		table netdev vionic_test {
			chain in {
				type filter hook ingress device "$NETIF" priority 0; $1
				ip protocol udp drop
			}
		}
	END
}

# flowtable FLAGS
flowtable()
{
	nft -f - <<- END
		table inet vionic_test {
			flowtable fast {
				hook ingress priority 0; devices = { $NETIF }; $1
			}
		}
	END
}

burst()
{
	traffic burst --source "$PEERNS,$PEERIF" --sink ".,$NETIF" \
		--mac "$NIC_MAC" --ip "$PEER4,$LOCAL4" --port 5069 --count 50 \
		> /dev/null
}

nothing_left()
{
	local tables

	tables=$(nft list tables)
	check_eq "$1 leaves nothing" "${tables##*vionic_test*}" "$tables"
}

# refusal COMMAND...: what it says
refusal()
{
	"$@" 2>&1 && echo "accepted"
}

works()
{
	check "$1: traffic goes on" traffic verify \
		--server ".,$LOCAL4" --client "$PEERNS,$PEER4" \
		--udp 0,1472,4000 --tcp 1,300000
}

need nft
net_setup
on_exit nft delete table netdev vionic_test
on_exit nft delete table inet vionic_test

why=$(refusal plain_chain 'flags offload;')
check_eq "a chain for hardware is not supported" \
	"$(grep -o 'Operation not supported' <<< "$why" | sort -u)" \
	"Operation not supported"
diag "nft says: $why"
nothing_left "it"
works "refused a chain"

why=$(refusal flowtable 'flags offload;')
check_eq "a flowtable in hardware is not supported" \
	"$(grep -o 'Operation not supported' <<< "$why" | sort -u)" \
	"Operation not supported"
diag "nft says: $why"
nothing_left "it"
works "refused a flowtable"

check_refused "traffic control in hardware cannot be turned on" \
	sh -c "ethtool -K '$NETIF' hw-tc-offload on &&
		ethtool -k '$NETIF' | grep 'hw-tc-offload: on'"

check "the flowtable in software is taken" flowtable ''
nft delete table inet vionic_test
check "the chain in software is taken" chain ''
count_start
burst
count_stop
check_delta "50 datagrams came" rx_packets -ge 50
check_num "it dropped them" "$(nft list counter netdev vionic_test dropped |
	awk '$1 == "packets" { print $2 }')" -eq 50
check_delta "none of them reached UDP" 'Udp(InDatagrams|NoPorts)' -eq 0
works "dropping some"
ksft_done
