#!/bin/sh
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# Squid's store-id helper: makes the spelling of Accept-Encoding a part of the key. One line in: a number, the URL, then the
# header's value or "-"; one line out, with the same number. Squid decodes %XX in what a helper says, hence the %25: without
# it /a%2Fb and /a/b would be one object. Needs GNU sed (-u: line by line).
exec sed -u -E '
  s/%/%25/g; t key
  :key
  s/^([0-9]+) ([^ ]+) gzip$/\1 OK store-id=\2#gzip/; t
  s/^([0-9]+) ([^ ]+) gzip,( |%2520)deflate$/\1 OK store-id=\2#deflate/; t
  s/^([0-9]+) ([^ ]+) gzip,( |%2520)deflate,( |%2520)br$/\1 OK store-id=\2#br/; t
  s/^([0-9]+) ([^ ]+) gzip,( |%2520)deflate,( |%2520)br,( |%2520)zstd$/\1 OK store-id=\2#zstd/; t
  s/^([0-9]+) ([^ ]+).*/\1 OK store-id=\2#plain/
'
