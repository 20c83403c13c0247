#!/bin/bash
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# clean-root.sh FOLDER FILES: a copy of this system in memory, with a systemd of its own as process 1, in which packages
# can be installed and services run without this system noticing. Run as root by
# unshare -m -p -n -i -C -f --kill-child --propagation private; FOLDER is empty, FILES is seen as /files.
set -e
memory=$1
files=$2
mount -t tmpfs tmpfs "$memory"
mkdir "$memory/upper" "$memory/work" "$memory/root"
root=$memory/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$memory/upper,workdir=$memory/work" "$root"
mkdir -p "$root/files" "$root/former"
mount --bind "$files" "$root/files"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
chmod 1777 "$root/tmp" "$root/dev/shm"
ip link set lo up
# nothing of this system's services is started
printf '[Unit]\nDefaultDependencies=no\nWants=systemd-journald.service\n' >"$root/etc/systemd/system/clean.target"
cd "$root"
pivot_root . former
umount -l /former
export container=lxc
exec /lib/systemd/systemd --system --unit=clean.target --show-status=0 --log-target=null
