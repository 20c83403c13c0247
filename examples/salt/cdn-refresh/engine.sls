# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
{% set settings = pillar['cdn-refresh'] %}
{% set engine = settings.engine %}

include:
  - cdn-refresh

cdn-refresh-engine:
  pkg.installed:
    - version: {{ settings.version }}
    - require:
      - pkg: cdn-refresh
  service.running:
    - enable: true
    - watch:
      - pkg: cdn-refresh
      - pkg: cdn-refresh-engine
      - file: /etc/cdn-refresh/engine.toml
      - file: /etc/cdn-refresh/engine.env

/etc/cdn-refresh/engine.toml:
  file.managed:
    - user: root
    - group: cdn-refresh-engine
    - mode: '0640'
    - check_cmd: /usr/bin/refresh config check
    - contents: |
        [engine]
        data = "/var/lib/cdn-refresh-engine"
        [engine.http]
        host = "{{ engine.http_host }}"
        [engine.rpc]
        host = "{{ engine.rpc_host }}"
        [store]
        url = "{{ engine.store }}"
        user = "{{ engine.store_user }}"
        [coordinator]
        url = "{{ engine.coordinator }}"
        # the API is behind a balancer that asks for keys; see docs/configuration.md
        [auth]
        insecure = true
    - require:
      - pkg: cdn-refresh-engine

/etc/cdn-refresh/engine.env:
  file.managed:
    - user: root
    - group: cdn-refresh-engine
    - mode: '0640'
    - show_changes: false
    - contents: |
        JAVA_OPTIONS={{ settings.java_options }}
        REFRESH_STORE_PASSWORD={{ settings.store_password }}
        REFRESH_ENGINE_RPC_TOKEN={{ settings.token }}
    - require:
      - pkg: cdn-refresh-engine
