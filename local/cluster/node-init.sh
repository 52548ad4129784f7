#!/bin/sh
# PID 1 of the node: the machine that kubelet thinks it runs on, in private mount, PID and network namespaces.
# When it dies, the kernel ends every process of the node and takes its mounts with them.
# Expects in its environment: NODE_FOLDER LOG_FOLDER NODE_IP DNS_IP RUNTIME_PATH CONTAINERD KUBELET KUBE_PROXY NPD.
set -u
cd "$NODE_FOLDER" || exit 1

mount --make-rshared / # propagation within this namespace only
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/containerd /run/netns /run/sysctl /run/stack /run/var-lib/upper /run/var-lib/work
# Names that are fixed in kubelet and CNI get private folders. /var/lib/kubelet may not be there: it is made in a
# layer over /var/lib, for a folder made on the host would have to be removed, and with it the mounts of other stacks.
stack=$(dirname "$NODE_FOLDER")
mount --bind "$stack" /run/stack
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/var-lib/upper,workdir=/run/var-lib/work overlay /var/lib || exit 1
case $stack in /var/lib/*) mount --bind /run/stack "$stack" ;; esac
for fixed in /var/log /var/lib/kubelet /var/lib/cni; do
  private=$NODE_FOLDER/machine$fixed
  mkdir -p "$private" "$fixed"
  mount --bind "$private" "$fixed"
done
rm -rf /var/lib/cni/* # addresses given before this start are free again
# kubelet sets these for the whole machine: let it write into files of the node's own
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  [ -e /proc/sys/$setting ] || continue
  own=/run/sysctl/$(echo $setting | tr / .)
  cat /proc/sys/$setting >"$own"
  mount --bind "$own" /proc/sys/$setting
done
echo "nameserver $DNS_IP" >resolv.conf
export PATH="$RUNTIME_PATH:/usr/sbin:/usr/bin:/sbin:/bin"

# Runs a program for ever, as a service manager would.
keep() {
  name=$1
  shift
  while :; do
    "$@" >>"$LOG_FOLDER/$name.log" 2>&1
    echo "$name ended with $?, starting it again"
    sleep 0.5
  done &
}

keep containerd "$CONTAINERD" --config containerd.toml
while [ ! -S /run/containerd/containerd.sock ] || [ ! -e api-ready ]; do sleep 0.05; done
keep kubelet "$KUBELET" --config kubelet.yaml --kubeconfig kubelet.kubeconfig \
  --root-dir "$NODE_FOLDER/kubelet" --cert-dir "$NODE_FOLDER/kubelet-pki" --hostname-override node1 --node-ip "$NODE_IP"
keep kube-proxy "$KUBE_PROXY" --config kube-proxy.yaml --hostname-override node1
keep npd "$NPD" "$NODE_FOLDER/npd.kubeconfig"
wait
