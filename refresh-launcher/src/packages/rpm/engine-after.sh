if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # an upgrade starts the new program where the old one ran; its end is a drain
  if [ "$1" -gt 1 ]; then systemctl try-restart cdn-refresh-engine.service; fi
fi
