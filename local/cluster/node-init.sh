#!/bin/sh
# PID 1 of the node: the machine that kubelet thinks it runs on, in private mount, PID and network namespaces.
# When it dies, the kernel ends every process of the node and takes its mounts with them.
# Expects in its environment: NODE_FOLDER LOG_FOLDER DNS_IP CONTAINERD KUBELET KUBE_PROXY RUNTIME_PATH, maybe NPD.
set -u
cd "$NODE_FOLDER" || exit 1

mount --make-rshared / # propagation within this namespace only
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/containerd /run/netns /run/sysctl
# Names that are fixed in kubelet and CNI
for fixed in /var/log /var/lib/kubelet /var/lib/cni; do
  private=$NODE_FOLDER/machine$fixed
  mkdir -p "$private"
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
[ -z "${NPD:-}" ] || keep npd "$NPD" "$NODE_FOLDER/npd.kubeconfig"
wait
