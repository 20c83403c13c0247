#!/bin/bash
# SPDX-FileCopyrightText: 2026 The CDN refresh authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the packages of the checked-out commit twice, in folders of different names, and compares every byte.
# MVN_ARGS goes to Maven, such as MVN_ARGS=-o. Ends with 0 if they are equal.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for build in first second-and-longer; do
  git clone -q . "$folder/$build"
  # shellcheck disable=SC2086
  (cd "$folder/$build" && mvn ${MVN_ARGS:-} -q -Dfast -Dmaven.test.skip.exec=true -pl refresh-launcher -am package)
done
diff "$folder"/{first,second-and-longer}/refresh-launcher/target/packages/SHA256SUMS
cat "$folder/first/refresh-launcher/target/packages/SHA256SUMS"
echo "the same, twice"
