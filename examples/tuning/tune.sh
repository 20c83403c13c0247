#!/bin/sh
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# Kernel settings for a host of an engine. Shows what it would do; does it with --apply, as root.
#
#   tune.sh [--apply] [--dev eth0] [--irq-cpus 0-1]
#
# Nothing is made permanent: put what helped into /etc/sysctl.d and a unit of systemd.
set -eu

apply=no dev='' cpus=''
while [ $# -gt 0 ]; do
    case $1 in
        --apply) apply=yes ;;
        --dev) dev=$2; shift ;;
        --irq-cpus) cpus=$2; shift ;;
        *) echo "usage: $0 [--apply] [--dev eth0] [--irq-cpus 0-1]" >&2; exit 2 ;;
    esac
    shift
done
[ -n "$dev" ] || dev=$(ip -o route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)

put() { # file value why
    [ -e "$1" ] || { echo "# $1 is not here: skipped ($3)"; return 0; }
    now=$(tr '\t' ' ' < "$1" 2>/dev/null || echo '?')
    if [ "$now" = "$2" ]; then
        echo "# $1 is $2 already"
    else
        echo "echo '$2' > $1   # was $now: $3"
        [ $apply = no ] || echo "$2" > "$1" || echo "# refused: $1" >&2
    fi
}

least() { # file value why: raises, never lowers
    now=$(cat "$1" 2>/dev/null || echo 0)
    if [ "$now" -ge "$2" ]; then echo "# $1 is $now, enough"; else put "$1" "$2" "$3"; fi
}

echo "# connections"
least /proc/sys/net/core/somaxconn 8192 'a fleet that dials at once waits here'
least /proc/sys/net/ipv4/tcp_max_syn_backlog 8192 'the same, before the handshake'
least /proc/sys/net/core/netdev_max_backlog 16384 'packets of a burst wait for a core'
least /proc/sys/fs/nr_open 1048576 'each connection is a file; see LimitNOFILE as well'
put /proc/sys/net/ipv4/ip_local_port_range '10240 65000' 'a proxy that fetches and purges uses many ports'
least /proc/sys/net/ipv4/tcp_max_tw_buckets 262144 'connections that others have closed'
put /proc/sys/net/ipv4/tcp_slow_start_after_idle 0 'links are idle between bursts of commands'

cores=$(getconf _NPROCESSORS_ONLN)
mask=$(printf '%x' $(( (1 << (cores > 30 ? 30 : cores)) - 1 )))
if [ -z "$dev" ]; then
    echo "# no network device found: name it with --dev for IRQ, RPS and RFS"
    exit 0
fi
echo "# $dev: receive work on all $cores cores (RPS), each flow where its thread runs (RFS)"
queues=$(ls -d /sys/class/net/"$dev"/queues/rx-* 2>/dev/null | wc -l)
[ "$queues" -gt 0 ] || { echo "# $dev has no receive queues"; exit 0; }
put /proc/sys/net/core/rps_sock_flow_entries 32768 'RFS: flows that are remembered'
for queue in /sys/class/net/"$dev"/queues/rx-*; do
    put "$queue/rps_cpus" "$mask" 'RPS: cores that take this queue'
    put "$queue/rps_flow_cnt" $(( 32768 / queues )) 'RFS: flows of this queue'
done
if [ -n "$cpus" ]; then
    for irq in $(sed -n "s/^ *\([0-9]*\):.*$dev.*/\1/p" /proc/interrupts); do
        put /proc/irq/"$irq"/smp_affinity_list "$cpus" 'interrupts of the card; stop irqbalance first'
    done
fi
