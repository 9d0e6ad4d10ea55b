#!/bin/sh
# Installs or upgrades the service on a plain Debian host, as root. Running it again changes nothing that is already right.
#
#   dotnet publish src/Api -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -o FOLDER     (on any machine with the SDK)
#   deploy/install.sh FOLDER             user, folders, keys, settings, unit; then, if the service runs: doctor, backup, new release, restart
#   deploy/install.sh FOLDER --force     goes on although the new release's doctor finds something wrong
#   deploy/install.sh --back             the release before this one, and a restart
#   deploy/install.sh FOLDER --root DIR  only lays the files under DIR (to look at, or to make a package of)
#
# What the site has changed stays: /etc/biopsyfhir and everything in it is only added to. A new release that does not get ready
# within two minutes is taken back by itself.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
from='' root='' force='' back=''
while [ $# -gt 0 ]; do
  case $1 in
    --root) root=${2:?--root needs a folder}; shift ;;
    --force) force=1 ;;
    --back) back=1 ;;
    -*) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
    *) from=$1 ;;
  esac
  shift
done
say() { echo "install: $*"; }
fail() { echo "install: $*" >&2; exit 1; }
name=biopsyfhir releases=$root/opt/biopsyfhir/releases current=$root/opt/biopsyfhir/current settings=$root/etc/biopsyfhir

[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "run it as root"
[ -n "$root" ] || command -v systemctl >/dev/null || fail "systemd is not here; --root DIR only lays the files"
runs() { [ -z "$root" ] && systemctl is-active --quiet $name; }

# point RELEASE: one rename, so that there is a current release at every moment.
point() { ln -sfn "releases/$1" "$current.new" && mv -Tf "$current.new" "$current"; }

ready() {
  # The address that the service listens on, as its settings have it; the first one, and by loopback when it listens on all.
  url=$(sed -n 's/^ASPNETCORE_URLS=//p' "$settings/$name.env" | tail -n 1 | cut -d ';' -f 1 | sed 's/\*\|+\|0\.0\.0\.0/127.0.0.1/')
  for _ in $(seq 120); do
    [ "$(curl -ks -o /dev/null -w '%{http_code}' "$url/health/ready" || true)" = 200 ] && return 0
    # It has ended three times by itself, or will not be started again (a fault in its settings).
    [ "$(systemctl show -p NRestarts --value $name)" -lt 3 ] || return 1
    systemctl is-failed --quiet $name && return 1
    sleep 1
  done
  return 1
}

if [ -n "$back" ]; then
  now=$(basename "$(readlink "$current")")
  before=$(cat "$root/opt/biopsyfhir/previous" 2>/dev/null) || fail "there is no release before $now"
  [ -d "$releases/$before" ] || fail "the release $before is no longer there"
  point "$before" && echo "$now" > "$root/opt/biopsyfhir/previous"
  say "back from $now to $before"
  if runs || { [ -z "$root" ] && systemctl is-failed --quiet $name; }; then
    systemctl restart $name && ready || fail "it does not get ready: journalctl -u $name"
    say "ready"
  fi
  exit 0
fi

[ -n "$from" ] || { sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2; }
[ -x "$from/BiopsyFhir.Api" ] || fail "$from holds no published service (BiopsyFhir.Api); see the first lines of this script"

if [ -z "$root" ]; then
  missing=''
  for program in openssl curl runuser; do command -v $program >/dev/null || missing="$missing $program"; done
  [ -z "$missing" ] || fail "not installed:$missing (apt-get install openssl curl util-linux)"
  getent passwd $name >/dev/null || { useradd --system --user-group --home-dir /var/lib/$name --no-create-home --shell /usr/sbin/nologin $name && say "user $name"; }
fi
# own OWNER PATH: only on a real installation; under --root there is no such user.
own() { [ -n "$root" ] || chown "$1" "$2"; }

for folder in "0755 root:root /opt/biopsyfhir" "0755 root:root /opt/biopsyfhir/releases" "0750 root:$name /etc/biopsyfhir" \
              "0700 $name:$name /var/lib/biopsyfhir" "0700 $name:$name /var/backups/biopsyfhir"; do
  set -- $folder
  mkdir -p "$root$3" && chmod "$1" "$root$3" && own "$2" "$root$3"
done

# Keys are made once, never replaced. Who may read them: root, and the service's group.
key() {
  file=$settings/$1; shift
  [ -e "$file" ] && return 0
  (umask 077 && "$@" > "$file.new" 2>/dev/null) && chmod 0640 "$file.new" && own "root:$name" "$file.new" && mv "$file.new" "$file"
  say "made $file"
}
key smart-es384.pem openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384
key smart-rs384.pem openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072
key wrapping.pem openssl req -x509 -newkey rsa:3072 -nodes -days 1095 -subj "/CN=$name" -keyout - -out -

install -m 0644 "$here/systemd/biopsyfhir.env.example" "$settings/$name.env.example"
first=''
if [ ! -e "$settings/$name.env" ]; then
  install -m 0640 "$here/systemd/biopsyfhir.env.example" "$settings/$name.env"
  own "root:$name" "$settings/$name.env"
  first=1
fi

# A release is named after what is in it: the same program installed twice is one release.
release=$(cd "$from" && find . -type f ! -name '*.pdb' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -c 1-12)
if [ ! -d "$releases/$release" ]; then
  rm -rf "$releases/.$release"
  cp -R "$from" "$releases/.$release"
  [ -d "$here/../docs" ] && cp -R "$here/../docs" "$releases/.$release/docs"
  chmod -R u=rwX,go=rX "$releases/.$release"
  own root:root "$releases/.$release"
  mv "$releases/.$release" "$releases/$release"
  say "release $release"
fi
for unit in "$here"/systemd/*.service "$here"/systemd/*.timer; do install -D -m 0644 "$unit" "$root/etc/systemd/system/$(basename "$unit")"; done
install -D -m 0755 "$here/systemd/biopsyfhir" "$root/usr/local/sbin/biopsyfhir"
[ -n "$root" ] || systemctl daemon-reload

old=$(basename "$(readlink "$current" 2>/dev/null || true)")
if [ "$old" = "$release" ]; then
  say "release $release is the current one already"
elif runs; then
  BIOPSYFHIR_RELEASE=$releases/$release /usr/local/sbin/biopsyfhir doctor || [ -n "$force" ] || fail "nothing was changed: the new release's doctor finds something wrong (--force goes on)"
  backup=/var/backups/biopsyfhir/before-$release-$(date +%Y%m%d-%H%M%S).db
  /usr/local/sbin/biopsyfhir backup "$backup" || fail "nothing was changed: no backup could be made"
  point "$release"
  systemctl restart $name || true
  if ready; then
    echo "$old" > /opt/biopsyfhir/previous
    say "release $release runs and is ready; back: $0 --back"
  else
    journalctl -u $name -n 20 --no-pager >&2 || true
    point "$old" && systemctl restart $name && ready || fail "neither release $release nor $old gets ready: journalctl -u $name"
    fail "release $release did not get ready; $old runs again (database before the upgrade: $backup)"
  fi
else
  point "$release"
  [ -z "$old" ] || echo "$old" > "$root/opt/biopsyfhir/previous"
fi
# Kept: the current release, the one before, and the newest two else.
for gone in $(ls -t "$releases" | grep -vxF -e "$release" -e "${old:-$release}" | tail -n +3); do rm -rf "${releases:?}/$gone" && say "removed release $gone"; done

if [ -n "$first" ]; then
  say "next: fill in $settings/$name.env, then"
  say "  biopsyfhir doctor"
  say "  systemctl enable --now biopsyfhir biopsyfhir-backup.timer biopsyfhir-doctor.timer"
fi
