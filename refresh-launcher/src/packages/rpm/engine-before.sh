getent passwd cdn-refresh-engine >/dev/null || useradd --system --user-group --home-dir /var/lib/cdn-refresh-engine --no-create-home --shell /sbin/nologin cdn-refresh-engine
