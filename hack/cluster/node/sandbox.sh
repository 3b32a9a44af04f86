#!/usr/bin/env bash
# sandbox.sh FOLDER CGROUP ADDRESS...: the first process of a node's namespaces (network, mounts, processes, host name). It gives the node a machine of its
# own, says so by FOLDER/ready, and then only asks for the exit codes of what nobody else waits for. With its end, all in it ends and is unmounted.
set -euo pipefail
folder=$1 cgroup=$2
shift 2

hostname node
ip link set lo up
ip link add eth0 type veth peer name wire # one that has a carrier: what routes by it works
ip link set wire up
ip link set eth0 up
for address in "$@"; do ip address add "$address/24" dev eth0; done
ip route add 10.96.0.0/24 dev eth0 # services, wherever kube-proxy turns what is sent there; all else is unreachable at once
echo 1 >/proc/sys/net/ipv4/ip_forward

for path in var/lib/kubelet var/lib/containerd var/lib/cni var/log; do
  mkdir -p "$folder/root/$path" "/$path"
  mount --bind "$folder/root/$path" "/$path"
done
mount --make-rshared /var/lib/kubelet
mount -t tmpfs -o mode=755 tmpfs /run
mount --make-rshared /run

# A sysfs of this network, with the machine's cgroups in it, and in those one for the node.
mkdir -p "$folder/cgroups"
mount --rbind /sys/fs/cgroup "$folder/cgroups"
mount -t sysfs sysfs /sys
mount --rbind "$folder/cgroups" /sys/fs/cgroup
umount --lazy "$folder/cgroups"
for controller in /sys/fs/cgroup/*/; do
  [[ $controller == */unified/ ]] && continue
  mkdir -p "$controller$cgroup"
  [[ -e ${controller}cpuset.cpus ]] || continue
  for file in cpuset.cpus cpuset.mems; do cat "$controller$file" >"$controller$cgroup/$file"; done
done

# The kubelet sets sysctls of the whole machine. Here it finds what it wants in files of its own, and has nothing to set.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$folder/sysctl-${setting##*/}
  file=${file%=*}
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

touch "$folder/ready"
while :; do
  sleep infinity &
  wait "$!"
done
