#!/usr/bin/env bash
# Unpacks the PgBouncer of Debian 13 into a folder, with every library it needs; installs nothing.
# The program is FOLDER/pgbouncer then: bash test/scale/tools/newer-pgbouncer.sh FOLDER
set -euo pipefail

suite=trixie
packages=(pgbouncer libc6 libcares2 libevent-2.1-7t64 libpam0g libssl3t64 libsystemd0)
# What those libraries need themselves.
packages+=(libaudit1 libcap-ng0 libcap2 libzstd1 zlib1g)

mkdir -p "${1:?where to?}"
folder=$(cd "$1" && pwd)
apt=$folder/apt
mkdir -p "$apt"/{lists,cache/archives,packages}/partial
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] http://deb.debian.org/debian $suite main" >"$apt/sources.list"
# No package counts as installed, else apt could prefer this machine's.
: >"$apt/status"
options=(
  -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=-
  -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
  -o "Dir::State::lists=$apt/lists" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
  # The folder may be one that apt's own user cannot enter.
  -o APT::Sandbox::User=root
)
apt-get "${options[@]}" update --quiet
(cd "$apt/packages" && apt-get "${options[@]}" download --quiet "${packages[@]}")
for package in "$apt"/packages/*.deb; do dpkg -x "$package" "$folder"; done
rm -r "$apt"

# This machine's loader would give it this machine's libraries.
cat >"$folder/pgbouncer" <<'WRAPPER'
#!/bin/sh
root=$(dirname "$0")
libraries=$(echo "$root"/usr/lib/*-linux-gnu)
exec "$libraries"/ld-linux-*.so.? --library-path "$libraries" "$root/usr/sbin/pgbouncer" "$@"
WRAPPER
chmod 755 "$folder" "$folder/pgbouncer"
"$folder/pgbouncer" --version
