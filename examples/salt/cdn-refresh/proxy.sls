# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
{% set settings = pillar['cdn-refresh'] %}
{% set proxy = settings.proxy %}

include:
  - cdn-refresh

cdn-refresh-proxy:
  pkg.installed:
    - version: {{ settings.version }}
    - require:
      - pkg: cdn-refresh
  service.running:
    - enable: true
    - watch:
      - pkg: cdn-refresh
      - pkg: cdn-refresh-proxy
      - file: /etc/cdn-refresh/proxy.toml
      - file: /etc/cdn-refresh/proxy.env

/etc/cdn-refresh/proxy.toml:
  file.managed:
    - user: root
    - group: cdn-refresh-proxy
    - mode: '0640'
    - check_cmd: /usr/bin/refresh config check
    - contents: |
        [proxy]
        engines = {{ proxy.engines | json }}
        group = "{{ proxy.group }}"
        data = "/var/lib/cdn-refresh-proxy"
        {%- for cache in proxy.caches %}
        [[proxy.cache]]
        driver = "{{ cache.driver }}"
        url = "{{ cache.url }}"
        {%- endfor %}
    - require:
      - pkg: cdn-refresh-proxy

/etc/cdn-refresh/proxy.env:
  file.managed:
    - user: root
    - group: cdn-refresh-proxy
    - mode: '0640'
    - show_changes: false
    - contents: |
        JAVA_OPTIONS={{ settings.java_options }}
        REFRESH_PROXY_TOKEN={{ settings.token }}
    - require:
      - pkg: cdn-refresh-proxy
