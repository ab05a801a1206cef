#!/usr/bin/env bash
# Installs what the tests need in addition to Node, npm and git: a Docker Engine with the compose plugin,
# and the servers and tools that the end-to-end tests run. Supports Debian bookworm, as root.
# Prints nothing and needs no network if everything is installed. If it cannot install, it prints in one
# line what is missing, and fails only if CI=true, because the unit tests need none of it.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

readonly engine_floor=25.0.0 compose_floor=2.23.0
# The tests' health checks need start_interval (Engine 25).
# The engine (20.10) and compose (1.29) of bookworm are too old. Those of the next release are not,
# and they install on bookworm without replacing any of its packages.
readonly engine_suite=trixie
readonly engine_packages=(docker.io docker-cli docker-compose)
readonly tool_packages=(
  acl age attr bindfs busybox-static chromium exfat-fuse exfatprogs fish iproute2 iptables mandoc
  nginx openssl postgresql procps squid strace tmux zsh
)
readonly apt_name=proto-scaffold-$engine_suite

at_least() { dpkg --compare-versions "$1" ge "$2"; }

engine_present() {
  local engine compose
  engine=$(dockerd --version 2>/dev/null | sed -n 's/^Docker version \([0-9.]*\).*/\1/p') || return 1
  compose=$(docker compose version --short 2>/dev/null) || return 1
  at_least "${engine:-0}" "$engine_floor" && at_least "${compose#v}" "$compose_floor"
}

missing_tools() {
  local package
  for package in "${tool_packages[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}

give_up() {
  echo "provision: $1; missing: ${missing[*]}" >&2
  [[ ${CI:-} == true ]] && exit 1
  exit 0
}

apt() { apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }

# A copy of the apt entry for this machine's Debian release, with the suite changed: mirror, keyring
# and options are kept. apt names the entry as FILE:NUMBER, where the number
# counts stanzas in a .sources file and lines in a .list file.
engine_source() {
  local entry file number
  # shellcheck disable=SC2016 # apt fills it in, not the shell
  entry=$(apt-get indextargets --format '$(SOURCESENTRY)' 'Created-By: Packages' 'Origin: Debian' \
    "Codename: $VERSION_CODENAME" 'Component: main' | head -n 1)
  file=${entry%:*} number=${entry##*:}
  case $file in
    *.sources) awk -v number="$number" 'BEGIN { RS = "" } NR == number' "$file" |
      sed "s/^Suites:.*/Suites: $engine_suite/" ;;
    *.list) sed -n "${number}p" "$file" |
      sed -E "s/^(deb([[:space:]]+\[[^]]*\])?[[:space:]]+[^[:space:]]+[[:space:]]+)[^[:space:]]+/\1$engine_suite/" ;;
  esac
}

# Priority 100: nothing is installed from the next release unless requested by name or as a dependency.
add_engine_source() {
  local source kind=list
  source=$(engine_source)
  [[ $source == *"$engine_suite"* ]] || give_up "no apt source of Debian $VERSION_CODENAME found"
  [[ $source == *Suites:* ]] && kind=sources
  printf '%s\n' "$source" >"/etc/apt/sources.list.d/$apt_name.$kind"
  printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$engine_suite" \
    >"/etc/apt/preferences.d/$apt_name"
}

# Debian starts a service on installation. The tests start their own services, on their own ports.
# An existing policy is moved away meanwhile. One left by a killed run is not kept.
readonly policy=/usr/sbin/policy-rc.d mark='# proto-scaffold provision'
forbid_services() {
  if [[ -e $policy ]] && ! grep -qxF "$mark" "$policy"; then
    mv "$policy" "$policy.proto-scaffold"
  fi
  trap allow_services EXIT
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
}
allow_services() {
  rm -f "$policy"
  [[ ! -e $policy.proto-scaffold ]] || mv "$policy.proto-scaffold" "$policy"
}

mapfile -t missing < <(missing_tools)
wanted=("${missing[@]}")
if ! engine_present; then
  missing+=("${engine_packages[@]}")
  wanted+=("${engine_packages[@]/%//$engine_suite}")
fi
((${#missing[@]} > 0)) || exit 0

ID='' VERSION_CODENAME=''
# shellcheck source=/dev/null
[[ ! -r /etc/os-release ]] || source /etc/os-release
[[ $ID == debian && ($VERSION_CODENAME == bookworm || $VERSION_CODENAME == "$engine_suite") ]] ||
  give_up 'installation is supported only on Debian bookworm'
((EUID == 0)) || give_up 'installation needs root'

echo "provision: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt update || give_up 'the package lists could not be loaded'
if [[ "${wanted[*]}" == */$engine_suite* && $VERSION_CODENAME != "$engine_suite" ]]; then
  add_engine_source
  apt update || give_up "the package lists of Debian $engine_suite could not be loaded"
fi
forbid_services
if ! log=$(apt install --no-install-recommends "${wanted[@]}" 2>&1); then
  echo "$log" >&2
  give_up 'apt-get install failed'
fi
engine_present || give_up "no Docker Engine $engine_floor with compose $compose_floor after the installation"
