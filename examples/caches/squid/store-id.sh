#!/bin/sh
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# Squid's store-id helper: makes the spelling of Accept-Encoding a part of the key. One line in: URL, then the header's
# value ("-" if absent); one line out.
while read -r url encoding; do
  case $encoding in
    gzip) key=gzip ;;
    "gzip, deflate" | "gzip,%20deflate") key=deflate ;;
    "gzip, deflate, br" | "gzip,%20deflate,%20br") key=br ;;
    "gzip, deflate, br, zstd" | "gzip,%20deflate,%20br,%20zstd") key=zstd ;;
    *) key=plain ;;
  esac
  printf 'OK store-id=%s#%s\n' "$url" "$key"
done
