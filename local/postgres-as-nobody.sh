#!/bin/sh
# Runs one of Postgres's programs as `nobody`, in a mount namespace that goes with it.
# usage: postgres-as-nobody.sh <native folder> <data folder> <files folder> <program> [argument...]
set -eu
native=$1 data=$2 files=$3
shift 3
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/native /mnt/data /mnt/files
mount --bind "$native" /mnt/native
mount --bind "$data" /mnt/data
mount --bind "$files" /mnt/files
cd /mnt
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"
