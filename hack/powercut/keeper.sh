#!/bin/sh
# keeper.sh HOME: waits for its input to end, which it does when whoever started this says so, and also when that is killed. Then it takes away what is
# mounted at HOME/mounted, and HOME. Processes that were killed along may have files open there for a moment more: so it tries for some seconds.
trap '' INT TERM HUP
# Not `mountpoint`: it asks the file system, and one that has gone down does not answer.
mounted() { grep -qF " $1/mounted " /proc/self/mounts; }
cat >/dev/null
code=0
for second in 1 2 3 4 5 6 7 8 9 10; do
  mounted "$1" || break
  umount "$1/mounted" && break
  sleep 1
done
if mounted "$1"; then
  umount --lazy "$1/mounted" || exit 1 # nothing is to be taken away through a mount
  code=1
fi
rm -rf --one-file-system -- "$1" || code=1
exit "$code"
