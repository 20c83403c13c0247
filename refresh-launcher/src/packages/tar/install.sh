#!/bin/sh
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# install.sh engine|proxy...: puts the program to the places of the packages, for systems that take neither .deb nor .rpm.
# DESTDIR=FOLDER installs below a folder and touches neither users nor services. A configuration that exists is kept; the
# shipped one is put beside it as NAME.new. Run again to upgrade.
set -eu
cd "$(dirname "$0")"
[ $# -ge 1 ] || { echo "usage: $0 engine|proxy..." >&2; exit 2; }
root=${DESTDIR:-}

configure() {
  if [ -e "$root/etc/cdn-refresh/$1" ]; then
    cmp -s "etc/$1" "$root/etc/cdn-refresh/$1" || install -m 640 "etc/$1" "$root/etc/cdn-refresh/$1.new"
  else
    install -m 640 "etc/$1" "$root/etc/cdn-refresh/$1"
    [ -n "$root" ] || chgrp "$2" "/etc/cdn-refresh/$1"
  fi
}

for role in "$@"; do
  case $role in engine | proxy) ;; *) echo "role: $role (expected: engine, proxy)" >&2; exit 2 ;; esac
  user=cdn-refresh-$role
  if [ -z "$root" ]; then
    getent passwd "$user" >/dev/null || useradd --system --user-group --home-dir "/var/lib/$user" --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  install -d -m 755 "$root/usr/share/cdn-refresh/drivers" "$root/usr/bin" "$root/etc/cdn-refresh" "$root/etc/systemd/system"
  # beside the old one and then in its place: a running program keeps the file that it has open
  install -m 644 lib/refresh.jar "$root/usr/share/cdn-refresh/refresh.jar.new"
  mv "$root/usr/share/cdn-refresh/refresh.jar.new" "$root/usr/share/cdn-refresh/refresh.jar"
  install -m 644 lib/drivers/*.jar "$root/usr/share/cdn-refresh/drivers/"
  install -m 755 bin/refresh "$root/usr/bin/refresh"
  configure "$role.toml" "$user"
  configure "$role.env" "$user"
  install -m 644 "systemd/$user.service" "$root/etc/systemd/system/$user.service"
done
[ -n "$root" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
