#!/bin/sh
# Runs one of Postgres's programs as `nobody`, in a mount namespace that goes with it.
# usage: postgres-as-nobody.sh <native folder> <data folder> <program> [argument...]
set -eu
native=$1 data=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/native /mnt/data
mount --bind "$native" /mnt/native
mount --bind "$data" /mnt/data
cd /mnt
# Changing the user forgets whose death to follow: say it again.
exec setpriv --pdeathsig=SIGKILL --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"
