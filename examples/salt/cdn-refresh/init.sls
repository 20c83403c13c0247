# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
{% set settings = pillar['cdn-refresh'] %}

cdn-refresh:
  pkg.installed:
    - version: {{ settings.version }}
