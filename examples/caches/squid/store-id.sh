#!/bin/sh
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# Squid's store-id helper: makes the spelling of Accept-Encoding a part of the key. One line in: the URL, then the
# header's value or "-"; one line out. Squid decodes %XX in what a helper says, hence the %25: without it /a%2Fb and /a/b
# would be one object. Needs GNU sed (-u: line by line).
exec sed -u -E '
  s/%/%25/g; t key
  :key
  s/^([^ ]+) gzip$/OK store-id=\1#gzip/; t
  s/^([^ ]+) gzip,( |%2520)deflate$/OK store-id=\1#deflate/; t
  s/^([^ ]+) gzip,( |%2520)deflate,( |%2520)br$/OK store-id=\1#br/; t
  s/^([^ ]+) gzip,( |%2520)deflate,( |%2520)br,( |%2520)zstd$/OK store-id=\1#zstd/; t
  s/^([^ ]+).*/OK store-id=\1#plain/
'
