getent passwd cdn-refresh-proxy >/dev/null || useradd --system --user-group --home-dir /var/lib/cdn-refresh-proxy --no-create-home --shell /sbin/nologin cdn-refresh-proxy
